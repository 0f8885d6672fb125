/* stage2-shapes: translations that EL2 asks for, and what the guests do at EL1. */
#include "shapes.h"
#include "sysreg.h"

#define PAR_FAULT 1ull
#define PAR_STAGE2 BIT(9)
#define PAR_RES1 BIT(11)

extern char __text_start[], __data_end[];

u64 translate(u64 ipa) {
  SYS_OP_X("at s12e1r", ipa);
  isb();
  return READ_SYSREG(par_el1);
}

u64 par_stage2_fault(u32 level) { return PAR_RES1 | PAR_STAGE2 | FSC_TRANSLATION(level) << 1 | PAR_FAULT; }

u64 guest_read(u64 address) { return *(volatile u64 *)address; }

u64 guest_write(u64 address) {
  *(volatile u64 *)address = ~address;
  return *(volatile u64 *)address;
}

u64 guest_call(u64 address) { return ((u64(*)(u64))address)(address); }

void map_image_guest(const struct page_table *table) {
  u64 start = (u64)__text_start & ~((1ull << table->page_bits) - 1);
  table_map(table, 3, start, start, (u64)__data_end - start, RW);
}
