/* bench/paging: pages mapped and unmapped with TLBI, 100 processes with ASIDs, switches with and without a TLB flush. */
#include "bench.h"

#define TABLES ROOM
#define TABLES_SIZE 0x1000000ull
#define FRAMES (TABLES + TABLES_SIZE)
#define WINDOW 0x80000000ull
#define WINDOW_PAGES 64u
#define PROCESSES 100u
#define PROCESS_PAGES 16u
#define SWITCH_PAGES 64u
#define ASID_SHIFT 48

static struct page_table kernel;

static volatile u64 *word_of_page(u32 page) { return (volatile u64 *)(WINDOW + page * PAGE_SIZE); }

/* A round maps 64 pages one after the other, changes a word in each, and unmaps it. */
static u64 churn(u64 rounds) {
  u64 sum = 0;
  for (u64 round = 0; round < rounds; round++) {
    for (u32 page = 0; page < WINDOW_PAGES; page++) {
      u64 *entry = table_entry(&kernel, (u64)word_of_page(page), 3);
      *entry = table_leaf(3, FRAMES + (page + round) % WINDOW_PAGES * PAGE_SIZE, S1_NORMAL | S1_UXN | S1_PXN);
      dsb();
      isb();
      sum = sum * 33 + (*word_of_page(page) += page + 1);
      *entry = 0;
      dsb();
      SYS_OP_X("tlbi vae1is", (u64)word_of_page(page) >> 12);
      dsb();
      isb();
    }
  }
  return sum;
}

/* TTBR0_EL1 of process `n`: the kernel's global blocks, and `pages` pages of its own at WINDOW. */
static u64 process_new(u32 n, u32 pages) {
  struct page_table table = stage1_table(39);
  table.root[0] = kernel.root[0];
  table.root[1] = kernel.root[1];
  u64 frames = FRAMES + n * pages * PAGE_SIZE;
  table_map(&table, 3, WINDOW, frames, pages * PAGE_SIZE, S1_NORMAL | S1_NG | S1_UXN | S1_PXN);
  for (u64 at = frames; at < frames + pages * PAGE_SIZE; at += 8) *(u64 *)at = n;
  return (u64)table.root | (u64)(n + 1) << ASID_SHIFT;
}

static u64 ttbrs[PROCESSES];

/* Makes the processes anew, so that no table and no translation of others is left. */
static void make(u32 count, u32 pages) {
  WRITE_SYSREG_SYNC(ttbr0_el1, (u64)kernel.root);
  SYS_OP("tlbi vmalle1");
  dsb();
  isb();
  table_pool(TABLES, TABLES_SIZE);
  for (u32 n = 0; n < count; n++) ttbrs[n] = process_new(n, pages);
}

static void make_processes(void) { make(PROCESSES, PROCESS_PAGES); }
static void make_two(void) { make(2, SWITCH_PAGES); }

/* Go to a process and change a word in each of its pages. */
static inline __attribute__((always_inline)) u64 visit(u32 n, u32 pages, bool flush) {
  u64 sum = 0;
  WRITE_SYSREG_SYNC(ttbr0_el1, ttbrs[n]);
  if (flush) {
    SYS_OP("tlbi vmalle1");
    dsb();
    isb();
  }
  for (u32 page = 0; page < pages; page++) sum += *word_of_page(page) += page + 1;
  return sum;
}

/* A round goes through all processes. */
static u64 processes(u64 rounds) {
  u64 sum = 0;
  for (u64 round = 0; round < rounds; round++) {
    for (u32 n = 0; n < PROCESSES; n++) sum = sum * 33 + visit(n, PROCESS_PAGES, false);
  }
  return sum;
}

/* A round is one switch. */
static u64 switches(u64 rounds) {
  u64 sum = 0;
  for (u64 round = 0; round < rounds; round++) sum = sum * 33 + visit(round % 2, SWITCH_PAGES, false);
  return sum;
}

static u64 switches_flushed(u64 rounds) {
  u64 sum = 0;
  for (u64 round = 0; round < rounds; round++) sum = sum * 33 + visit(round % 2, SWITCH_PAGES, true);
  return sum;
}

static const struct kernel kernels[] = {{"churn", 20, NULL, churn},
                                        {"processes", 20, make_processes, processes},
                                        {"switches", 1000, make_two, switches},
                                        {"flushed", 1000, make_two, switches_flushed}};

int main(void) {
  kernel = mmu_on();
  return BENCH_MAIN(kernels);
}
