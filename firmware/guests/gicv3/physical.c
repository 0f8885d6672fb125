/* gicv3: physical interrupts of one CPU, polled by ISR_EL1 and the acknowledge registers. */
#include "check.h"
#include "gicv3.h"
#include "tests.h"
#include "timer.h"

/* Two lines that are raised and lowered at will, V first by number. */
#define V 27u
#define P 30u
#define SHARED 100u
#define ISR_I BIT(7)
#define ISR_F BIT(6)

static u32 iar1(void) { return (u32)READ_SYSREG(icc_iar1_el1); }
static void eoi1(u32 intid) { WRITE_SYSREG_SYNC(icc_eoir1_el1, intid); }
static u64 isr(void) {
  isb();
  return READ_SYSREG(isr_el1);
}

void test_registers(void) {
  u32 cpu = gicv3_cpu();
  check_section("registers");
  check_equal("ID_AA64PFR0_EL1.GIC", ID_FIELD(id_aa64pfr0_el1, 24), 1);
  check_equal("GICD_CTLR", GICD3_CTLR, GICD3_CTLR_ARE_DS | GICD3_CTLR_GROUPS);
  check_equal("GICD_PIDR2", GICD3_PIDR2 & 0xf0, 0x30);
  check_equal("GICR_PIDR2", GICR_PIDR2(cpu) & 0xf0, 0x30);
  check_equal("GICR_TYPER: affinity", GICR_TYPER(cpu) >> 32, cpu);
  check_equal("GICR_TYPER: number", GICR_TYPER(cpu) >> 8 & 0xffff, cpu);
  GICR_WAKER(cpu) = GICR_WAKER_SLEEP;
  check_equal("GICR_WAKER: asleep", GICR_WAKER(cpu), GICR_WAKER_SLEEP | GICR_WAKER_ASLEEP);
  GICR_WAKER(cpu) = 0;
  check_equal("GICR_WAKER: awake", GICR_WAKER(cpu), 0);
  WRITE_SYSREG_SYNC(icc_sre_el1, 0);
  check_equal("ICC_SRE_EL1 is RAO/WI", READ_SYSREG(icc_sre_el1), 7);
  check_equal("ICC_PMR_EL1", READ_SYSREG(icc_pmr_el1), 0xf8);
  check_equal("ICC_CTLR_EL1: 5 bits of priority", READ_SYSREG(icc_ctlr_el1) >> 8 & 7, 4);
  check_equal("ICC_BPR0_EL1", READ_SYSREG(icc_bpr0_el1), 2);
  check_equal("ICC_BPR1_EL1", READ_SYSREG(icc_bpr1_el1), 3);
  check_equal("ICC_RPR_EL1", READ_SYSREG(icc_rpr_el1), ICC_IDLE);
  check_equal("ICC_IAR1_EL1", iar1(), ICC_SPURIOUS);
  check_equal("ICC_HPPIR1_EL1", READ_SYSREG(icc_hppir1_el1), ICC_SPURIOUS);
  WRITE_SYSREG_SYNC(icc_ctlr_el1, ICC_CTLR_CBPR);
  check_equal("CBPR: ICC_BPR1_EL1", READ_SYSREG(icc_bpr1_el1), 3);
  WRITE_SYSREG(icc_bpr1_el1, 7);
  WRITE_SYSREG_SYNC(icc_bpr0_el1, 5);
  check_equal("CBPR: one more than ICC_BPR0_EL1", READ_SYSREG(icc_bpr1_el1), 6);
  WRITE_SYSREG(icc_bpr0_el1, 0);
  WRITE_SYSREG_SYNC(icc_ctlr_el1, 0);
  check_equal("no CBPR: ICC_BPR1_EL1 as before", READ_SYSREG(icc_bpr1_el1), 3);
}

