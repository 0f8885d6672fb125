/* virq: what the guest does at EL1, with GICV at the address of GICC. */
#pragma once

#include "seen.h"

/* Turn on the CPU interface; X0 is GICC_CTLR. */
u64 guest_init(u64 ctlr);

/* Unmask interrupts, take what is pending, mask again: each acknowledged and ended. Returns how many were taken. */
u64 guest_take(u64 unused);

/* The same, but each interrupt is acknowledged and left active. */
u64 guest_acknowledge(u64 unused);

/* GICC_EOIR, GICC_DIR, GICC_PMR of X0; GICC_HPPIR. */
u64 guest_eoi(u64 intid);
u64 guest_deactivate(u64 intid);
u64 guest_mask(u64 pmr);
u64 guest_highest(u64 unused);

/* Take what HCR_EL2.VI, VF and VSE give, each once, by hypercall to the hypervisor, which withdraws it. */
u64 guest_take_direct(u64 unused);

/* ISR_EL1. */
u64 guest_status(u64 unused);

/* Take physical timer interrupts that the hypervisor passes on until `count` have come; the timer fires at once. */
u64 guest_timer(u64 count);
