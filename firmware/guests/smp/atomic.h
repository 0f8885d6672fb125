/* smp: locks and counters by exclusives and by LSE, for memory that CPUs share. */
#pragma once

#include "types.h"

/* Add to a counter with LDXR/STXR. */
void add_exclusive(volatile u64 *counter, u64 value);

/* Add with LDADDAL, or with a CASAL loop. */
void add_ldadd(volatile u64 *counter, u64 value);
void add_cas(volatile u64 *counter, u64 value);

/* Exchange with SWPAL; returns what was there. */
u64 swap(volatile u64 *word, u64 value);

/* A lock that waits with WFE on the exclusive monitor: LDAXR, STXR, STLR. */
void spin_lock(volatile u32 *lock);
void spin_unlock(volatile u32 *lock);

/* Wait with WFE until the word is `value`; the writer uses set_and_signal(). */
void wait_event(volatile u64 *word, u64 value);
void set_and_signal(volatile u64 *word, u64 value);

/* Wait with LDAXR and WFE until the word is `value`: a plain store by another CPU wakes this one. */
void wait_monitor(volatile u64 *word, u64 value);
