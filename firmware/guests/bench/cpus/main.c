/* bench/cpus: every CPU does the same arithmetic, on an array of its own. */
#include "bench.h"
#include "smp.h"

#define WORDS 1024u

static u64 arrays[MAX_CPUS][WORDS];
static u64 sums[MAX_CPUS];
static volatile u64 rounds_wanted, done[MAX_CPUS];
static struct page_table table;

/* A round changes each word of the array. */
static void work(u64 cpu) {
  u64 *words = arrays[cpu], value = 1, rounds = rounds_wanted;
  for (u64 round = 0; round < rounds; round++) {
    for (u32 i = 0; i < WORDS; i++) {
      value ^= value << 13;
      value ^= value >> 7;
      words[i] += value ^= value << 17;
    }
  }
  for (u32 i = 0; i < WORDS; i++) value = value * 33 + words[i];
  sums[cpu] = value;
  dsb();
  done[cpu] = 1;
  SYS_OP("sev");
}

static void secondary(u64 cpu) {
  mmu_on_el1((u64)table.root, 0, TCR_WALK0 | TCR_T0SZ(39) | TCR_EPD1 | TCR_IPS_40, 0);
  work(cpu);
}

/* The checksum is that of one CPU when all agree, else 0. */
static u64 all(u64 rounds) {
  u32 count = cpu_count();
  rounds_wanted = rounds;
  dsb();
  for (u32 cpu = 1; cpu < count; cpu++) {
    if (cpu_on(cpu, secondary, cpu) != 0) return 0;
  }
  work(0);
  for (u32 cpu = 1; cpu < count; cpu++) {
    while (!done[cpu]) __asm__ volatile("wfe" ::: "memory");
  }
  for (u32 cpu = 1; cpu < count; cpu++) {
    if (sums[cpu] != sums[0]) return 0;
  }
  return sums[0];
}

static const struct kernel kernels[] = {{"cpus", 20, NULL, all}};

int main(void) {
  table = mmu_on();
  return BENCH_MAIN(kernels);
}
