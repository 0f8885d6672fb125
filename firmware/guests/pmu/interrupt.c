/* pmu: the overflow interrupt, a level that follows PMOVSSET_EL0, PMINTENSET_EL1 and PMCR_EL0.E. */
#include "gic.h"
#include "pmu.h"

static u32 taken, intid;

static void on_overflow(struct trap_frame *frame) {
  (void)frame;
  intid = GICC_IAR;
  WRITE_SYSREG_SYNC(pmovsclr_el0, ~0ull);
  GICC_EOIR = intid;
  taken++;
}

void test_interrupt(void) {
  check_section("interrupt");
  trap_handlers[1][VECTOR_SPX_IRQ] = on_overflow;
  gic_enable(INTID_PMU, 0x80);
  WRITE_SYSREG(pmcntenset_el0, 1);
  WRITE_SYSREG(pmevcntr0_el0, 0xffffffff);
  WRITE_SYSREG_SYNC(pmcr_el0, PMCR_LC | PMCR_E);
  WRITE_SYSREG_SYNC(pmswinc_el0, 1);
  check("not enabled", !gic_pending(INTID_PMU));
  WRITE_SYSREG_SYNC(pmintenset_el1, 1);
  check("enabled", gic_pending(INTID_PMU));
  WRITE_SYSREG_SYNC(pmcr_el0, PMCR_LC);
  check_or_skip("PMCR_EL0.E off", !gic_pending(INTID_PMU), "this machine leaves the line as it is");
  WRITE_SYSREG_SYNC(pmcr_el0, PMCR_LC | PMCR_E);
  irq_take_pending();
  check("taken", taken == 1 && intid == INTID_PMU);
  irq_take_pending();
  check("once", taken == 1 && !gic_pending(INTID_PMU));
  pmu_reset();

  WRITE_SYSREG(pmcntenset_el0, CYCLES);
  WRITE_SYSREG(pmintenset_el1, CYCLES);
  WRITE_SYSREG_SYNC(pmcr_el0, PMCR_LC | PMCR_E);
  check("cycles: not yet", !gic_pending(INTID_PMU));
  WRITE_SYSREG_SYNC(pmccntr_el0, ~0ull - 1000000);
  irq_unmask();
  for (u32 n = 0; n < 30000000 && taken == 1; n++) isb();
  irq_mask();
  check("cycles: taken", taken == 2 && intid == INTID_PMU);
  pmu_reset();
  gic_disable(INTID_PMU);
}
