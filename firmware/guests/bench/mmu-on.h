/* Stage 1 of a benchmark: RAM and the UART in blocks of 2 MiB, caches on. */
#pragma once

#include "console.h"
#include "mmu.h"
#include "sysreg.h"

#define RAM 0x40000000ull
#define RAM_MAPPED 0x8000000ull

static void mmu_on(void) {
  struct page_table table = stage1_table(39);
  u64 el0 = current_el() == 2 ? S1_AP_EL0 : 0;
  table_map(&table, 2, RAM, RAM, RAM_MAPPED, S1_NORMAL | el0);
  table_map(&table, 2, UART_BASE & ~(BLOCK_2M - 1), UART_BASE & ~(BLOCK_2M - 1), BLOCK_2M, S1_DEVICE | S1_UXN | el0);
  if (current_el() == 2) {
    mmu_on_el2(&table);
  } else {
    mmu_on_el1((u64)table.root, 0, TCR_WALK0 | TCR_T0SZ(39) | TCR_EPD1 | TCR_IPS_40, 0);
  }
}
