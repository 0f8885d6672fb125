/* stage2-shapes: a VM whose memory lies beyond the VA size of its hypervisor. */
#include "check.h"
#include "shapes.h"
#include "sysreg.h"
#include "trap.h"

#define HYP_VA_BITS 36
#define IPA_BITS 40
#define HIGH_IPA 0x7000000000ull
#define HIGH_SIZE 0x200000ull
#define RET 0xd65f03c0ull

extern char __text_start[], __data_end[];

static void hyp_mmu_on(const struct granule *granule) {
  struct page_table table = stage1_table_of(granule->page_bits, HYP_VA_BITS);
  u64 start = (u64)__text_start & ~((1ull << granule->page_bits) - 1), attributes = S1_NORMAL | S1_AP_EL0;
  map_image_whole(&table);
  table_map(&table, 3, start, start, (u64)__data_end - start, attributes);
  table_map(&table, 3, FRAMES, FRAMES, HIGH_SIZE, attributes);
  table_map(&table, 3, TABLES, TABLES, TABLES_SIZE, attributes);
  mmu_on_el2(&table);
}

void test_high_memory(const struct granule *granule) {
  table_pool(TABLES, TABLES_SIZE);
  hyp_mmu_on(granule);
  u32 level = 3 - (IPA_BITS - 4 - 1 - granule->page_bits) / (granule->page_bits - 3);
  struct page_table table = table_new(granule->page_bits, level, IPA_BITS);
  u64 bytes = 8ull << (IPA_BITS - table_level_shift(&table, level));
  if (granule->page_bits == 14) check_equal("16 tables of 16 KiB", bytes, 16 << 14);
  check_equal("aligned to their whole size", (u64)table.root & (bytes - 1), 0);
  map_image_guest(&table);
  table_map(&table, 3, HIGH_IPA, FRAMES, HIGH_SIZE, RW);
  stage2_on(&table, 1, 0);
  SYS_OP("tlbi vmalls12e1");
  dsb();
  isb();
  u64 last = HIGH_IPA + HIGH_SIZE - 8;
  check_equal("write", run_lower(guest_write, last, PSR_DAIF | PSR_EL1H), ~last);
  check_equal("its frame", *(volatile u64 *)(FRAMES + HIGH_SIZE - 8), ~last);
  *(volatile u64 *)(FRAMES + 0x1000) = RET;
  dsb();
  SYS_OP("ic iallu");
  dsb();
  isb();
  check_equal("code", run_lower(guest_call, HIGH_IPA + 0x1000, PSR_DAIF | PSR_EL1H), HIGH_IPA + 0x1000);
  u64 past = HIGH_IPA + HIGH_SIZE;
  check_equal("past it", translate(past), par_stage2_fault(table_fault_level(&table, past)));
  stage2_off();
  mmu_off_el2();
}
