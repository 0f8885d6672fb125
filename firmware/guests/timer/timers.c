/* timer: the counters and the two timers of EL1. */
#include "check.h"
#include "gic.h"
#include "tests.h"
#include "timer.h"
#include "trap.h"

#define DELAY 500 /* microseconds */
#define FAR_AWAY 3600000000ull

static u32 taken, intid, status;

static void on_virtual_timer(struct trap_frame *frame) {
  (void)frame;
  intid = GICC_IAR;
  status = (u32)READ_SYSREG(cntv_ctl_el0);
  WRITE_SYSREG_SYNC(cntv_ctl_el0, 0);
  GICC_EOIR = intid;
  taken++;
}

static void on_physical_timer(struct trap_frame *frame) {
  (void)frame;
  intid = GICC_IAR;
  status = (u32)READ_SYSREG(cntp_ctl_el0);
  WRITE_SYSREG_SYNC(cntp_ctl_el0, 0);
  GICC_EOIR = intid;
  taken++;
}

void test_counters(void) {
  check_section("counter");
  check("CNTFRQ_EL0", READ_SYSREG(cntfrq_el0) != 0);
  u64 before = READ_SYSREG(cntvct_el0), spins = 0;
  while (READ_SYSREG(cntvct_el0) == before && spins < 1000000) spins++;
  check("CNTVCT_EL0 counts", READ_SYSREG(cntvct_el0) > before);
  u64 physical = READ_SYSREG(cntpct_el0);
  isb();
  u64 virtual = READ_SYSREG(cntvct_el0);
  isb();
  check("no offset", physical <= virtual && virtual <= READ_SYSREG(cntpct_el0));
}

#define CONDITIONS(timer)                                                                               \
  do {                                                                                                  \
    WRITE_SYSREG_SYNC(timer##_cval_el0, ~0ull);                                                         \
    WRITE_SYSREG_SYNC(timer##_ctl_el0, TIMER_ENABLE | TIMER_IMASK);                                     \
    check_equal("far away", READ_SYSREG(timer##_ctl_el0), TIMER_ENABLE | TIMER_IMASK);                  \
    WRITE_SYSREG_SYNC(timer##_tval_el0, ticks(FAR_AWAY / 1000000));                                     \
    u64 left = READ_SYSREG(timer##_tval_el0);                                                           \
    check("TVAL counts down", left <= ticks(FAR_AWAY / 1000000) && left > 0);                           \
    WRITE_SYSREG_SYNC(timer##_cval_el0, 0);                                                             \
    check_equal("in the past", READ_SYSREG(timer##_ctl_el0), TIMER_ENABLE | TIMER_IMASK | TIMER_ISTATUS); \
    WRITE_SYSREG_SYNC(timer##_tval_el0, -1ull);                                                         \
    check("negative TVAL", READ_SYSREG(timer##_ctl_el0) & TIMER_ISTATUS);                               \
    check("TVAL is below zero", READ_SYSREG(timer##_tval_el0) >> 31 == 1);                              \
    check("CVAL of a negative TVAL", READ_SYSREG(timer##_cval_el0) <= READ_SYSREG(cntpct_el0));         \
    WRITE_SYSREG_SYNC(timer##_ctl_el0, 0);                                                              \
  } while (0)

#define DELIVERY(timer, id, handler)                                                            \
  do {                                                                                          \
    trap_handlers[1][VECTOR_SPX_IRQ] = handler;                                                 \
    taken = 0;                                                                                  \
    gic_enable(id, 0x80);                                                                       \
    u64 start = READ_SYSREG(cntpct_el0);                                                        \
    WRITE_SYSREG(timer##_tval_el0, ticks(DELAY));                                               \
    WRITE_SYSREG_SYNC(timer##_ctl_el0, TIMER_ENABLE);                                           \
    check("not yet", !gic_pending(id));                                                         \
    WFI_UNTIL(gic_pending(id));                                                                 \
    check("in time", READ_SYSREG(cntpct_el0) - start >= ticks(DELAY));                          \
    check_equal("masked", taken, 0);                                                            \
    check_equal("ISR_EL1", READ_SYSREG(isr_el1), BIT(7));                                       \
    irq_take_pending();                                                                         \
    check_equal("taken", taken, 1);                                                             \
    check_equal("interrupt number", intid, id);                                                 \
    check_equal("status", status, TIMER_ENABLE | TIMER_ISTATUS);                                \
    irq_take_pending();                                                                         \
    check_equal("once", taken, 1);                                                              \
    WRITE_SYSREG(timer##_cval_el0, 0);                                                          \
    WRITE_SYSREG_SYNC(timer##_ctl_el0, TIMER_ENABLE | TIMER_IMASK);                             \
    irq_take_pending();                                                                         \
    check("IMASK", taken == 1 && !gic_pending(id));                                             \
    WRITE_SYSREG_SYNC(timer##_ctl_el0, TIMER_ENABLE);                                           \
    irq_take_pending();                                                                         \
    check_equal("at once", taken, 2);                                                           \
    gic_disable(id);                                                                            \
    WRITE_SYSREG_SYNC(timer##_ctl_el0, TIMER_ENABLE);                                           \
    irq_take_pending();                                                                         \
    check("disabled in the distributor", taken == 2 && gic_pending(id));                        \
    WRITE_SYSREG_SYNC(timer##_ctl_el0, 0);                                                      \
    check("the line falls", !gic_pending(id));                                                  \
  } while (0)

void test_virtual_timer(void) {
  check_section("virtual timer");
  CONDITIONS(cntv);
  DELIVERY(cntv, INTID_VIRTUAL_TIMER, on_virtual_timer);
}

void test_physical_timer(void) {
  check_section("physical timer");
  CONDITIONS(cntp);
  DELIVERY(cntp, INTID_PHYSICAL_TIMER, on_physical_timer);
}
