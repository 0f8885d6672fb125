/* bench/vm: exits of a VM under whatever hypervisor there is: hypercalls, first touches of pages, device reads. */
#include "bench.h"
#include "smccc.h"

#define PL011_FR MMIO32(UART_BASE + 0x18)

static u64 hypercalls(u64 rounds) {
  u64 sum = 0;
  for (u64 round = 0; round < rounds; round++) sum += (u64)hvc_call(VENDOR_HELLO, round, 0, 0);
  return sum;
}

/* A round is one page, of up to 2 GiB of RAM. */
static u64 touches(u64 rounds) {
  u64 sum = 0;
  for (u64 page = 0; page < rounds; page++) {
    volatile u64 *word = (volatile u64 *)(ROOM + page * PAGE_SIZE);
    sum += *word += page;
  }
  return sum;
}

static u64 device_reads(u64 rounds) {
  u64 sum = 0;
  for (u64 round = 0; round < rounds; round++) sum += PL011_FR;
  return sum;
}

static const struct kernel kernels[] = {
    {"hypercalls", 1000, NULL, hypercalls}, {"touches", 1000, NULL, touches}, {"device-reads", 1000, NULL, device_reads}};

int main(void) {
  struct page_table table = mmu_on();
  u64 mapped = RAM + RAM_MAPPED, end = RAM + BLOCK_1G;
  table_map(&table, 2, mapped, mapped, end - mapped, S1_NORMAL);
  table_map(&table, 1, end, end, BLOCK_1G, S1_NORMAL);
  return BENCH_MAIN(kernels);
}
