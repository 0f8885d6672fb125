/* pmu: what EL2 keeps for itself: counters by MDCR_EL2.HPMN, accesses by TPM and TPMCR, counting at EL2 by NSH. */
#include "pmu.h"

#define EL1 (PSR_EL1H | PSR_DAIF)
#define TRAP(CRn, CRm, op2, read) ESR(EC_SYSREG, ISS_SYSREG(3, 3, CRn, CRm, op2, 0, read))
#define NO_SHARE "this machine shows EL1 all counters"

static void mdcr(u64 hpmn, u64 bits) { WRITE_SYSREG_SYNC(mdcr_el2, bits | hpmn); }

static void check_trap(const char *name, probe *run, u64 esr) {
  probe_run_lower(run, 0, EL1);
  check_equal(name, last_trap.count ? last_trap.esr : 0, esr);
}

static void test_traps(void) {
  check_section("trap");
  mdcr(COUNTERS, MDCR_TPMCR);
  probe_run_lower(read_pmcr, 0, EL1);
  bool trapped = last_trap.count == 1 && last_trap.esr == TRAP(9, 12, 0, 1);
  check_or_skip("PMCR_EL0 by TPMCR", trapped, "this machine has no such trap");
  check_trap("TPMCR: PMCCNTR_EL0", read_pmccntr, 0);
  mdcr(COUNTERS, MDCR_TPM);
  check_trap("TPM: PMCR_EL0", read_pmcr, TRAP(9, 12, 0, 1));
  check_trap("TPM: PMCCNTR_EL0", read_pmccntr, TRAP(9, 13, 0, 1));
  check_trap("TPM: PMEVTYPER0_EL0", read_pmevtyper0, TRAP(14, 12, 0, 1));
  check_trap("TPM: PMUSERENR_EL0", read_pmuserenr, TRAP(9, 14, 0, 1));
  check_trap("TPM: PMSWINC_EL0", write_pmswinc, TRAP(9, 12, 4, 0));
  mdcr(COUNTERS, 0);
  check_trap("neither: PMCR_EL0", read_pmcr, 0);
}

static u64 increment_both(u64 unused) {
  (void)unused;
  WRITE_SYSREG_SYNC(pmswinc_el0, 3);
  return 0;
}

static void test_levels(void) {
  check_section("EL2");
  WRITE_SYSREG(pmevtyper1_el0, FILTER_NSH | FILTER_P | SW_INCR);
  WRITE_SYSREG(pmcntenset_el0, 3);
  WRITE_SYSREG_SYNC(pmcr_el0, PMCR_LC | PMCR_E);
  WRITE_SYSREG_SYNC(pmswinc_el0, 3);
  check("NSH counts at EL2", READ_SYSREG(pmevcntr0_el0) == 0 && READ_SYSREG(pmevcntr1_el0) == 1);
  run_lower(increment_both, 0, EL1);
  check("at EL1 the other", READ_SYSREG(pmevcntr0_el0) == 1 && READ_SYSREG(pmevcntr1_el0) == 1);
  pmu_reset();
}

static void test_share(void) {
  check_section("HPMN");
  WRITE_SYSREG(pmcntenset_el0, 3);
  mdcr(1, 0);
  WRITE_SYSREG_SYNC(pmcr_el0, PMCR_LC | PMCR_E);
  WRITE_SYSREG(pmevtyper0_el0, FILTER_NSH);
  WRITE_SYSREG(pmevtyper1_el0, FILTER_NSH);
  WRITE_SYSREG_SYNC(pmswinc_el0, 3);
  check("PMCR_EL0.E enables the first", READ_SYSREG(pmevcntr0_el0) == 1 && READ_SYSREG(pmevcntr1_el0) == 0);
  mdcr(1, MDCR_HPME);
  WRITE_SYSREG_SYNC(pmcr_el0, PMCR_LC);
  WRITE_SYSREG_SYNC(pmswinc_el0, 3);
  check("HPME the others", READ_SYSREG(pmevcntr0_el0) == 1 && READ_SYSREG(pmevcntr1_el0) == 1);
  check_equal("PMCR_EL0.N at EL2", PMCR_N(READ_SYSREG(pmcr_el0)), COUNTERS);
  check_or_skip("PMCR_EL0.N at EL1", PMCR_N(probe_run_lower(read_pmcr, 0, EL1)) == 1, NO_SHARE);
  check_or_skip("PMCNTENSET_EL0 at EL1", probe_run_lower(read_pmcntenset, 0, EL1) == 1, NO_SHARE);
  mdcr(COUNTERS, 0);
  pmu_reset();
}

void test_el2(void) {
  probe_install(2);
  test_traps();
  test_levels();
  test_share();
}
