/* Stage 2: the tables that most guests use, and turning it on and off. */
#include "granule.h"
#include "mmu.h"
#include "sysreg.h"

#define IPA_BITS 40
#define VMID_SHIFT 48

extern char __text_start[], __text_end[], __data_start[], __data_end[];

struct page_table stage2_table(void) { return table_new(12, 1, IPA_BITS); }

void map_image_stage2(const struct page_table *table) {
  u64 text = (u64)__text_start, data = (u64)__data_start;
  table_map(table, 3, text, text, (u64)__text_end - text, S2_NORMAL | S2_READ);
  table_map(table, 3, data, data, (u64)__data_end - data, S2_NORMAL | S2_READ | S2_WRITE | S2_XN);
}

u64 vtcr_value(u32 page_bits, u32 start_level, u32 input_bits) {
  u64 sl0 = (page_bits == 12 ? 2 : 3) - start_level;
  return VTCR_RES1 | physical_size_field() << 16 | granule_of(page_bits)->tg0 | TCR_WALK0 | sl0 << 6 |
         TCR_T0SZ(input_bits);
}

void stage2_on(const struct page_table *table, u32 vmid, u64 hcr) {
  WRITE_SYSREG(vtcr_el2, vtcr_value(table->page_bits, table->start_level, table->input_bits));
  WRITE_SYSREG(vttbr_el2, (u64)table->root | ((u64)vmid << VMID_SHIFT));
  WRITE_SYSREG(hcr_el2, HCR_RW | HCR_VM | hcr);
  dsb();
  isb();
}

void stage2_off(void) {
  WRITE_SYSREG_SYNC(hcr_el2, HCR_RW);
}
