/* pmu: what PMUSERENR_EL0 lets EL0 do. */
#include "pmu.h"

#define EL0 (PSR_EL0T | PSR_DAIF)
#define TRAP(CRn, CRm, op2, read) ESR(EC_SYSREG, ISS_SYSREG(3, 3, CRn, CRm, op2, 0, read))

/* With `open` bits, and with all others, the access goes through only in the first case. */
static void check_access(const char *name, probe *run, u64 open, u64 esr) {
  u32 wrong = 0;
  for (u64 bits = 0; bits < 16; bits++) {
    WRITE_SYSREG_SYNC(pmuserenr_el0, bits);
    probe_run_lower(run, 0, EL0);
    u64 want = bits & open ? 0 : 1;
    wrong += last_trap.count != want || (want && last_trap.esr != esr);
  }
  check_equal(name, wrong, 0);
}

void test_el0(void) {
  check_section("EL0");
  probe_install(1);
  check_access("PMCR_EL0", read_pmcr, EN, TRAP(9, 12, 0, 1));
  check_access("PMCNTENSET_EL0", read_pmcntenset, EN, TRAP(9, 12, 1, 1));
  check_access("PMOVSSET_EL0", write_pmovsset, EN, TRAP(9, 14, 3, 0));
  check_access("PMCEID0_EL0", read_pmceid0, EN, TRAP(9, 12, 6, 1));
  check_access("PMSELR_EL0", read_pmselr, EN | ER, TRAP(9, 12, 5, 1));
  check_access("PMSELR_EL0 written", write_pmselr, EN | ER, TRAP(9, 12, 5, 0));
  check_access("PMSWINC_EL0", write_pmswinc, EN | SW, TRAP(9, 12, 4, 0));
  check_access("PMCCNTR_EL0", read_pmccntr, EN | CR, TRAP(9, 13, 0, 1));
  check_access("PMCCNTR_EL0 written", write_pmccntr, EN, TRAP(9, 13, 0, 0));
  check_access("PMXEVCNTR_EL0", read_pmxevcntr, EN | ER, TRAP(9, 13, 2, 1));
  check_access("PMXEVCNTR_EL0 written", write_pmxevcntr, EN, TRAP(9, 13, 2, 0));
  check_access("PMEVCNTR0_EL0", read_pmevcntr0, EN | ER, TRAP(14, 8, 0, 1));
  check_access("PMEVTYPER0_EL0", read_pmevtyper0, EN, TRAP(14, 12, 0, 1));
  check_access("PMCCFILTR_EL0", read_pmccfiltr, EN, TRAP(14, 15, 7, 1));
  WRITE_SYSREG_SYNC(pmuserenr_el0, 0);
  probe_run_lower(read_pmuserenr, 0, EL0);
  check_equal("PMUSERENR_EL0 is always readable", last_trap.count, 0);
}
