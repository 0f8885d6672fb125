/* Stage 2 with the 4K granule: a 40-bit IPA space from two concatenated level-1 tables. */
#include "mmu.h"
#include "sysreg.h"

#define IPA_BITS 40
#define ROOT_PAGES 2
#define VMID_SHIFT 48

extern char __text_start[], __text_end[], __data_start[], __data_end[];

struct page_table stage2_table(void) {
  return (struct page_table){.root = table_pages(ROOT_PAGES), .start_level = 1, .input_bits = IPA_BITS};
}

void map_image_stage2(const struct page_table *table) {
  u64 text = (u64)__text_start, data = (u64)__data_start;
  table_map(table, 3, text, text, (u64)__text_end - text, S2_NORMAL | S2_READ);
  table_map(table, 3, data, data, (u64)__data_end - data, S2_NORMAL | S2_READ | S2_WRITE | S2_XN);
}

void stage2_on(const struct page_table *table, u32 vmid, u64 hcr) {
  WRITE_SYSREG(vtcr_el2, VTCR_RES1 | VTCR_PS_40 | VTCR_SL0_LEVEL1 | TCR_WALK0 | TCR_T0SZ(IPA_BITS));
  WRITE_SYSREG(vttbr_el2, (u64)table->root | ((u64)vmid << VMID_SHIFT));
  WRITE_SYSREG(hcr_el2, HCR_RW | HCR_VM | hcr);
  dsb();
  isb();
}

void stage2_off(void) {
  WRITE_SYSREG_SYNC(hcr_el2, HCR_RW);
}
