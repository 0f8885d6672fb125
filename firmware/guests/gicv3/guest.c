/* gicv3: what the hypervisor's guest does at EL1. */
#include "guest.h"

#include "gicv3.h"

#define TIMER_INTID 30u

static void take_and_end(struct trap_frame *frame) {
  (void)frame;
  u32 intid = (u32)READ_SYSREG(icc_iar1_el1);
  seen_note(intid, (u32)READ_SYSREG(icc_rpr_el1));
  if (intid == TIMER_INTID) WRITE_SYSREG_SYNC(cntp_ctl_el0, 0);
  WRITE_SYSREG_SYNC(icc_eoir1_el1, intid);
}

u64 guest_init(u64 ctlr) {
  WRITE_SYSREG(icc_pmr_el1, 0xff);
  WRITE_SYSREG(icc_bpr0_el1, 0);
  WRITE_SYSREG(icc_bpr1_el1, 0);
  WRITE_SYSREG(icc_ctlr_el1, ctlr);
  WRITE_SYSREG(icc_igrpen0_el1, 1);
  WRITE_SYSREG_SYNC(icc_igrpen1_el1, 1);
  return READ_SYSREG(icc_ctlr_el1);
}

u64 guest_take(u64 unused) {
  (void)unused;
  return seen_take(take_and_end);
}

u64 guest_timer(u64 count) { return seen_take_timer(take_and_end, count); }

#define READER(function, name)   \
  u64 function(u64 unused) {     \
    (void)unused;                \
    isb();                       \
    return READ_SYSREG(name);    \
  }
#define WRITER(function, name, result)  \
  u64 function(u64 value) {             \
    WRITE_SYSREG_SYNC(name, value);     \
    return READ_SYSREG(result);         \
  }

READER(guest_acknowledge, icc_iar1_el1)
READER(guest_acknowledge0, icc_iar0_el1)
READER(guest_highest, icc_hppir1_el1)
READER(guest_status, isr_el1)
READER(guest_read_pmr, icc_pmr_el1)
READER(guest_read_bpr0, icc_bpr0_el1)
READER(guest_read_bpr1, icc_bpr1_el1)
READER(guest_read_sre, icc_sre_el1)
WRITER(guest_eoi, icc_eoir1_el1, icc_rpr_el1)
WRITER(guest_eoi0, icc_eoir0_el1, icc_rpr_el1)
WRITER(guest_mask, icc_pmr_el1, isr_el1)
WRITER(guest_group1, icc_igrpen1_el1, isr_el1)
WRITER(guest_deactivate, icc_dir_el1, isr_el1)
WRITER(guest_write_dir, icc_dir_el1, isr_el1)
WRITER(guest_write_sgi1r, icc_sgi1r_el1, isr_el1)
