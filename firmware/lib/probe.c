/* Probes: the recording handler and the checks of what it recorded. */
#include "probe.h"

#include "check.h"
#include "console.h"
#include "sysreg.h"
#include "trap.h"

struct trap_record last_trap;

static void record(struct trap_frame *frame) {
  last_trap = (struct trap_record){.count = last_trap.count + 1,
                                   .el = frame->el,
                                   .vector = frame->vector,
                                   .esr = frame->esr,
                                   .elr = frame->elr,
                                   .spsr = frame->spsr,
                                   .far = frame->far,
                                   .hpfar = frame->hpfar,
                                   .at = frame->x[17]};
  frame->elr = frame->x[16];
  frame->spsr &= ~PSR_IL;
}

void probe_install(u32 el) {
  trap_handlers[el][VECTOR_SP0_SYNC] = record;
  trap_handlers[el][VECTOR_SPX_SYNC] = record;
  trap_handlers[el][VECTOR_LOWER_SYNC] = record;
}

u64 probe_run(probe *run, u64 argument) {
  last_trap.count = 0;
  return run(argument);
}

u64 probe_run_lower(probe *run, u64 argument, u64 spsr) {
  last_trap.count = 0;
  return run_lower(run, argument, spsr);
}

bool check_fault(const char *name, u64 esr, u64 far) {
  if (last_trap.count == 1 && last_trap.esr == esr && last_trap.far == far) return check(name, true);
  check(name, false);
  print("  %lu traps; esr got %lx, want %lx; far got %lx, want %lx\n", last_trap.count, last_trap.esr, esr,
        last_trap.far, far);
  return false;
}
