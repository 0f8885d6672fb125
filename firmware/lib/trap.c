/* Exceptions: dispatch to C handlers, return from lower levels, and the report of an exception nobody expected. */
#include "trap.h"

#include "console.h"
#include "exit.h"
#include "sysreg.h"

/* Immediate of the SVC or HVC by which a function started with run_lower() comes back. */
#define LOWER_DONE 0xe10

trap_handler *trap_handlers[3][16];

u64 run_lower_el1(u64 (*function)(u64), u64 argument, u64 spsr);
u64 run_lower_el2(u64 (*function)(u64), u64 argument, u64 spsr);
_Noreturn void lower_done_el1(u64 result);
_Noreturn void lower_done_el2(u64 result);

u64 run_lower(u64 (*function)(u64), u64 argument, u64 spsr) {
  return current_el() == 2 ? run_lower_el2(function, argument, spsr) : run_lower_el1(function, argument, spsr);
}

static _Noreturn void report_unexpected(const struct trap_frame *f) {
  static bool reporting;
  if (reporting) guest_exit(99);
  reporting = true;
  print("unexpected exception: EL%lu vector %lu esr=%lx elr=%lx spsr=%lx far=%lx hpfar=%lx\n", f->el, f->vector, f->esr,
        f->elr, f->spsr, f->far, f->hpfar);
  guest_exit(99);
}

/* Called by the vectors. */
void trap_entry(struct trap_frame *frame) {
  if (frame->vector == VECTOR_LOWER_SYNC &&
      (frame->esr == ESR(EC_SVC, LOWER_DONE) || frame->esr == ESR(EC_HVC, LOWER_DONE))) {
    if (frame->el == 2) lower_done_el2(frame->x[0]);
    lower_done_el1(frame->x[0]);
  }
  trap_handler *handler = trap_handlers[frame->el][frame->vector];
  if (!handler) report_unexpected(frame);
  handler(frame);
}
