/* virq: a hypervisor gives its guest interrupts: by list registers, with maintenance interrupts, and by HCR_EL2. */
#include "check.h"
#include "console.h"
#include "gich.h"
#include "guest.h"
#include "mmu.h"
#include "timer.h"
#include "trap.h"

#define HCR_GUEST (HCR_FMO | HCR_IMO | HCR_AMO)

static struct page_table stage2;
static u32 maintenance, misr, eisr, physical_taken;

static u64 run(u64 (*guest)(u64), u64 argument) { return run_lower(guest, argument, PSR_DAIF | PSR_EL1H); }

/* Physical interrupts, all taken at EL2. */
static void on_physical(struct trap_frame *frame) {
  (void)frame;
  u32 iar = GICC_IAR;
  GICC_EOIR = iar; /* drops the priority: EOImode is 1 */
  if (iar == INTID_PHYSICAL_TIMER) {
    physical_taken++;
    GICH_LR(0) = LR(INTID_PHYSICAL_TIMER, 0x40) | LR_PHYSICAL(INTID_PHYSICAL_TIMER) | LR_PENDING;
    return; /* the guest's EOI deactivates it */
  }
  if (iar == INTID_MAINTENANCE) {
    maintenance++;
    misr = GICH_MISR;
    eisr = GICH_EISR0;
    for (u32 n = 0; n < 2; n++) {
      if (!(GICH_LR(n) & LR_STATE)) GICH_LR(n) = 0;
    }
    GICH_HCR = GICH_HCR_EN;
  }
  GICC_DIR = iar;
}

/* HVC #1: the virtual interrupt whose handler runs is withdrawn. */
static void on_hypercall(struct trap_frame *frame) {
  u64 vector = seen[seen_count - 1].intid;
  u64 withdrawn = vector == VECTOR_SPX_IRQ ? HCR_VI : vector == VECTOR_SPX_FIQ ? HCR_VF : 0;
  check_equal("asked by HVC", frame->esr, ESR(EC_HVC, 1));
  WRITE_SYSREG_SYNC(hcr_el2, READ_SYSREG(hcr_el2) & ~withdrawn);
}

static void init(void) {
  stage2 = stage2_table();
  map_image_stage2(&stage2);
  table_map(&stage2, 3, GICC_BASE, GICV_BASE, 2 * PAGE_SIZE, S2_DEVICE | S2_READ | S2_WRITE | S2_XN);
  trap_handlers[2][VECTOR_LOWER_IRQ] = on_physical;
  trap_handlers[2][VECTOR_SPX_IRQ] = on_physical;
  trap_handlers[2][VECTOR_LOWER_SYNC] = on_hypercall;
  gic_distributor_on();
  gic_cpu_on();
  GICC_CTLR = CTLR_ENABLE_GROUP0 | CTLR_EOIMODE;
  gic_enable(INTID_MAINTENANCE, 0x20);
  gic_enable(INTID_PHYSICAL_TIMER, 0x80);
  stage2_on(&stage2, 1, HCR_GUEST);
  SYS_OP("tlbi vmalls12e1");
  dsb();
  isb();
  GICH_HCR = GICH_HCR_EN;
  for (u32 n = 0; n <= (GICH_VTR & 0x3f); n++) GICH_LR(n) = 0;
}

static void test_list_registers(void) {
  check_section("list register");
  check("four or more", (GICH_VTR & 0x3f) >= 3);
  run(guest_init, CTLR_ENABLE_GROUP0);
  check_equal("nothing: ISR_EL1", run(guest_status, 0), 0);
  check_equal("all are empty", GICH_ELRSR0 & 3, 3);
  GICH_LR(0) = LR(40, 0xa0) | LR_PENDING;
  GICH_LR(1) = LR(50, 0x50) | LR_PENDING;
  check_equal("none is empty", GICH_ELRSR0 & 3, 0);
  check_equal("HPPIR", run(guest_highest, 0), 50);
  check_equal("ISR_EL1", run(guest_status, 0), BIT(7));
  check_equal("masked by PMR: ISR_EL1", run(guest_mask, 0x50), 0);
  check_equal("let through: ISR_EL1", run(guest_mask, 0xf8), BIT(7));
  check_equal("VMCR", GICH_VMCR >> 27, 0xf8 >> 3);
  check_equal("taken", run(guest_take, 0), 2);
  check("the higher one first", seen[0].intid == 50 && seen[0].priority == 0x50);
  check("then the lower one", seen[1].intid == 40 && seen[1].priority == 0xa0);
  check_equal("both are empty", GICH_ELRSR0 & 3, 3);
  check_equal("no state is left", (GICH_LR(0) | GICH_LR(1)) & LR_STATE, 0);
  check_equal("no priority is left", GICH_APR, 0);

  GICH_LR(0) = LR(41, 0x60) | LR_PENDING;
  check_equal("acknowledge", run(guest_acknowledge, 0), 1);
  check_equal("state", GICH_LR(0) & LR_STATE, LR_ACTIVE);
  check("active priority", GICH_APR != 0);
  GICH_LR(0) |= LR_PENDING;
  check_equal("active and pending: not given", run(guest_status, 0), 0);
  GICH_LR(1) = LR(42, 0x40) | LR_PENDING;
  check_equal("preempted by a higher one", run(guest_take, 0) + seen[0].intid, 1 + 42);
  check_equal("EOI: idle", run(guest_eoi, 41), 0xff);
  check_equal("given again", run(guest_take, 0) + seen[0].intid, 1 + 41);

  GICH_HCR = 0;
  GICH_LR(0) = LR(43, 0x60) | LR_PENDING;
  check_equal("interface off: ISR_EL1", run(guest_status, 0), 0);
  GICH_HCR = GICH_HCR_EN;
  check_equal("on: ISR_EL1", run(guest_status, 0), BIT(7));
  run(guest_take, 0);
}

