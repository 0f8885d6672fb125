/* gicv3: a hypervisor gives its guest interrupts by list registers, with maintenance interrupts. */
#include "check.h"
#include "gicv3.h"
#include "guest.h"
#include "mmu.h"
#include "tests.h"
#include "timer.h"
#include "trap.h"

#define HCR_GUEST (HCR_FMO | HCR_IMO)
#define MAINTENANCE 25u
#define TIMER 30u

#define ICH_EN 1ull
#define ICH_UIE 2ull
#define ICH_LRENPIE 4ull
#define ICH_NPIE 8ull
#define ICH_VGRP1D 0x80ull
#define ICH_EOICOUNT(hcr) ((u32)((hcr) >> 27) & 0x1f)

/* List registers. */
#define LR_PENDING BIT(62)
#define LR_ACTIVE BIT(63)
#define LR_STATE (LR_PENDING | LR_ACTIVE)
#define LR_GROUP1 BIT(60)
#define LR_EOI BIT(41)
#define LR_PHYSICAL(intid) (BIT(61) | (u64)(intid) << 32)
#define LR(intid, priority) ((u64)(intid) | (u64)(priority) << 48 | LR_GROUP1)

static struct page_table stage2;
static u32 maintenance, misr, eisr, physical_taken;

static u64 run(u64 (*guest)(u64), u64 argument) { return run_lower(guest, argument, PSR_DAIF | PSR_EL1H); }

/* Physical interrupts, all taken at EL2. */
static void on_physical(struct trap_frame *frame) {
  (void)frame;
  u32 intid = (u32)READ_SYSREG(icc_iar1_el1);
  WRITE_SYSREG_SYNC(icc_eoir1_el1, intid); /* drops the priority: EOImode is 1 */
  if (intid == TIMER) {
    physical_taken++;
    WRITE_SYSREG(ich_lr0_el2, LR(TIMER, 0x40) | LR_PHYSICAL(TIMER) | LR_PENDING);
    return; /* the guest's EOI deactivates it */
  }
  if (intid == MAINTENANCE) {
    maintenance++;
    misr = (u32)READ_SYSREG(ich_misr_el2);
    eisr = (u32)READ_SYSREG(ich_eisr_el2);
    if (!(READ_SYSREG(ich_lr0_el2) & LR_STATE)) WRITE_SYSREG(ich_lr0_el2, 0);
    WRITE_SYSREG_SYNC(ich_hcr_el2, ICH_EN);
  }
  WRITE_SYSREG_SYNC(icc_dir_el1, intid);
}

static void init(void) {
  stage2 = stage2_table();
  map_image_stage2(&stage2);
  trap_handlers[2][VECTOR_LOWER_IRQ] = on_physical;
  trap_handlers[2][VECTOR_SPX_IRQ] = on_physical;
  gicv3_distributor_on();
  gicv3_cpu_on();
  WRITE_SYSREG_SYNC(icc_ctlr_el1, ICC_CTLR_EOIMODE);
  gicv3_enable(MAINTENANCE, 0x20);
  gicv3_enable(TIMER, 0x80);
  stage2_on(&stage2, 1, HCR_GUEST);
  SYS_OP("tlbi vmalls12e1");
  dsb();
  isb();
  WRITE_SYSREG(ich_vmcr_el2, 0);
  WRITE_SYSREG(ich_lr0_el2, 0);
  WRITE_SYSREG(ich_lr1_el2, 0);
  WRITE_SYSREG(ich_lr2_el2, 0);
  WRITE_SYSREG(ich_lr3_el2, 0);
  WRITE_SYSREG_SYNC(ich_hcr_el2, ICH_EN);
}

