/*
 * t0sz-trick: one TTBR0_EL2, walked from level 0 and then, with T0SZ changed from 16 to 25, from level 1.
 *
 *   root[0] -> middle[0] -> leaves      VA of the first 2 MiB, read through either number of levels
 *
 * From level 0 the root is level 0, so `leaves` is read as a level-2 table, and leaves[0] is a 2 MiB block: code runs
 * in it at a low VA. There T0SZ changes. Now the root is level 1, the same entry of `middle` leads to `leaves` as a
 * level-3 table, and the code goes on in 4 KiB pages. (leaves[0] itself is a reserved descriptor then.)
 */
#include "check.h"
#include "console.h"
#include "mmu.h"
#include "sysreg.h"

#define RAM 0x40000000ull
#define FRAME 0x42000000ull
#define DATA_PAGE 300u /* of the low 2 MiB: RAM + 300 pages by the block, FRAME by the page */
#define DATA_VA (DATA_PAGE * PAGE_SIZE)
#define HYP (S1_NORMAL | S1_AP_EL0)
#define TCR(bits) (TCR_EL2_RES1 | TCR_EL2_PS_40 | TCR_WALK0 | TCR_T0SZ(bits))
#define BITS_FOUR_LEVELS 48 /* T0SZ = 16 */
#define BITS_THREE_LEVELS 39 /* T0SZ = 25 */
#define TABLE(address) ((u64)(address) | PTE_TABLE_OR_PAGE | PTE_VALID)

extern char t0sz_at_low[], __text_start[], __data_end[];
u64 t0sz_switch(u64 low_pc, u64 tcr, u64 data, u64 *seen);

static u64 *root, *middle, *leaves;

static void make_tables(void) {
  root = table_memory(PAGE_SIZE);
  middle = table_memory(PAGE_SIZE);
  leaves = table_memory(PAGE_SIZE);
  root[0] = TABLE(middle);
  middle[0] = TABLE(leaves);
  /* The ID map of the first GiB of RAM, and of the UART below it, is good for level 0 only. */
  middle[1] = table_leaf(1, RAM, HYP);
  leaves[0] = table_leaf(2, RAM, HYP);
  leaves[UART_BASE / BLOCK_2M] = table_leaf(2, UART_BASE, S1_DEVICE | S1_AP_EL0 | S1_UXN);
  for (u64 page = (u64)__text_start; page < (u64)__data_end; page += PAGE_SIZE) {
    u64 index = (page - RAM) / PAGE_SIZE;
    leaves[index] = table_leaf(3, page, HYP);
  }
  leaves[DATA_PAGE] = table_leaf(3, FRAME, HYP | S1_UXN);
}

static void mmu_on(void) {
  WRITE_SYSREG(mair_el2, MAIR_VALUE);
  WRITE_SYSREG(tcr_el2, TCR(BITS_FOUR_LEVELS));
  WRITE_SYSREG(ttbr0_el2, root);
  dsb();
  isb();
  SYS_OP("tlbi alle2");
  dsb();
  isb();
  WRITE_SYSREG_SYNC(sctlr_el2, SCTLR_EL2_RES1 | SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_SA);
}

/* The output address, or bit 0 for a fault, of PAR_EL1. */
static u64 output(u64 par) { return par & (PTE_ADDRESS | 1); }

static u64 translate(u64 address) {
  SYS_OP_X("at s1e2r", address);
  isb();
  return output(READ_SYSREG(par_el1));
}

int main(void) {
  if (current_el() != 2) {
    print("t0sz-trick needs EL2\n");
    return 1;
  }
  *(volatile u64 *)(RAM + DATA_VA) = 0xb10c;
  *(volatile u64 *)FRAME = 0x9a9e;
  make_tables();
  mmu_on();
  check_section("four levels");
  check_equal("ID map", translate((u64)__text_start), (u64)__text_start);
  check_equal("low VA: a block", translate(DATA_VA), RAM + DATA_VA);
  u64 seen[4] = {0}, low_pc = (u64)t0sz_at_low - RAM, table = READ_SYSREG(ttbr0_el2);
  u64 pc = t0sz_switch(low_pc, TCR(BITS_THREE_LEVELS), DATA_VA, seen);
  check_equal("block's memory", seen[0], 0xb10c);
  check_section("three levels");
  check_equal("code at the low VA", pc, low_pc);
  check_equal("page's memory", seen[1], 0x9a9e);
  check_equal("low VA: a page", output(seen[2]), FRAME);
  check_equal("block descriptor at level 3", seen[3], BIT(11) | FSC_TRANSLATION(3) << 1 | 1);
  check_equal("TTBR0_EL2 unchanged", READ_SYSREG(ttbr0_el2), table);
  mmu_off_el2();
  check_section("");
  return check_summary("t0sz-trick");
}