static void test_eoi_mode(void) {
  check_section("EOImode");
  run(guest_init, CTLR_ENABLE_GROUP0 | CTLR_EOIMODE);
  GICH_LR(0) = LR(44, 0x60) | LR_PENDING;
  run(guest_acknowledge, 0);
  check_equal("EOIR drops the priority", run(guest_eoi, 44), 0xff);
  check_equal("and leaves it active", GICH_LR(0) & LR_STATE, LR_ACTIVE);
  run(guest_deactivate, 44);
  check_equal("DIR ends it", GICH_LR(0) & LR_STATE, 0);
  run(guest_init, CTLR_ENABLE_GROUP0);
}

/* A maintenance interrupt is due: it is taken on the way into or in the guest. */
static void expect_maintenance(const char *name, u32 count, u32 reason) {
  for (u32 n = 0; n < 1000 && maintenance < count; n++) run(guest_status, 0);
  check(name, maintenance == count && (misr & reason));
}

static void test_maintenance(void) {
  check_section("maintenance");
  GICH_LR(0) = LR(45, 0x60) | LR_EOI | LR_PENDING;
  run(guest_acknowledge, 0);
  check_equal("none yet", maintenance, 0);
  run(guest_eoi, 45);
  expect_maintenance("EOI", 1, GICH_MISR_EOI);
  check_equal("EISR", eisr, 1);
  check_equal("withdrawn", GICH_MISR, 0);
  GICH_LR(0) = LR(46, 0x60) | LR_PENDING;
  GICH_HCR = GICH_HCR_EN | GICH_HCR_UIE;
  expect_maintenance("underflow", 2, GICH_MISR_U);
  run(guest_take, 0);
  GICH_HCR = GICH_HCR_EN | GICH_HCR_NPIE;
  expect_maintenance("none pending", 3, GICH_MISR_NP);
  GICH_LR(0) = LR(47, 0x60) | LR_PENDING;
  run(guest_acknowledge, 0);
  GICH_LR(0) = 0; /* spilled while active */
  run(guest_eoi, 47);
  check_equal("EOI of one that was spilled", GICH_HCR_EOICOUNT(GICH_HCR), 1);
  GICH_HCR |= GICH_HCR_LRENPIE;
  expect_maintenance("entry not present", 4, GICH_MISR_LRENP);
}

static void test_hardware(void) {
  check_section("hardware");
  check_equal("timer interrupts of the guest", run(guest_timer, 3), 3);
  check_equal("taken by the hypervisor", physical_taken, 3);
  check_equal("number", seen[2].intid, INTID_PHYSICAL_TIMER);
  check("deactivated by the guest's EOI", !gic_active(INTID_PHYSICAL_TIMER));
  check_equal("list register", GICH_LR(0) & LR_STATE, 0);
}

static void test_direct(void) {
  check_section("HCR_EL2");
  GICH_HCR = 0;
  stage2_on(&stage2, 1, HCR_GUEST | HCR_VI);
  check_equal("VI: ISR_EL1", run(guest_status, 0), BIT(7));
  check_equal("VI: taken", run(guest_take_direct, 0) + seen[0].intid, 1 + VECTOR_SPX_IRQ);
  stage2_on(&stage2, 1, HCR_GUEST | HCR_VF);
  check_equal("VF: ISR_EL1", run(guest_status, 0), BIT(6));
  check_equal("VF: taken", run(guest_take_direct, 0) + seen[0].intid, 1 + VECTOR_SPX_FIQ);
  stage2_on(&stage2, 1, HCR_GUEST | HCR_VSE);
  check_equal("VSE: ISR_EL1", run(guest_status, 0), BIT(8));
  check_equal("VSE: taken", run(guest_take_direct, 0) + seen[0].intid, 1 + VECTOR_SPX_SERROR);
  check_equal("VSE clears itself", READ_SYSREG(hcr_el2) & HCR_VSE, 0);
  stage2_on(&stage2, 1, HCR_VI | HCR_VF | HCR_VSE);
  check_equal("without IMO, FMO, AMO: ISR_EL1", run(guest_status, 0), 0);
}

int main(void) {
  if (current_el() != 2) {
    print("virq needs EL2\n");
    return 1;
  }
  init();
  test_list_registers();
  test_eoi_mode();
  test_maintenance();
  test_hardware();
  test_direct();
  stage2_off();
  check_section("");
  return check_summary("virq");
}
