/* virq: what the guest does at EL1. */
#include "guest.h"

#include "gic.h"

static void note(u32 iar) { seen_note(iar & 0x3ff, GICC_RPR); }

static void take_and_end(struct trap_frame *frame) {
  (void)frame;
  u32 iar = GICC_IAR;
  note(iar);
  if (iar == INTID_PHYSICAL_TIMER) WRITE_SYSREG_SYNC(cntp_ctl_el0, 0);
  GICC_EOIR = iar;
}

static void take_only(struct trap_frame *frame) {
  note(GICC_IAR);
  frame->spsr |= BIT(7); /* what is pending behind it waits */
}

/* A virtual interrupt without a GIC: note the vector, and ask the hypervisor to withdraw it. */
static void take_direct(struct trap_frame *frame) {
  seen_note((u32)frame->vector, 0);
  __asm__ volatile("hvc #1" ::: "memory");
}

u64 guest_init(u64 ctlr) {
  GICC_PMR = 0xf8;
  GICC_BPR = 0;
  GICC_CTLR = (u32)ctlr;
  return 0;
}

u64 guest_take(u64 unused) {
  (void)unused;
  return seen_take(take_and_end);
}

u64 guest_acknowledge(u64 unused) {
  (void)unused;
  return seen_take(take_only);
}

u64 guest_eoi(u64 intid) {
  GICC_EOIR = (u32)intid;
  return GICC_RPR;
}

u64 guest_deactivate(u64 intid) {
  GICC_DIR = (u32)intid;
  return 0;
}

u64 guest_mask(u64 pmr) {
  GICC_PMR = (u32)pmr;
  return READ_SYSREG(isr_el1);
}

u64 guest_highest(u64 unused) {
  (void)unused;
  return GICC_HPPIR;
}

u64 guest_status(u64 unused) {
  (void)unused;
  return READ_SYSREG(isr_el1);
}

u64 guest_take_direct(u64 unused) {
  (void)unused;
  seen_count = 0;
  trap_handlers[1][VECTOR_SPX_IRQ] = take_direct;
  trap_handlers[1][VECTOR_SPX_FIQ] = take_direct;
  trap_handlers[1][VECTOR_SPX_SERROR] = take_direct;
  __asm__ volatile("msr DAIFClr, #7\n\tisb\n\tmsr DAIFSet, #7" ::: "memory");
  return seen_count;
}

u64 guest_timer(u64 count) { return seen_take_timer(take_and_end, count); }
