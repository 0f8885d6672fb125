/*
 * The frame of a benchmark guest, for its main.c alone. Before the guest starts, a host may write a kernel's number into
 * `bench_kernel` and a number of rounds into `bench_rounds`; without that all kernels run, each with its own number.
 */
#pragma once

#include "console.h"
#include "kernel.h"
#include "mmu.h"
#include "sysreg.h"

#define ALL_KERNELS (~0ull)
#define RAM 0x40000000ull
#define RAM_MAPPED 0x8000000ull
/* RAM that no image reaches into: room for what kernels work on. */
#define ROOM 0x42000000ull
#define ROOM_SIZE 0x4000000ull

volatile u64 bench_kernel __attribute__((section(".data.bench"))) = ALL_KERNELS;
volatile u64 bench_rounds __attribute__((section(".data.bench"))) = 0;

/* Turn stage 1 of the current level on: RAM and the UART in blocks of 2 MiB, caches on. Returns its table. */
static inline struct page_table mmu_on(void) {
  struct page_table table = stage1_table(39);
  u64 el0 = current_el() == 2 ? S1_AP_EL0 : 0;
  table_map(&table, 2, RAM, RAM, RAM_MAPPED, S1_NORMAL | el0);
  table_map(&table, 2, UART_BASE & ~(BLOCK_2M - 1), UART_BASE & ~(BLOCK_2M - 1), BLOCK_2M, S1_DEVICE | S1_UXN | el0);
  if (current_el() == 2) {
    mmu_on_el2(&table);
  } else {
    mmu_on_el1((u64)table.root, 0, TCR_WALK0 | TCR_T0SZ(39) | TCR_EPD1 | TCR_IPS_40, 0);
  }
  return table;
}

/* Run the kernels that the host wants. A `time` line stands before and after what is measured. */
static inline int bench_main(const struct kernel *kernels, u32 count) {
  for (u32 n = 0; n < count; n++) {
    const struct kernel *kernel = &kernels[n];
    if (bench_kernel != ALL_KERNELS && bench_kernel != n) continue;
    u64 rounds = bench_rounds ? bench_rounds : kernel->rounds;
    if (kernel->prepare) kernel->prepare();
    print("time start\n");
    u64 start = READ_SYSREG(cntvct_el0);
    u64 sum = kernel->run(rounds);
    isb();
    u64 ticks = READ_SYSREG(cntvct_el0) - start;
    print("time end %lx of %lx\n", ticks, READ_SYSREG(cntfrq_el0));
    print("%s: %lu rounds, checksum %lx\n", kernel->name, rounds, sum);
  }
  return 0;
}
#define BENCH_MAIN(kernels) bench_main(kernels, sizeof(kernels) / sizeof((kernels)[0]))
