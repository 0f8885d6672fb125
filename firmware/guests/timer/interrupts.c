/* timer: acknowledge, priorities, end of interrupt, SGIs and a shared interrupt, without taking an exception. */
#include "check.h"
#include "gic.h"
#include "tests.h"
#include "timer.h"

#define V INTID_VIRTUAL_TIMER
#define P INTID_PHYSICAL_TIMER
#define SHARED 122u /* an SPI with nothing on it */

void test_acknowledge(void) {
  check_section("acknowledge");
  check_equal("nothing", GICC_IAR, INTID_SPURIOUS);
  check_equal("idle priority", GICC_RPR, PRIORITY_IDLE);
  gic_enable(V, 0xa0);
  raise_virtual();
  check_equal("HPPIR", GICC_HPPIR, V);
  check("pending", gic_pending(V) && !gic_active(V));
  check_equal("IAR", GICC_IAR, V);
  check_equal("running priority", GICC_RPR, 0xa0);
  check("active", gic_active(V));
  check_equal("IAR while active", GICC_IAR, INTID_SPURIOUS);
  GICC_EOIR = V;
  check("the line is still high: pending again", gic_pending(V) && !gic_active(V));
  check_equal("idle priority again", GICC_RPR, PRIORITY_IDLE);
  check_equal("IAR once more", GICC_IAR, V);
  lower_both();
  check("low: no longer pending", !gic_pending(V) && gic_active(V));
  GICC_EOIR = V;
  check_equal("nothing left", GICC_IAR, INTID_SPURIOUS);

  raise_virtual();
  GICC_CTLR = 0;
  check_equal("CPU interface off: ISR_EL1", READ_SYSREG(isr_el1), 0);
  GICC_CTLR = CTLR_ENABLE_GROUP0;
  check_equal("on: ISR_EL1", READ_SYSREG(isr_el1), BIT(7));
  GICD_CTLR = 0;
  check_equal("distributor off: ISR_EL1", READ_SYSREG(isr_el1), 0);
  GICD_CTLR = CTLR_ENABLE_GROUP0;
  check_equal("on: ISR_EL1", READ_SYSREG(isr_el1), BIT(7));
  lower_both();
  gic_disable(V);
}

void test_priorities(void) {
  check_section("priority");
  gic_enable(V, 0x80);
  gic_enable(P, 0x40);
  raise_virtual();
  raise_physical();
  check_equal("the smaller value first", GICC_HPPIR, P);
  GICD_IPRIORITYR(P) = 0x80;
  check_equal("equal: the smaller number first", GICC_HPPIR, V);
  GICC_PMR = 0x80;
  check_equal("masked at its own priority: ISR_EL1", READ_SYSREG(isr_el1), 0);
  GICC_PMR = 0x90;
  check_equal("let through: ISR_EL1", READ_SYSREG(isr_el1), BIT(7));
  GICC_PMR = PRIORITY_IDLE;

  check_equal("acknowledge the low one", GICC_IAR, V);
  check_equal("the other waits", GICC_IAR, INTID_SPURIOUS);
  GICD_IPRIORITYR(P) = 0x40;
  check_equal("preemption: ISR_EL1", READ_SYSREG(isr_el1), BIT(7));
  check_equal("preemption: IAR", GICC_IAR, P);
  check_equal("running priority", GICC_RPR, 0x40);
  lower_both();
  GICC_EOIR = P;
  check_equal("back to the outer", GICC_RPR, 0x80);
  GICC_EOIR = V;
  check_equal("idle", GICC_RPR, PRIORITY_IDLE);

  /* BPR 7: no bit of the priority is a group, so nothing preempts. */
  GICC_BPR = 7;
  raise_virtual();
  check_equal("acknowledge", GICC_IAR, V);
  raise_physical();
  check_equal("no preemption within a group", GICC_IAR, INTID_SPURIOUS);
  lower_both();
  GICC_EOIR = V;
  GICC_BPR = 0;
  gic_disable(V);
  gic_disable(P);
}

void test_eoi_modes(void) {
  check_section("EOImode");
  gic_enable(V, 0x80);
  GICC_CTLR = CTLR_ENABLE_GROUP0 | CTLR_EOIMODE;
  raise_virtual();
  check_equal("IAR", GICC_IAR, V);
  GICC_EOIR = V;
  check_equal("EOIR drops the priority", GICC_RPR, PRIORITY_IDLE);
  check("and leaves it active", gic_active(V));
  check_equal("not given again", GICC_IAR, INTID_SPURIOUS);
  GICC_DIR = V;
  check("DIR deactivates", !gic_active(V));
  check_equal("given again", GICC_IAR, V);
  lower_both();
  GICC_EOIR = V;
  GICD_ICACTIVER(V) = 1u << V;
  check("ICACTIVER deactivates", !gic_active(V));
  GICC_CTLR = CTLR_ENABLE_GROUP0;
  gic_disable(V);
}

void test_sgi(void) {
  check_section("SGI");
  gic_enable(5, 0x60);
  gic_enable(9, 0x60);
  GICD_SGIR = SGIR_TO_SELF | 9;
  GICD_SGIR = SGIR_TO_SELF | 5;
  check_equal("the smaller number first", GICC_IAR, 5);
  GICC_EOIR = 5;
  check_equal("then the other", GICC_IAR, 9);
  GICC_EOIR = 9;
  check_equal("each once", GICC_IAR, INTID_SPURIOUS);
  GICD_SPENDSGIR(5) = 1;
  check("SPENDSGIR", gic_pending(5) && GICD_CPENDSGIR(5) == 1);
  GICD_CPENDSGIR(5) = 1;
  check("CPENDSGIR", !gic_pending(5));
  GICD_SGIR = SGIR_TO_OTHERS | 5;
  check_equal("none for this CPU", GICC_IAR, INTID_SPURIOUS);
  gic_disable(5);
  gic_disable(9);
}

void test_shared(void) {
  check_section("SPI");
  u32 bit = 1u << SHARED % 32;
  GICD_ITARGETSR(SHARED) = 1;
  GICD_ICFGR(SHARED) |= 2u << SHARED % 16 * 2; /* edge */
  gic_enable(SHARED, 0x50);
  GICD_ISPENDR(SHARED) = bit;
  check_equal("ISPENDR", GICC_IAR, SHARED);
  GICD_ISPENDR(SHARED) = bit;
  check("active and pending", gic_active(SHARED) && gic_pending(SHARED));
  check_equal("not before EOI", GICC_IAR, INTID_SPURIOUS);
  GICC_EOIR = SHARED;
  check_equal("after EOI", GICC_IAR, SHARED);
  GICC_EOIR = SHARED;
  GICD_ISPENDR(SHARED) = bit;
  GICD_ICPENDR(SHARED) = bit;
  check_equal("ICPENDR", GICC_IAR, INTID_SPURIOUS);
  gic_disable(SHARED);
}