static void test_list_registers(void) {
  check_section("list register");
  check("four or more", (READ_SYSREG(ich_vtr_el2) & 0x1f) >= 3);
  run(guest_init, 0);
  check_equal("ICH_VMCR_EL2", READ_SYSREG(ich_vmcr_el2) & 0xf8fc0213, 0xf84c0003);
  check_equal("nothing: ISR_EL1", run(guest_status, 0), 0);
  check_equal("all are empty", READ_SYSREG(ich_elrsr_el2) & 0xf, 0xf);
  WRITE_SYSREG(ich_lr0_el2, LR(40, 0xa0) | LR_PENDING);
  WRITE_SYSREG_SYNC(ich_lr1_el2, LR(50, 0x50) | LR_PENDING);
  check_equal("two are in use", READ_SYSREG(ich_elrsr_el2) & 0xf, 0xc);
  check_equal("ICV_HPPIR1_EL1", run(guest_highest, 0), 50);
  check_equal("ISR_EL1", run(guest_status, 0), BIT(7));
  check_equal("masked by ICV_PMR_EL1", run(guest_mask, 0x50), 0);
  check_equal("let through", run(guest_mask, 0xf8), BIT(7));
  check_equal("taken", run(guest_take, 0), 2);
  check("the higher one first", seen[0].intid == 50 && seen[0].priority == 0x50);
  check("then the lower one", seen[1].intid == 40 && seen[1].priority == 0xa0);
  check_equal("no state is left", (READ_SYSREG(ich_lr0_el2) | READ_SYSREG(ich_lr1_el2)) & LR_STATE, 0);
  check_equal("no priority is left", READ_SYSREG(ich_ap1r0_el2), 0);

  WRITE_SYSREG_SYNC(ich_lr0_el2, LR(41, 0x60) | LR_PENDING);
  check_equal("acknowledge", run(guest_acknowledge, 0), 41);
  check_equal("state", READ_SYSREG(ich_lr0_el2) & LR_STATE, LR_ACTIVE);
  check_equal("ICH_AP1R0_EL2", READ_SYSREG(ich_ap1r0_el2), BIT(0x60 >> 3));
  WRITE_SYSREG_SYNC(ich_lr0_el2, READ_SYSREG(ich_lr0_el2) | LR_PENDING);
  check_equal("active and pending: not given", run(guest_status, 0), 0);
  WRITE_SYSREG_SYNC(ich_lr1_el2, LR(42, 0x40) | LR_PENDING);
  check_equal("preempted by a higher one", run(guest_take, 0) + seen[0].intid, 1 + 42);
  check_equal("ended: idle", run(guest_eoi, 41), 0xff);
  check_equal("given again", run(guest_take, 0) + seen[0].intid, 1 + 41);

  WRITE_SYSREG(ich_lr0_el2, (LR(43, 0x60) | LR_PENDING) & ~LR_GROUP1);
  isb();
  check_equal("Group 0 is a virtual FIQ", run(guest_status, 0), BIT(6));
  check_equal("not for ICV_IAR1_EL1", run(guest_acknowledge, 0), 1023);
  check_equal("for ICV_IAR0_EL1", run(guest_acknowledge0, 0), 43);
  check_equal("ICH_AP0R0_EL2", READ_SYSREG(ich_ap0r0_el2), BIT(0x60 >> 3));
  check_equal("ended by ICV_EOIR0_EL1", run(guest_eoi0, 43), 0xff);
  check_equal("its state", READ_SYSREG(ich_lr0_el2) & LR_STATE, 0);

  WRITE_SYSREG(ich_hcr_el2, 0);
  WRITE_SYSREG_SYNC(ich_lr0_el2, LR(44, 0x60) | LR_PENDING);
  check_equal("interface off: ISR_EL1", run(guest_status, 0), 0);
  WRITE_SYSREG_SYNC(ich_hcr_el2, ICH_EN);
  check_equal("group off: ISR_EL1", run(guest_group1, 0), 0);
  check_equal("on: ISR_EL1", run(guest_group1, 1), BIT(7));
  run(guest_take, 0);
}

static void test_virtual_eoi_mode(void) {
  check_section("virtual EOImode");
  run(guest_init, ICC_CTLR_EOIMODE);
  WRITE_SYSREG_SYNC(ich_lr0_el2, LR(44, 0x60) | LR_PENDING);
  run(guest_acknowledge, 0);
  check_equal("ICV_EOIR1_EL1 drops the priority", run(guest_eoi, 44), 0xff);
  check_equal("and leaves it active", READ_SYSREG(ich_lr0_el2) & LR_STATE, LR_ACTIVE);
  run(guest_deactivate, 44);
  check_equal("ICV_DIR_EL1 ends it", READ_SYSREG(ich_lr0_el2) & LR_STATE, 0);
  run(guest_init, 0);
}

/* A maintenance interrupt is due: it is taken on the way into or in the guest. */
static void expect_maintenance(const char *name, u32 count, u64 reason) {
  for (u32 n = 0; n < 1000 && maintenance < count; n++) run(guest_status, 0);
  check(name, maintenance == count && (misr & reason));
}

static void test_maintenance(void) {
  check_section("maintenance");
  WRITE_SYSREG_SYNC(ich_lr0_el2, LR(45, 0x60) | LR_EOI | LR_PENDING);
  run(guest_acknowledge, 0);
  check_equal("none yet", maintenance, 0);
  run(guest_eoi, 45);
  expect_maintenance("EOI", 1, 1);
  check_equal("ICH_EISR_EL2", eisr, 1);
  check_equal("withdrawn", READ_SYSREG(ich_misr_el2), 0);
  WRITE_SYSREG(ich_lr0_el2, LR(46, 0x60) | LR_PENDING);
  WRITE_SYSREG_SYNC(ich_hcr_el2, ICH_EN | ICH_UIE);
  expect_maintenance("underflow", 2, ICH_UIE);
  run(guest_take, 0);
  WRITE_SYSREG_SYNC(ich_hcr_el2, ICH_EN | ICH_NPIE);
  expect_maintenance("none pending", 3, ICH_NPIE);
  WRITE_SYSREG_SYNC(ich_lr0_el2, LR(47, 0x60) | LR_PENDING);
  run(guest_acknowledge, 0);
  WRITE_SYSREG_SYNC(ich_lr0_el2, 0); /* spilled while active */
  run(guest_eoi, 47);
  check_equal("the end of one that was spilled", ICH_EOICOUNT(READ_SYSREG(ich_hcr_el2)), 1);
  WRITE_SYSREG_SYNC(ich_hcr_el2, READ_SYSREG(ich_hcr_el2) | ICH_LRENPIE);
  expect_maintenance("entry not present", 4, ICH_LRENPIE);
  WRITE_SYSREG_SYNC(ich_hcr_el2, ICH_EN | ICH_VGRP1D);
  run(guest_group1, 0);
  expect_maintenance("Group 1 disabled", 5, ICH_VGRP1D);
  run(guest_group1, 1);
}

static void test_hardware(void) {
  check_section("hardware");
  check_equal("timer interrupts of the guest", run(guest_timer, 3), 3);
  check_equal("taken by the hypervisor", physical_taken, 3);
  check_equal("number", seen[2].intid, TIMER);
  check("deactivated by the guest's end", !gicv3_active(TIMER));
  check_equal("list register", READ_SYSREG(ich_lr0_el2) & LR_STATE, 0);
}

void test_virtual(void) {
  init();
  test_list_registers();
  test_virtual_eoi_mode();
  test_maintenance();
  test_hardware();
}
