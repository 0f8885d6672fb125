/*
 * idmap: EL2 turns its MMU on where RAM lies beyond the VA size that it runs with. The ID map then needs a level more
 * than the runtime map, and EL2 has one TTBR: so the runtime mappings go into the ID map's tables, at low VAs.
 */
#include "check.h"
#include "console.h"
#include "mmu.h"
#include "probe.h"
#include "sysreg.h"

#define VA_BITS 39 /* the runtime map: three levels of the 4K granule */
#define RUNTIME_VA 0x2000000000ull
#define HYP (S1_NORMAL | S1_AP_EL0)
#define FRAME_OFFSET 0x2000000ull /* a page of RAM behind this image */

extern char __text_start[], __data_end[];

static u64 image(void) { return (u64)__text_start; }

/* VA of something of this image in the runtime map. */
static u64 runtime(u64 address) { return address - image() + RUNTIME_VA; }

/* Both maps in one table: this image at its own address and at RUNTIME_VA, with the UART. */
static void map_both(const struct page_table *table) {
  u64 size = (u64)__data_end - image();
  map_image_el2(table);
  table_map(table, 3, RUNTIME_VA, image(), size, HYP);
  table_map(table, 3, RUNTIME_VA + FRAME_OFFSET, image() + FRAME_OFFSET, PAGE_SIZE, HYP | S1_UXN);
}

static u32 bits_of(u64 address) {
  u32 bits = 0;
  while (address >> bits) bits++;
  return bits;
}

static volatile u64 word = 0x1d;

/* Called at its runtime VA: where it runs, and what it finds there. */
static __attribute__((noinline)) u64 run_at_runtime(u64 *pc) {
  u64 here;
  __asm__ volatile("adr %0, ." : "=r"(here));
  *pc = here;
  return word++;
}

static void test_runtime(void) {
  check_section("runtime map");
  u64 pc = 0;
  u64 (*function)(u64 *) = (u64(*)(u64 *))runtime((u64)run_at_runtime);
  check_equal("data", function(&pc), 0x1d);
  check("code", pc >= RUNTIME_VA && pc < RUNTIME_VA + ((u64)__data_end - image()));
  check_equal("the same memory by the ID map", word, 0x1e);
  check_equal("the same memory by the runtime map", *(volatile u64 *)runtime((u64)&word), 0x1e);
  *(volatile u64 *)(RUNTIME_VA + FRAME_OFFSET) = 0x77;
  probe_run(probe_read, image() + FRAME_OFFSET);
  check_equal("what only the runtime map has", last_trap.count, 1);
}

/* PAR_EL1 of an address by a table, without going there: asked by AT S1E1R of EL1's regime, in which nothing runs. */
static u64 translate(u64 address, const struct page_table *table) {
  WRITE_SYSREG(mair_el1, MAIR_VALUE);
  WRITE_SYSREG(ttbr0_el1, table->root);
  WRITE_SYSREG(tcr_el1, TCR_IPS_40 | TCR_EPD1 | TCR_WALK0 | TCR_T0SZ(table->input_bits));
  WRITE_SYSREG(sctlr_el1, SCTLR_EL1_RES1 | SCTLR_M);
  dsb();
  isb();
  SYS_OP("tlbi alle1");
  dsb();
  isb();
  SYS_OP_X("at s1e1r", address);
  isb();
  return READ_SYSREG(par_el1);
}

int main(void) {
  if (current_el() != 2) {
    print("idmap needs EL2\n");
    return 1;
  }
  probe_install(2);
  u64 last = (u64)__data_end - 1;
  u32 bits = bits_of(last) > VA_BITS ? bits_of(last) : VA_BITS;
  struct page_table table = stage1_table(bits), small = stage1_table(VA_BITS);
  print("RAM needs %u bits of %u: %u levels\n", bits_of(last), VA_BITS, 4 - table.start_level);
  table_map(&small, 3, RUNTIME_VA, image(), PAGE_SIZE, HYP);
  check_section("VA size");
  check_equal("runtime VA", translate(RUNTIME_VA, &small) & (PTE_ADDRESS | 1), image());
  /* PAR_EL1: fault, RES1, translation fault at level 0 beyond the size, at level 1 where nothing is mapped. */
  u64 level = bits > VA_BITS ? 0 : 1;
  check_equal("address of RAM", translate(image(), &small), BIT(11) | FSC_TRANSLATION(level) << 1 | 1);
  map_both(&table);
  check_equal("with the ID map", translate(image(), &table) & (PTE_ADDRESS | 1), image());
  mmu_on_el2(&table);
  check("MMU on", READ_SYSREG(sctlr_el2) & SCTLR_M);
  test_runtime();
  mmu_off_el2();
  check_section("");
  return check_summary("idmap");
}
