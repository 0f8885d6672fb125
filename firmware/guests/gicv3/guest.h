/* gicv3: what the hypervisor's guest does at EL1 with its CPU interface. */
#pragma once

#include "seen.h"

/* Turn on the CPU interface; X0 is ICV_CTLR_EL1. */
u64 guest_init(u64 ctlr);

/* Unmask interrupts, take what is pending, mask again: each acknowledged and ended. Returns how many were taken. */
u64 guest_take(u64 unused);

/* ICV_IAR1_EL1, ICV_IAR0_EL1, ICV_HPPIR1_EL1, ISR_EL1. */
u64 guest_acknowledge(u64 unused);
u64 guest_acknowledge0(u64 unused);
u64 guest_highest(u64 unused);
u64 guest_status(u64 unused);

/* ICV_EOIR1_EL1 or ICV_EOIR0_EL1 of X0; returns ICV_RPR_EL1. */
u64 guest_eoi(u64 intid);
u64 guest_eoi0(u64 intid);

/* ICV_DIR_EL1 of X0; ICV_PMR_EL1 of X0, returns ISR_EL1; ICV_IGRPEN1_EL1 of X0. */
u64 guest_deactivate(u64 intid);
u64 guest_mask(u64 pmr);
u64 guest_group1(u64 enable);

/* Take physical timer interrupts that the hypervisor passes on until `count` have come; the timer fires at once. */
u64 guest_timer(u64 count);

/* One access each to a register that the hypervisor may trap. */
u64 guest_read_pmr(u64 unused);
u64 guest_read_bpr0(u64 unused);
u64 guest_read_bpr1(u64 unused);
u64 guest_write_dir(u64 unused);
u64 guest_write_sgi1r(u64 unused);
u64 guest_read_sre(u64 unused);
