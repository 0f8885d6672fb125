/* Translation tables with the 4K granule: building them, and turning translation on and off. */
#include "mmu.h"

#include "console.h"
#include "exit.h"
#include "sysreg.h"

#define POOL_PAGES 128

extern char __text_start[], __text_end[], __data_start[], __data_end[];

/* Aligned for two concatenated tables. */
static u64 pool[POOL_PAGES][512] __attribute__((aligned(0x2000)));
static u32 pool_used;

static _Noreturn void table_panic(const char *what, u64 address) {
  print("tables: %s at %lx\n", what, address);
  guest_exit(99);
}

static u32 level_shift(u32 level) { return 39 - 9 * level; }

u64 *table_pages(u32 count) {
  /* Concatenated tables are aligned to their whole size, a power of two. */
  pool_used = (pool_used + count - 1) & ~(count - 1);
  if (pool_used + count > POOL_PAGES) table_panic("pool empty", count);
  u64 *pages = pool[pool_used];
  pool_used += count;
  return pages;
}

struct page_table stage1_table(u32 input_bits) {
  u32 start_level = 4 - (input_bits - 12 + 8) / 9;
  return (struct page_table){.root = table_pages(1), .start_level = start_level, .input_bits = input_bits};
}

u64 *table_entry(const struct page_table *table, u64 address, u32 level) {
  u64 input = address & ((1ull << table->input_bits) - 1);
  u64 *entry = &table->root[input >> level_shift(table->start_level)];
  for (u32 at = table->start_level; at < level; at++) {
    if (!*entry) *entry = (u64)table_pages(1) | PTE_TABLE_OR_PAGE | PTE_VALID;
    if ((*entry & 3) != (PTE_TABLE_OR_PAGE | PTE_VALID)) table_panic("block in the way", address);
    u64 *next = (u64 *)(*entry & PTE_ADDRESS);
    entry = &next[(input >> level_shift(at + 1)) & 511];
  }
  return entry;
}

u64 table_leaf(u32 level, u64 output, u64 attributes) {
  return output | attributes | (level == 3 ? PTE_TABLE_OR_PAGE : 0) | PTE_VALID;
}

void table_map(const struct page_table *table, u32 level, u64 address, u64 output, u64 size, u64 attributes) {
  u64 step = 1ull << level_shift(level);
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
  WRITE_SYSREG(tcr_el2, TCR_EL2_RES1 | TCR_EL2_PS_40 | TCR_WALK0 | TCR_T0SZ(table->input_bits));
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
