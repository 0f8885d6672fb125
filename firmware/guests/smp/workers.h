/* smp: what the other CPUs do, and the memory that they share with CPU 0. */
#pragma once

#include "mmu.h"
#include "types.h"

#define ROUNDS 64u
#define SGI_PING 3u
#define SGI_PONG 4u

struct shared {
  struct page_table table; /* the stage-1 table of all CPUs */
  u32 cpus;
  volatile u64 turn;      /* whose turn it is, counted up */
  volatile u64 by_exclusives, by_lock, by_ldadd, by_cas;
  volatile u64 by_lock_2; /* kept equal to by_lock under the lock */
  volatile u64 torn;      /* times that the two were seen apart */
  volatile u32 lock;
  volatile u64 event;     /* for WFE and SEV */
  volatile u64 arrived;
  volatile u64 sgi_wrong; /* acknowledged something else than the ping of CPU 0 */
  volatile u64 ready;
};

extern struct shared shared;

/* Turn the MMU of this CPU on at its level, with the shared table. */
void worker_mmu_on(void);

/* Functions for cpu_on(); each runs on every other CPU at once. */
void worker_nothing(u64 index);
void worker_ping_pong(u64 index);
void worker_count(u64 index);
void worker_count_lse(u64 index);
void worker_wait_event(u64 index);
void worker_sgi(u64 index);

/* The part of CPU 0 in the same. */
void take_turns(u64 index);
void count(void);
void count_lse(void);
