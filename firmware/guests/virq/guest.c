/* virq: what the guest does at EL1. */
#include "guest.h"

#include "gic.h"
#include "timer.h"
#include "trap.h"

volatile struct seen seen[SEEN];
volatile u32 seen_count;

static void note(u32 iar) {
  if (seen_count < SEEN) seen[seen_count] = (struct seen){iar & 0x3ff, GICC_RPR};
  seen_count++;
}

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
  if (seen_count < SEEN) seen[seen_count] = (struct seen){(u32)frame->vector, 0};
  seen_count++;
  __asm__ volatile("hvc #1" ::: "memory");
}

static u64 unmask(trap_handler *handler) {
  seen_count = 0;
  trap_handlers[1][VECTOR_SPX_IRQ] = handler;
  irq_unmask();
  isb();
  irq_mask();
  return seen_count;
}

u64 guest_init(u64 ctlr) {
  GICC_PMR = 0xf8;
  GICC_BPR = 0;
  GICC_CTLR = (u32)ctlr;
  return 0;
}

u64 guest_take(u64 unused) {
  (void)unused;
  return unmask(take_and_end);
}

u64 guest_acknowledge(u64 unused) {
  (void)unused;
  return unmask(take_only);
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

u64 guest_timer(u64 count) {
  seen_count = 0;
  trap_handlers[1][VECTOR_SPX_IRQ] = take_and_end;
  for (u64 n = 0; n < count; n++) {
    WRITE_SYSREG(cntp_tval_el0, 0);
    WRITE_SYSREG_SYNC(cntp_ctl_el0, TIMER_ENABLE);
    irq_unmask();
    while (seen_count == n) {
    }
    irq_mask();
  }
  return seen_count;
}
