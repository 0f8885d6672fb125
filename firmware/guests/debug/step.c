/* debug: software step at EL0 from EL1, and at EL1 itself. */
#include "debug.h"

#include "console.h"
#include "step.h"

struct step steps[STEPS];
u32 step_count, step_limit;

void on_step(struct trap_frame *frame) {
  u32 ec = ESR_EC(frame->esr);
  if (step_count < STEPS) {
    steps[step_count] = (struct step){frame->esr, frame->elr, frame->spsr};
    step_count++;
  }
  if (ec == EC_STEP_LOWER || ec == EC_STEP_SAME) {
    if (step_count < step_limit) frame->spsr |= PSR_SS;
    else debug_on(0);
  } else if (ec == EC_UNKNOWN) {
    frame->elr += 4;
  }
}

void check_step(const char *name, u32 n, u64 esr, u64 elr) {
  bool there = n < step_count;
  if (!check(name, there && steps[n].esr == esr && steps[n].elr == elr)) {
    print("  %u steps; esr got %lx, want %lx; elr got %lx, want %lx\n", step_count, there ? steps[n].esr : 0, esr,
          there ? steps[n].elr : 0, elr);
  }
}

#define LOWER(iss) ESR(EC_STEP_LOWER, ISS_STEP_ISV | FSC_DEBUG | (iss))
#define DID_NOT ESR(EC_STEP_LOWER, FSC_DEBUG)
#define SAME(iss) ESR(EC_STEP_SAME, FSC_DEBUG | (iss))

/* Step a function at EL0 until `limit` exceptions have been taken. */
static u64 step_el0(u64 (*function)(u64), u64 argument, u32 limit) {
  step_count = 0;
  step_limit = limit;
  debug_on(MDSCR_SS);
  u64 result = run_lower(function, argument, PSR_EL0T | PSR_DAIF | PSR_SS);
  debug_on(0);
  return result;
}

static void test_el0(void) {
  check_section("step");
  u64 at = (u64)step_plain;
  check_equal("result", step_el0(step_plain, 5, 5), 7);
  check_step("add", 0, LOWER(0), at + 4);
  check_step("cbz not taken", 1, LOWER(0), at + 8);
  check_step("branch taken", 2, LOWER(0), at + 16);
  check_step("add", 3, LOWER(0), at + 20);
  check_equal("SPSR.SS", steps[0].spsr & PSR_SS, 0);

  at = (u64)step_svc;
  check_equal("SVC: result", step_el0(step_svc, 0, 4), 2);
  check_step("before SVC", 0, LOWER(0), at + 4);
  check_step("SVC", 1, ESR(EC_SVC, 7), at + 8);
  check_equal("SVC: SPSR.SS", steps[1].spsr & PSR_SS, 0);
  check_step("after SVC: did not step", 2, DID_NOT, at + 8);
  check_step("after it", 3, LOWER(0), at + 12);

  static u64 cell;
  at = (u64)step_exclusive;
  step_el0(step_exclusive, (u64)&cell, 3);
  check_step("before LDXR", 0, LOWER(0), at + 4);
  check_step("LDXR: EX", 1, LOWER(ISS_STEP_EX), at + 8);
  check_step("CLREX", 2, LOWER(0), at + 12);

  at = (u64)step_undefined;
  step_el0(step_undefined, 0, 4);
  check_step("before UDF", 0, LOWER(0), at + 4);
  check_step("UDF", 1, ESR(EC_UNKNOWN, 0), at + 4);
  check_equal("UDF: SPSR.SS", steps[1].spsr & PSR_SS, PSR_SS);
  check_step("after UDF", 2, LOWER(0), at + 12);
}

static void test_same(void) {
  check_section("step EL1");
  u64 first = (u64)step_same_first;
  step_count = 0;
  step_limit = STEPS;
  debug_on(MDSCR_SS | MDSCR_KDE);
  check_equal("result", step_same(0), 3);
  debug_on(0);
  check_step("PSTATE.D cleared: did not step", 0, SAME(0), first);
  check_step("add", 1, SAME(ISS_STEP_ISV), first + 4);
  check_step("add", 2, SAME(ISS_STEP_ISV), first + 8);
  check_or_skip("ended by PSTATE.D", step_count == 3, STEPS_ONCE_MORE);

  step_count = 0;
  debug_on(MDSCR_SS);
  step_same(0);
  check_equal("none without KDE", step_count, 0);
  debug_on(MDSCR_SS | MDSCR_KDE);
  WRITE_SYSREG_SYNC(oslar_el1, 1);
  step_same(0);
  WRITE_SYSREG_SYNC(oslar_el1, 0);
  debug_on(0);
  check_or_skip("none under the OS lock", step_count == 0, IGNORES_OS_LOCK);
}

void test_step(void) {
  trap_handlers[1][VECTOR_SPX_SYNC] = on_step;
  trap_handlers[1][VECTOR_LOWER_SYNC] = on_step;
  test_el0();
  test_same();
  probe_install(1);
}
