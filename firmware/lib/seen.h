/* What a hypervisor's guest notes of the interrupts that it takes at EL1. */
#pragma once

#include "trap.h"
#include "types.h"

/* One interrupt as the guest saw it. */
struct seen {
  u32 intid, priority;
};

#define SEEN 8u
extern volatile struct seen seen[SEEN];
extern volatile u32 seen_count;

/* One more; the first ones are kept. */
void seen_note(u32 intid, u32 priority);

/* Unmask IRQs for a handler that notes them, take what is pending, mask again. Returns how many were noted. */
u64 seen_take(trap_handler *handler);

/* The same for physical timer interrupts, which fire at once, until `count` have come; the handler turns the timer off. */
u64 seen_take_timer(trap_handler *handler, u64 count);