void test_sgis(void) {
  check_section("SGI");
  gicv3_enable(5, 0x60);
  gicv3_enable(9, 0x60);
  WRITE_SYSREG_SYNC(icc_sgi1r_el1, SGI1R(9, 1));
  WRITE_SYSREG_SYNC(icc_sgi1r_el1, SGI1R(5, 1));
  check_equal("ISR_EL1", isr(), ISR_I);
  check_equal("the smaller number first", iar1(), 5);
  check("active", gicv3_active(5) && !gicv3_pending(5));
  eoi1(5);
  check_equal("then the other", iar1(), 9);
  eoi1(9);
  check_equal("each once", iar1(), ICC_SPURIOUS);
  WRITE_SYSREG_SYNC(icc_sgi1r_el1, SGI1R_OTHERS(5));
  check_equal("to the others: none for this CPU", iar1(), ICC_SPURIOUS);
  WRITE_SYSREG_SYNC(icc_sgi1r_el1, SGI1R(5, 1) | BIT(16));
  WRITE_SYSREG_SYNC(icc_sgi1r_el1, SGI1R(5, 1) | BIT(32));
  WRITE_SYSREG_SYNC(icc_sgi1r_el1, SGI1R(5, 1) | BIT(48));
  check_equal("to another affinity: none", iar1(), ICC_SPURIOUS);
  WRITE_SYSREG_SYNC(icc_sgi0r_el1, SGI1R(5, 1));
  check_equal("of the other group: none", iar1(), ICC_SPURIOUS);
  GIC3_ISPENDR(5) = BIT(5);
  check("GICR_ISPENDR0", gicv3_pending(5));
  GIC3_ICPENDR(5) = BIT(5);
  check("GICR_ICPENDR0", !gicv3_pending(5));
  gicv3_disable(5);
  WRITE_SYSREG_SYNC(icc_sgi1r_el1, SGI1R(5, 1));
  check("disabled: pending", gicv3_pending(5) && iar1() == ICC_SPURIOUS);
  GIC3_ICPENDR(5) = BIT(5);
  gicv3_disable(9);
}

void test_priorities(void) {
  check_section("priority");
  gicv3_enable(V, 0x80);
  gicv3_enable(P, 0x80);
  raise_virtual();
  raise_physical();
  check_equal("equal: the smaller number", READ_SYSREG(icc_hppir1_el1), V);
  GIC3_IPRIORITYR(P) = 0x70;
  check_equal("the higher one", READ_SYSREG(icc_hppir1_el1), P);
  WRITE_SYSREG_SYNC(icc_pmr_el1, 0x70);
  check_equal("masked: ISR_EL1", isr(), 0);
  check_equal("masked: ICC_IAR1_EL1", iar1(), ICC_SPURIOUS);
  check_equal("masked: ICC_HPPIR1_EL1", READ_SYSREG(icc_hppir1_el1), P);
  WRITE_SYSREG_SYNC(icc_pmr_el1, 0xff);
  GIC3_IPRIORITYR(P) = 0x90;
  check_equal("acknowledge the higher", iar1(), V);
  check_equal("ICC_RPR_EL1", READ_SYSREG(icc_rpr_el1), 0x80);
  check_equal("ICC_AP1R0_EL1", READ_SYSREG(icc_ap1r0_el1), BIT(0x80 >> 3));
  check_equal("the lower one waits", iar1(), ICC_SPURIOUS);
  GIC3_IPRIORITYR(P) = 0x40;
  check_equal("preemption: ISR_EL1", isr(), ISR_I);
  check_equal("preemption", iar1(), P);
  check_equal("preemption: ICC_RPR_EL1", READ_SYSREG(icc_rpr_el1), 0x40);
  lower_both();
  eoi1(P);
  check_equal("back to the outer", READ_SYSREG(icc_rpr_el1), 0x80);
  eoi1(V);
  check_equal("idle", READ_SYSREG(icc_rpr_el1), ICC_IDLE);
  WRITE_SYSREG_SYNC(icc_bpr1_el1, 7);
  raise_virtual();
  check_equal("coarse groups: acknowledge", iar1(), V);
  raise_physical();
  check_equal("coarse groups: ICC_RPR_EL1", READ_SYSREG(icc_rpr_el1), 0x80);
  check_equal("preemption by another group", iar1(), P);
  lower_both();
  eoi1(P);
  eoi1(V);
  GIC3_IPRIORITYR(P) = 0xc0;
  raise_physical();
  check_equal("acknowledge the lowest", iar1(), P);
  GIC3_IPRIORITYR(V) = 0xb0;
  raise_virtual();
  check_equal("none within its group", iar1(), ICC_SPURIOUS);
  lower_both();
  eoi1(P);
  WRITE_SYSREG_SYNC(icc_bpr1_el1, 0);
  gicv3_disable(V);
  gicv3_disable(P);
}

