/* pmu: what is counted, when, and at which level. */
#include "pmu.h"

#define NOT_COUNTED "this machine does not count it"

static void increment(u64 counters, u32 times) {
  while (times--) WRITE_SYSREG(pmswinc_el0, counters);
  isb();
}

static void test_cycles(void) {
  check_section("cycles");
  WRITE_SYSREG(pmcntenset_el0, CYCLES);
  check_equal("not enabled", READ_SYSREG(pmccntr_el0), 0);
  WRITE_SYSREG_SYNC(pmcr_el0, PMCR_LC | PMCR_E);
  count_loop(1000);
  u64 first = READ_SYSREG(pmccntr_el0);
  count_loop(1000);
  u64 second = READ_SYSREG(pmccntr_el0);
  check("count", first > 0 && second > first);
  WRITE_SYSREG_SYNC(pmcr_el0, PMCR_LC);
  first = READ_SYSREG(pmccntr_el0);
  count_loop(1000);
  check_equal("stopped by PMCR_EL0.E", READ_SYSREG(pmccntr_el0), first);
  WRITE_SYSREG_SYNC(pmccfiltr_el0, FILTER_P);
  WRITE_SYSREG_SYNC(pmcr_el0, PMCR_LC | PMCR_E);
  first = READ_SYSREG(pmccntr_el0);
  count_loop(1000);
  check_equal("not at EL1", READ_SYSREG(pmccntr_el0), first);
  run_lower(count_loop, 1000, PSR_EL0T | PSR_DAIF);
  check("but at EL0", READ_SYSREG(pmccntr_el0) > first);
  WRITE_SYSREG(pmccfiltr_el0, 0);
  WRITE_SYSREG_SYNC(pmccntr_el0, ~0ull - 100);
  count_loop(100000);
  check("wrap", READ_SYSREG(pmccntr_el0) >> 63 == 0);
  check_equal("overflow", READ_SYSREG(pmovsclr_el0), CYCLES);
  pmu_reset();
}

static void test_software(void) {
  check_section("SW_INCR");
  WRITE_SYSREG(pmcntenset_el0, 1);
  increment(1, 3);
  check_equal("not enabled", READ_SYSREG(pmevcntr0_el0), 0);
  WRITE_SYSREG_SYNC(pmcr_el0, PMCR_LC | PMCR_E);
  increment(3, 3);
  check("one of two", READ_SYSREG(pmevcntr0_el0) == 3 && READ_SYSREG(pmevcntr1_el0) == 0);
  WRITE_SYSREG_SYNC(pmevtyper0_el0, FILTER_P | SW_INCR);
  increment(1, 3);
  check_equal("not at EL1", READ_SYSREG(pmevcntr0_el0), 3);
  WRITE_SYSREG(pmuserenr_el0, SW);
  probe_run_lower(write_pmswinc, 1, PSR_EL0T | PSR_DAIF);
  check_equal("but at EL0", READ_SYSREG(pmevcntr0_el0), 4);
  WRITE_SYSREG_SYNC(pmevtyper0_el0, FILTER_U | SW_INCR);
  probe_run_lower(write_pmswinc, 1, PSR_EL0T | PSR_DAIF);
  check_equal("not at EL0", READ_SYSREG(pmevcntr0_el0), 4);
  WRITE_SYSREG(pmevcntr0_el0, 0xfffffffe);
  increment(1, 3);
  check_equal("wrap", READ_SYSREG(pmevcntr0_el0), 1);
  check_equal("overflow", READ_SYSREG(pmovsset_el0), 1);
  WRITE_SYSREG_SYNC(pmovsclr_el0, 1);
  check_equal("cleared", READ_SYSREG(pmovsset_el0), 0);
  pmu_reset();
}

static void on_svc(struct trap_frame *frame) { (void)frame; }

/* Count an event in counter 0 while `function(argument)` runs at EL0. */
static u64 count_el0(u64 type, u64 (*function)(u64), u64 argument) {
  WRITE_SYSREG(pmevtyper0_el0, type);
  WRITE_SYSREG(pmevcntr0_el0, 0);
  WRITE_SYSREG(pmcntenset_el0, 1);
  WRITE_SYSREG_SYNC(pmcr_el0, PMCR_LC | PMCR_E);
  run_lower(function, argument, PSR_EL0T | PSR_DAIF);
  WRITE_SYSREG_SYNC(pmcr_el0, PMCR_LC);
  u64 count = READ_SYSREG(pmevcntr0_el0);
  pmu_reset();
  return count;
}

static void test_events(void) {
  check_section("event");
  trap_handlers[1][VECTOR_LOWER_SYNC] = on_svc;
  u64 loop = count_el0(FILTER_P | INST_RETIRED, count_loop, 100);
  u64 svc = count_el0(FILTER_P | INST_RETIRED, count_svc, 0);
  u64 taken = count_el0(FILTER_P | EXC_TAKEN, count_svc, 0);
  u64 returned = count_el0(FILTER_U | EXC_RETURN, count_svc, 0);
  check_or_skip("INST_RETIRED of a loop at EL0", loop == 203, NOT_COUNTED);
  check_or_skip("INST_RETIRED of an SVC at EL0", svc == 3, NOT_COUNTED);
  check_or_skip("EXC_TAKEN at EL0", taken == 2, NOT_COUNTED);
  check_or_skip("EXC_RETURN at EL1", returned == 2, NOT_COUNTED);

  WRITE_SYSREG(pmevtyper1_el0, CHAIN);
  WRITE_SYSREG(pmevcntr0_el0, 0xffffffff);
  WRITE_SYSREG(pmcntenset_el0, 3);
  WRITE_SYSREG_SYNC(pmcr_el0, PMCR_LC | PMCR_E);
  increment(1, 2);
  u64 chained = READ_SYSREG(pmevcntr1_el0);
  check_equal("before CHAIN", READ_SYSREG(pmevcntr0_el0), 1);
  check_or_skip("CHAIN", chained == 1, NOT_COUNTED);
  pmu_reset();
}

void test_counting(void) {
  test_cycles();
  test_software();
  test_events();
}
