/* timer: what EL2 has: the offset of the virtual counter, its own timer, traps of EL1's accesses. */
#include "check.h"
#include "gic.h"
#include "probe.h"
#include "tests.h"
#include "timer.h"
#include "trap.h"

#define OFFSET 0x123456789abcull
#define CNTHCTL_EL1PCTEN 1ull
#define CNTHCTL_EL1PCEN 2ull
#define RT 0

static u32 taken, intid;

static void on_hyp_timer(struct trap_frame *frame) {
  (void)frame;
  intid = GICC_IAR;
  WRITE_SYSREG_SYNC(cnthp_ctl_el2, 0);
  GICC_EOIR = intid;
  taken++;
}

/* At EL1: wait with interrupts unmasked until EL2 has taken one. */
static u64 wait_at_el1(u64 count) {
  while (*(volatile u32 *)&taken != count) {
  }
  return 0;
}

static u64 read_cntvct(u64 unused) {
  (void)unused;
  return READ_SYSREG(cntvct_el0);
}

/* Reads of CNTPCT_EL0 and CNTP_CTL_EL0 into X0 (probes.S). */
probe probe_cntpct, probe_cntp_ctl;

static void test_offset(void) {
  check_section("EL2 offset");
  WRITE_SYSREG_SYNC(cntvoff_el2, OFFSET);
  u64 before = READ_SYSREG(cntpct_el0);
  u64 virtual = run_lower(read_cntvct, 0, PSR_DAIF | PSR_EL1H);
  u64 after = READ_SYSREG(cntpct_el0);
  check("CNTVCT_EL0 at EL1", virtual >= before - OFFSET && virtual <= after - OFFSET);
  WRITE_SYSREG_SYNC(cntvoff_el2, 0);
}

static void test_hyp_timer(void) {
  check_section("EL2 timer");
  trap_handlers[2][VECTOR_SPX_IRQ] = on_hyp_timer;
  trap_handlers[2][VECTOR_LOWER_IRQ] = on_hyp_timer;
  WRITE_SYSREG_SYNC(hcr_el2, HCR_RW | HCR_IMO);
  gic_enable(INTID_HYP_TIMER, 0x80);
  WRITE_SYSREG(cnthp_tval_el2, ticks(500));
  WRITE_SYSREG_SYNC(cnthp_ctl_el2, TIMER_ENABLE);
  check("not yet", !gic_pending(INTID_HYP_TIMER));
  WFI_UNTIL(gic_pending(INTID_HYP_TIMER));
  check_equal("masked", taken, 0);
  irq_unmask();
  isb();
  irq_mask();
  check("taken at EL2", taken == 1 && intid == INTID_HYP_TIMER);

  WRITE_SYSREG(cnthp_tval_el2, ticks(500));
  WRITE_SYSREG_SYNC(cnthp_ctl_el2, TIMER_ENABLE);
  run_lower(wait_at_el1, 2, PSR_DAIF | PSR_EL1H); /* PSTATE.I of EL1 does not mask what goes to EL2 */
  check_equal("taken from EL1", taken, 2);
  gic_disable(INTID_HYP_TIMER);
  WRITE_SYSREG_SYNC(hcr_el2, HCR_RW);
}

static void test_traps(void) {
  check_section("EL2 trap");
  trap_handler *before = trap_handlers[2][VECTOR_LOWER_SYNC];
  probe_install(2);
  WRITE_SYSREG_SYNC(cnthctl_el2, 0);
  probe_run_lower(probe_cntpct, 0, PSR_DAIF | PSR_EL1H);
  check_equal("CNTPCT_EL0", last_trap.esr, ESR(EC_SYSREG, ISS_SYSREG(3, 3, 14, 0, 1, RT, 1)));
  probe_run_lower(probe_cntp_ctl, 0, PSR_DAIF | PSR_EL1H);
  check_equal("CNTP_CTL_EL0", last_trap.esr, ESR(EC_SYSREG, ISS_SYSREG(3, 3, 14, 2, 1, RT, 1)));
  WRITE_SYSREG_SYNC(cnthctl_el2, CNTHCTL_EL1PCTEN);
  probe_run_lower(probe_cntpct, 0, PSR_DAIF | PSR_EL1H);
  check_equal("EL1PCTEN", last_trap.count, 0);
  probe_run_lower(probe_cntp_ctl, 0, PSR_DAIF | PSR_EL1H);
  check_equal("EL1PCTEN alone: CNTP_CTL_EL0", last_trap.count, 1);
  WRITE_SYSREG_SYNC(cnthctl_el2, CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN);
  probe_run_lower(probe_cntp_ctl, 0, PSR_DAIF | PSR_EL1H);
  check_equal("EL1PCEN", last_trap.count, 0);
  trap_handlers[2][VECTOR_LOWER_SYNC] = before;
}

void test_hyp(void) {
  test_offset();
  test_hyp_timer();
  test_traps();
}
