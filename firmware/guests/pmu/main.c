/* pmu: the Performance Monitors: registers, counting, overflow interrupt, EL0's accesses, EL2's share. */
#include "pmu.h"

#include "gic.h"
#include "levels.h"

bool pmu_has(u32 event) { return READ_SYSREG(pmceid0_el0) >> event & 1; }

void pmu_reset(void) {
  WRITE_SYSREG(pmcr_el0, PMCR_LC | PMCR_P | PMCR_C);
  WRITE_SYSREG(pmcntenclr_el0, ~0ull);
  WRITE_SYSREG(pmintenclr_el1, ~0ull);
  WRITE_SYSREG(pmovsclr_el0, ~0ull);
  WRITE_SYSREG(pmccfiltr_el0, 0);
  WRITE_SYSREG(pmevtyper0_el0, SW_INCR);
  WRITE_SYSREG(pmevtyper1_el0, SW_INCR);
  WRITE_SYSREG(pmuserenr_el0, 0);
  WRITE_SYSREG_SYNC(pmselr_el0, 0);
}

static u64 test_el1(u64 unused) {
  (void)unused;
  gic_distributor_on();
  gic_cpu_on();
  pmu_reset();
  test_registers();
  test_counting();
  test_interrupt();
  test_el0();
  return 0;
}

int main(void) { return check_levels("pmu", test_el1, test_el2); }
