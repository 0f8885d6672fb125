/* vhe: EL2's virtual timer, by the names of the virtual timer, and its interrupt. */
#include "timer.h"

#include "check.h"
#include "gic.h"
#include "trap.h"
#include "vhe.h"

#define NO_LINE "this machine has no line for it"

static volatile u32 taken;

static void interrupt(struct trap_frame *frame) {
  (void)frame;
  taken = GICC_IAR & 0x3ff;
  WRITE_SYSREG_SYNC(cntv_ctl_el0, 0);
  GICC_EOIR = taken;
}

void test_timer(void) {
  check_section("timer");
  set_host(HOST);
  WRITE_SYSREG_SYNC(cntvoff_el2, 1ull << 40);
  u64 physical = READ_SYSREG(cntpct_el0);
  isb();
  check("the virtual count has no offset", READ_SYSREG(cntvct_el0) - physical < ticks(1000000));
  gic_distributor_on();
  gic_cpu_on();
  gic_enable(INTID_HYP_VIRTUAL_TIMER, 0x80);
  WRITE_SYSREG(cntv_cval_el0, READ_SYSREG(cntvct_el0) + ticks(100));
  WRITE_SYSREG_SYNC(cntv_ctl_el0, TIMER_ENABLE);
  while (!(READ_SYSREG(cntv_ctl_el0) & TIMER_ISTATUS)) isb();
  check_equal("CNTHV_CTL_EL2 shows it", READ_ALIAS(CNTHV_CTL_EL2), TIMER_ENABLE | TIMER_ISTATUS);
  check_equal("the guest's does not", READ_ALIAS(CNTV_CTL_EL02) & TIMER_ISTATUS, 0);
  trap_handlers[2][VECTOR_SPX_IRQ] = interrupt;
  check_or_skip("its interrupt is pending", gic_pending(INTID_HYP_VIRTUAL_TIMER), NO_LINE);
  irq_take_pending();
  check_or_skip("its interrupt was taken", taken == INTID_HYP_VIRTUAL_TIMER, NO_LINE);
  WRITE_SYSREG(cntv_ctl_el0, 0);
  WRITE_SYSREG_SYNC(cntvoff_el2, 0);
}
