/* bench/stage2: the guests. */
#include "guest.h"

#include "mmu.h"

static u64 root[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));

void guest_mmu_on(void) {
  root[0] = table_leaf(1, 0, S1_DEVICE | S1_UXN | S1_PXN);
  root[1] = table_leaf(1, BLOCK_1G, S1_NORMAL);
  root[2] = table_leaf(1, 2 * BLOCK_1G, S1_NORMAL | S1_UXN | S1_PXN);
  mmu_on_el1((u64)root, 0, TCR_WALK0 | TCR_T0SZ(39) | TCR_EPD1 | TCR_IPS_40, 0);
}

static volatile u64 *word_of_page(u64 page) { return (volatile u64 *)(PAGES_IPA + page * PAGE_SIZE); }

u64 guest_touch(u64 pages) {
  u64 sum = 0;
  for (u64 page = 0; page < pages; page++) {
    sum = sum * 3 + *word_of_page(page) + page;
    *word_of_page(page) = page;
  }
  return sum;
}

u64 guest_device(u64 rounds) {
  u64 sum = 0;
  for (u64 round = 0; round < rounds; round++) {
    MMIO32(DEVICE_IPA) = (u32)round;
    sum = sum * 3 + MMIO32(DEVICE_IPA);
  }
  return sum;
}

u64 guest_world(u64 rounds) {
  u64 sum = 0;
  for (u64 round = 0; round < rounds; round++) {
    for (u64 page = 0; page < WORLD_PAGES; page++) sum = sum * 3 + (*word_of_page(page) += page + 1);
    __asm__ volatile("hvc #0" ::: "memory");
  }
  return sum;
}
