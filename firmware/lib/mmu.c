/* Translation tables of both stages: building them, and turning stage 1 on and off. */
#include "mmu.h"

#include "console.h"
#include "exit.h"
#include "granule.h"
#include "sysreg.h"

#define POOL_SIZE 0x80000
#define SMALLEST_TABLE 64 /* alignment of a table with few entries (DDI 0487, TTBR0_EL1.BADDR) */

extern char __text_start[], __text_end[], __data_start[], __data_end[];

static u8 pool[POOL_SIZE] __attribute__((aligned(PAGE_SIZE)));
static u64 pool_next = (u64)pool, pool_end = (u64)pool + POOL_SIZE;

static _Noreturn void table_panic(const char *what, u64 address) {
  print("tables: %s at %lx\n", what, address);
  guest_exit(99);
}

void table_pool(u64 start, u64 size) {
  pool_next = start;
  pool_end = start + size;
}

u64 *table_memory(u64 bytes) {
  u64 address = (pool_next + bytes - 1) & ~(bytes - 1);
  if (address + bytes > pool_end) table_panic("pool empty", bytes);
  pool_next = address + bytes;
  u64 *memory = (u64 *)address;
  for (u64 n = 0; n < bytes / 8; n++) memory[n] = 0;
  return memory;
}

u32 table_level_shift(const struct page_table *table, u32 level) {
  return table->page_bits + (3 - level) * (table->page_bits - 3);
}

struct page_table table_new(u32 page_bits, u32 start_level, u32 input_bits) {
  struct page_table table = {.start_level = start_level, .input_bits = input_bits, .page_bits = page_bits};
  u64 bytes = 8ull << (input_bits - table_level_shift(&table, start_level));
  table.root = table_memory(bytes < SMALLEST_TABLE ? SMALLEST_TABLE : bytes);
  return table;
}

struct page_table stage1_table_of(u32 page_bits, u32 input_bits) {
  return table_new(page_bits, 3 - (input_bits - 1 - page_bits) / (page_bits - 3), input_bits);
}

struct page_table stage1_table(u32 input_bits) { return stage1_table_of(12, input_bits); }

u64 *table_entry(const struct page_table *table, u64 address, u32 level) {
  u64 input = address & ((1ull << table->input_bits) - 1);
  u64 index_mask = (1ull << (table->page_bits - 3)) - 1;
  u64 *entry = &table->root[input >> table_level_shift(table, table->start_level)];
  for (u32 at = table->start_level; at < level; at++) {
    if (!*entry) *entry = (u64)table_memory(1ull << table->page_bits) | PTE_TABLE_OR_PAGE | PTE_VALID;
    if ((*entry & 3) != (PTE_TABLE_OR_PAGE | PTE_VALID)) table_panic("block in the way", address);
    u64 *next = (u64 *)(*entry & PTE_ADDRESS);
    entry = &next[(input >> table_level_shift(table, at + 1)) & index_mask];
  }
  return entry;
}

u32 table_fault_level(const struct page_table *table, u64 address) {
  u64 input = address & ((1ull << table->input_bits) - 1), mask = (1ull << (table->page_bits - 3)) - 1;
  const u64 *entries = table->root;
  u32 level = table->start_level;
  u64 index = input >> table_level_shift(table, level);
  while (entries[index]) {
    if (++level == 4) return 4;
    entries = (const u64 *)(entries[index] & PTE_ADDRESS);
    index = (input >> table_level_shift(table, level)) & mask;
  }
  return level;
}

u64 table_leaf(u32 level, u64 output, u64 attributes) {
  return output | attributes | (level == 3 ? PTE_TABLE_OR_PAGE : 0) | PTE_VALID;
}

void table_map(const struct page_table *table, u32 level, u64 address, u64 output, u64 size, u64 attributes) {
  u64 step = 1ull << table_level_shift(table, level);
  for (u64 offset = 0; offset < size; offset += step) {
    *table_entry(table, address + offset, level) = table_leaf(level, output + offset, attributes);
  }
}

static void map_image(const struct page_table *table, u64 text, u64 data, u64 device) {
  u64 text_start = (u64)__text_start, data_start = (u64)__data_start;
  table_map(table, 3, text_start, text_start, (u64)__text_end - text_start, text);
  table_map(table, 3, data_start, data_start, (u64)__data_end - data_start, data);
  table_map(table, 3, UART_BASE, UART_BASE, PAGE_SIZE, device);
}

void map_image_el1(const struct page_table *table) {
  /* EL0 may read and run the code, so that probes work there too. */
  map_image(table, S1_NORMAL | S1_AP_RO | S1_AP_EL0, S1_NORMAL | S1_PXN | S1_UXN, S1_DEVICE | S1_PXN | S1_UXN);
}

void map_image_el2(const struct page_table *table) {
  map_image(table, S1_NORMAL | S1_AP_RO | S1_AP_EL0, S1_NORMAL | S1_AP_EL0 | S1_UXN, S1_DEVICE | S1_AP_EL0 | S1_UXN);
}

void map_image_whole(const struct page_table *table) {
  u64 page = 1ull << table->page_bits, start = (u64)__text_start & ~(page - 1), uart = UART_BASE & ~(page - 1);
  table_map(table, 3, start, start, (u64)__data_end - start, S1_NORMAL | S1_UXN);
  table_map(table, 3, uart, uart, page, S1_DEVICE | S1_PXN | S1_UXN);
}

void mmu_on_el1(u64 ttbr0, u64 ttbr1, u64 tcr, u64 sctlr) {
  WRITE_SYSREG(mair_el1, MAIR_VALUE);
  WRITE_SYSREG(tcr_el1, tcr);
  WRITE_SYSREG(ttbr0_el1, ttbr0);
  WRITE_SYSREG(ttbr1_el1, ttbr1);
  dsb();
  isb();
  SYS_OP("tlbi vmalle1");
  dsb();
  isb();
  WRITE_SYSREG_SYNC(sctlr_el1, SCTLR_EL1_RES1 | SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_SA | SCTLR_SA0 | sctlr);
}

void mmu_off_el1(void) {
  WRITE_SYSREG_SYNC(sctlr_el1, SCTLR_EL1_RES1 | SCTLR_SA | SCTLR_SA0);
  SYS_OP("tlbi vmalle1");
  dsb();
  isb();
}

void mmu_on_el2(const struct page_table *table) {
  WRITE_SYSREG(mair_el2, MAIR_VALUE);
  WRITE_SYSREG(tcr_el2, TCR_EL2_RES1 | TCR_EL2_PS_40 | TCR_WALK0 | granule_of(table->page_bits)->tg0 |
                            TCR_T0SZ(table->input_bits));
  WRITE_SYSREG(ttbr0_el2, table->root);
  dsb();
  isb();
  SYS_OP("tlbi alle2");
  dsb();
  isb();
  WRITE_SYSREG_SYNC(sctlr_el2, SCTLR_EL2_RES1 | SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_SA);
}

void mmu_off_el2(void) {
  WRITE_SYSREG_SYNC(sctlr_el2, SCTLR_EL2_RES1 | SCTLR_SA);
  SYS_OP("tlbi alle2");
  dsb();
  isb();
}