void test_groups(void) {
  check_section("group");
  gicv3_enable(V, 0x80);
  GIC3_IGROUPR(V) &= ~BIT(V);
  raise_virtual();
  check_equal("Group 0 is FIQ", isr(), ISR_F);
  check_equal("ICC_HPPIR0_EL1", READ_SYSREG(icc_hppir0_el1), V);
  check_equal("ICC_IAR1_EL1 has none", iar1(), ICC_SPURIOUS);
  check_equal("ICC_IAR0_EL1", READ_SYSREG(icc_iar0_el1), V);
  check_equal("ICC_AP0R0_EL1", READ_SYSREG(icc_ap0r0_el1), BIT(0x80 >> 3));
  lower_both();
  WRITE_SYSREG_SYNC(icc_eoir0_el1, V);
  check_equal("ended", READ_SYSREG(icc_rpr_el1), ICC_IDLE);
  raise_virtual();
  WRITE_SYSREG_SYNC(icc_igrpen0_el1, 0);
  check_equal("disabled at the CPU interface", isr(), 0);
  WRITE_SYSREG_SYNC(icc_igrpen0_el1, 1);
  GICD3_CTLR = GICD3_CTLR_ARE_DS | 2;
  check_equal("disabled at the distributor", isr(), 0);
  GICD3_CTLR = GICD3_CTLR_ARE_DS | GICD3_CTLR_GROUPS;
  check_equal("enabled", isr(), ISR_F);
  GIC3_IGROUPR(V) |= BIT(V);
  check_equal("Group 1 is IRQ", isr(), ISR_I);
  WRITE_SYSREG_SYNC(icc_igrpen1_el1, 0);
  check_equal("Group 1 disabled", isr(), 0);
  WRITE_SYSREG_SYNC(icc_igrpen1_el1, 1);
  lower_both();
  gicv3_disable(V);
}

void test_eoi_mode(void) {
  check_section("EOImode");
  gicv3_enable(V, 0x80);
  WRITE_SYSREG_SYNC(icc_ctlr_el1, ICC_CTLR_EOIMODE);
  raise_virtual();
  check_equal("acknowledge", iar1(), V);
  eoi1(V);
  check_equal("ICC_EOIR1_EL1 drops the priority", READ_SYSREG(icc_rpr_el1), ICC_IDLE);
  check("and leaves it active", gicv3_active(V));
  check_equal("not given again", iar1(), ICC_SPURIOUS);
  WRITE_SYSREG_SYNC(icc_dir_el1, V);
  check("ICC_DIR_EL1 deactivates", !gicv3_active(V));
  check_equal("given again", iar1(), V);
  lower_both();
  eoi1(V);
  GIC3_ICACTIVER(V) = BIT(V);
  check("GICR_ICACTIVER0 deactivates", !gicv3_active(V));
  WRITE_SYSREG_SYNC(icc_ctlr_el1, 0);
  GIC3_ISACTIVER(V) = BIT(V);
  raise_virtual();
  check_equal("GICR_ISACTIVER0 keeps it back", isr(), 0);
  GIC3_ICACTIVER(V) = BIT(V);
  check_equal("until GICR_ICACTIVER0", isr(), ISR_I);
  lower_both();
  gicv3_disable(V);
}

void test_shared(void) {
  u32 bit = 1u << SHARED % 32;
  check_section("SPI");
  GICD3_IROUTER(SHARED) = gicv3_cpu();
  check_equal("GICD_IROUTER", GICD3_IROUTER(SHARED), gicv3_cpu());
  GIC3_ICFGR(SHARED) |= 2u << SHARED % 16 * 2; /* edge */
  gicv3_enable(SHARED, 0x50);
  GIC3_ISPENDR(SHARED) = bit;
  check_equal("GICD_ISPENDR", iar1(), SHARED);
  GIC3_ISPENDR(SHARED) = bit;
  check("active and pending", gicv3_active(SHARED) && gicv3_pending(SHARED));
  check_equal("not before its end", iar1(), ICC_SPURIOUS);
  eoi1(SHARED);
  check_equal("after its end", iar1(), SHARED);
  eoi1(SHARED);
  GIC3_ISPENDR(SHARED) = bit;
  GIC3_ICPENDR(SHARED) = bit;
  check_equal("GICD_ICPENDR", iar1(), ICC_SPURIOUS);
  GIC3_ISPENDR(SHARED) = bit;
  GICD3_IROUTER(SHARED) = 0x77;
  check_equal("routed to no CPU", isr(), 0);
  check("still pending", gicv3_pending(SHARED));
  GICD3_IROUTER(SHARED) = 0x100000000 | gicv3_cpu();
  check_equal("routed to another Aff3", isr(), 0);
  GICD3_IROUTER(SHARED) = gicv3_cpu();
  check_equal("routed here again", iar1(), SHARED);
  eoi1(SHARED);
  gicv3_disable(SHARED);
}
