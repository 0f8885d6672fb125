/* pmu: what the registers keep, and which of them are two names of one thing. */
#include "pmu.h"

#define KEEPS(name, wrote, reads)                   \
  do {                                              \
    WRITE_SYSREG_SYNC(name, wrote);                 \
    check_equal(#name, READ_SYSREG(name), reads);   \
  } while (0)

#define ALL (CYCLES | (BIT(COUNTERS) - 1))

void test_registers(void) {
  check_section("registers");
  check_equal("ID_AA64DFR0_EL1.PMUVer", ID_FIELD(id_aa64dfr0_el1, 8), 1);
  check_equal("PMCR_EL0", READ_SYSREG(pmcr_el0), 0x41010000 | COUNTERS << 11 | PMCR_LC);
  check("PMCEID0_EL0: SW_INCR and CPU_CYCLES", pmu_has(SW_INCR) && pmu_has(CPU_CYCLES));
  check_equal("PMCEID1_EL0", READ_SYSREG(pmceid1_el0), 0);
  KEEPS(pmcntenset_el0, ~0ull, ALL);
  KEEPS(pmcntenclr_el0, 5, ALL & ~5ull);
  check_equal("PMCNTENSET_EL0", READ_SYSREG(pmcntenset_el0), ALL & ~5ull);
  KEEPS(pmintenset_el1, ~0ull, ALL);
  KEEPS(pmintenclr_el1, 0x80000003, ALL & ~0x80000003ull);
  WRITE_SYSREG(pmintenclr_el1, ~0ull);
  KEEPS(pmovsset_el0, 0x80000022, 0x80000022);
  KEEPS(pmovsclr_el0, 0x20, 0x80000002);
  KEEPS(pmselr_el0, 3, 3);
  KEEPS(pmxevtyper_el0, FILTER_P | FILTER_U | 0x12, FILTER_P | FILTER_U | 0x12);
  check_equal("PMEVTYPER3_EL0", READ_SYSREG(pmevtyper3_el0), FILTER_P | FILTER_U | 0x12);
  KEEPS(pmxevcntr_el0, 0x12345678, 0x12345678);
  check_equal("PMEVCNTR3_EL0", READ_SYSREG(pmevcntr3_el0), 0x12345678);
  KEEPS(pmevcntr5_el0, 0xfedcba98, 0xfedcba98);
  KEEPS(pmselr_el0, 31, 31);
  KEEPS(pmxevtyper_el0, FILTER_P, FILTER_P);
  check_equal("PMCCFILTR_EL0", READ_SYSREG(pmccfiltr_el0), FILTER_P);
  KEEPS(pmselr_el0, 6, 6);
  KEEPS(pmxevcntr_el0, 1, 0);
  KEEPS(pmccntr_el0, 0x123456789abcdef0ull, 0x123456789abcdef0ull);
  WRITE_SYSREG_SYNC(pmcr_el0, PMCR_LC | PMCR_P);
  check("PMCR_EL0.P", READ_SYSREG(pmevcntr5_el0) == 0 && READ_SYSREG(pmccntr_el0) != 0);
  WRITE_SYSREG_SYNC(pmcr_el0, PMCR_LC | PMCR_C);
  check_equal("PMCR_EL0.C", READ_SYSREG(pmccntr_el0), 0);
  KEEPS(pmuserenr_el0, 0xff, 0xf);
  pmu_reset();
  check_equal("all off", READ_SYSREG(pmcntenset_el0) | READ_SYSREG(pmovsclr_el0) | READ_SYSREG(pmintenset_el1), 0);
}
