/* smp: what the other CPUs do. */
#include "workers.h"

#include "atomic.h"
#include "gic.h"
#include "smp.h"
#include "sysreg.h"

struct shared shared;

void worker_mmu_on(void) {
  if (current_el() == 2) {
    mmu_on_el2(&shared.table);
  } else {
    mmu_on_el1((u64)shared.table.root, 0, TCR_WALK0 | TCR_T0SZ(shared.table.input_bits) | TCR_EPD1 | TCR_IPS_40, 0);
  }
}

void worker_nothing(u64 index) { (void)index; }

/* Each CPU in turn adds 1 to the word, when it is its turn. */
void take_turns(u64 index) {
  for (u32 round = 0; round < ROUNDS; round++) {
    wait_monitor(&shared.turn, (u64)round * shared.cpus + index);
    add_exclusive(&shared.turn, 1);
  }
}

void worker_ping_pong(u64 index) {
  worker_mmu_on();
  take_turns(index);
}

void count(void) {
  for (u32 round = 0; round < ROUNDS; round++) {
    add_exclusive(&shared.by_exclusives, 3);
    spin_lock(&shared.lock);
    if (shared.by_lock != shared.by_lock_2) shared.torn++;
    shared.by_lock++;
    shared.by_lock_2++;
    spin_unlock(&shared.lock);
  }
}

void worker_count(u64 index) {
  (void)index;
  worker_mmu_on();
  count();
}

void count_lse(void) {
  for (u32 round = 0; round < ROUNDS; round++) {
    add_ldadd(&shared.by_ldadd, 5);
    add_cas(&shared.by_cas, 7);
  }
}

void worker_count_lse(u64 index) {
  (void)index;
  worker_mmu_on();
  count_lse();
}

void worker_wait_event(u64 index) {
  (void)index;
  worker_mmu_on();
  add_exclusive(&shared.ready, 1);
  wait_event(&shared.event, 1);
  add_exclusive(&shared.arrived, 1);
  wait_monitor(&shared.event, 2);
  add_exclusive(&shared.arrived, 1);
}

/* Answer each ping of CPU 0 with a pong; interrupts stay masked, WFI wakes by them all the same. */
void worker_sgi(u64 index) {
  (void)index;
  worker_mmu_on();
  gic_cpu_on();
  GICD_ISENABLER(0) = 1u << SGI_PING;
  add_exclusive(&shared.ready, 1);
  for (u32 round = 0; round < ROUNDS; round++) {
    while (!gic_pending(SGI_PING)) __asm__ volatile("wfi" ::: "memory");
    u32 iar = GICC_IAR;
    if (iar != SGI_PING) add_exclusive(&shared.sgi_wrong, 1);
    GICC_EOIR = iar;
    GICD_SGIR = SGIR_TO(0) | SGI_PONG;
  }
}
