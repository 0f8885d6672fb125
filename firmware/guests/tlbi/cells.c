/* tlbi: the translations that the operations are tried on. */
#include "cells.h"

#include "check.h"
#include "console.h"
#include "exit.h"
#include "mmu.h"
#include "probe.h"
#include "sysreg.h"
#include "trap.h"

#define TCR (TCR_WALK0 | TCR_T0SZ(39) | TCR_EPD1 | TCR_IPS_40)
#define READ_ONLY_NX (S1_NORMAL | S1_AP_RO | S1_PXN | S1_UXN)

static struct page_table stage1[VMIDS][ASIDS], stage2[VMIDS];
static u64 kept[CELLS];
static enum breakage broken;

static u64 frame(u32 cell) { return CELL0_IPA + cell * PAGE_SIZE; }
static u64 value(u32 cell) { return 0x71b1000000000000ull | cell; }

/* G is one page for both ASIDs of a VMID. */
static u32 frame_cell(u32 cell) { return CELL_VA(cell) == G ? CELL(CELL_VMID(cell), 0, G) : cell; }

static const struct page_table *table_of(u32 cell) { return &stage1[CELL_VMID(cell)][CELL_ASID(cell)]; }

void cells_init(void) {
  for (u32 vmid = 0; vmid < VMIDS; vmid++) {
    stage2[vmid] = stage2_table();
    map_image_stage2(&stage2[vmid]);
    for (u32 asid = 0; asid < ASIDS; asid++) {
      stage1[vmid][asid] = stage1_table(39);
      map_image_el1(&stage1[vmid][asid]);
    }
  }
  for (u32 cell = 0; cell < CELLS; cell++) {
    u64 ipa = frame(frame_cell(cell));
    *(volatile u64 *)ipa = value(frame_cell(cell));
    u64 attributes = READ_ONLY_NX | (CELL_VA(cell) == G ? 0 : S1_NG);
    table_map(table_of(cell), 3, CELLS_VA(CELL_VA(cell)), ipa, PAGE_SIZE, attributes);
    table_map(&stage2[CELL_VMID(cell)], 3, ipa, ipa, PAGE_SIZE, S2_NORMAL | S2_READ | S2_WRITE | S2_XN);
  }
  WRITE_SYSREG(mair_el1, MAIR_VALUE);
  WRITE_SYSREG(tcr_el1, TCR);
  WRITE_SYSREG(sctlr_el1, SCTLR_EL1_RES1 | SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_SA);
  dsb();
  SYS_OP("tlbi alle1is");
  dsb();
  isb();
}

void cells_select(u32 vmid) { stage2_on(&stage2[vmid], VMID(vmid), 0); }

static u64 read_cell(u32 cell) {
  cells_select(CELL_VMID(cell));
  WRITE_SYSREG_SYNC(ttbr0_el1, (u64)table_of(cell)->root | (u64)ASID(CELL_ASID(cell)) << 48);
  return probe_run_lower(probe_read, CELLS_VA(CELL_VA(cell)), PSR_DAIF | PSR_EL1H);
}

u32 cells_touch(void) {
  u32 wrong = 0;
  for (u32 cell = 0; cell < CELLS; cell++) {
    wrong += read_cell(cell) != value(frame_cell(cell)) || last_trap.count != 0;
  }
  return wrong;
}

static u64 *entry_of(u32 cell, enum breakage breakage) {
  if (breakage == BREAK_STAGE2) return table_entry(&stage2[CELL_VMID(cell)], frame(frame_cell(cell)), 3);
  return table_entry(table_of(cell), CELLS_VA(CELL_VA(cell)), breakage == BREAK_PAGE ? 3 : 2);
}

void cells_break(enum breakage breakage) {
  broken = breakage;
  /* From the last: two cells of G may share a stage-2 entry, and cells_mend() puts back what the later one kept. */
  for (u32 cell = CELLS; cell-- > 0;) {
    u64 *entry = entry_of(cell, breakage);
    if (*entry) kept[cell] = *entry;
    *entry = 0;
  }
  dsb();
}

void cells_mend(void) {
  for (u32 cell = 0; cell < CELLS; cell++) {
    if (kept[cell]) *entry_of(cell, broken) = kept[cell];
    kept[cell] = 0;
  }
  dsb();
  SYS_OP("tlbi alle1is");
  dsb();
  isb();
}

u32 cells_alive(void) {
  u32 alive = 0;
  for (u32 cell = 0; cell < CELLS; cell++) {
    u64 got = read_cell(cell);
    if (last_trap.count) continue;
    if (got != value(frame_cell(cell))) {
      print("cell %u reads %lx\n", cell, got);
      guest_exit(99);
    }
    alive |= 1u << cell;
  }
  return alive;
}
