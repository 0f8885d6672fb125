/* features: what the walker does: hardware access flag and dirty state, 16-bit VMIDs. */
#include "check.h"
#include "console.h"
#include "features.h"
#include "mmu.h"
#include "sysreg.h"
#include "trap.h"

#define VA 0x80000000ull
#define TCR_HA BIT(39)
#define TCR_HD BIT(40)
#define PTE_DBM BIT(51)
#define DATA (S1_NORMAL | S1_PXN | S1_UXN)
#define VTCR_VS BIT(19)

static void mmu_on(const struct page_table *table, u64 tcr) {
  mmu_on_el1((u64)table->root, 0, TCR_WALK0 | TCR_T0SZ(39) | TCR_EPD1 | TCR_IPS_40 | tcr, 0);
}

void test_hardware_flags(const struct page_table *table) {
  check_section("HAFDBS");
  u32 field = ID_FIELD(id_aa64mmfr1_el1, 0);
  print("note HAFDBS: %u\n", field);
  u64 *entry = table_entry(table, VA, 3);
  mmu_on(table, TCR_HA | TCR_HD);
  *entry = table_leaf(3, WORD, DATA & ~PTE_AF);
  dsb();
  isb();
  probe_run(probe_read, VA);
  if (field >= 1) {
    check("access flag: no fault", last_trap.count == 0);
    check("access flag: set", *(volatile u64 *)entry & PTE_AF);
  } else {
    check_fault("access flag: fault", ESR(EC_DABT_SAME, FSC_ACCESS_FLAG(3)), VA);
    check("access flag: not set", !(*(volatile u64 *)entry & PTE_AF));
  }
  *entry = 0;
  SYS_OP_X("tlbi vaae1", VA >> 12);
  dsb();
  *entry = table_leaf(3, WORD, DATA | S1_AP_RO | PTE_DBM);
  dsb();
  isb();
  probe_run(probe_read, VA);
  check("dirty state: a read leaves it", *(volatile u64 *)entry & S1_AP_RO);
  probe_run(probe_write, VA);
  if (field >= 2) {
    check("dirty state: no fault", last_trap.count == 0);
    check("dirty state: writable", !(*(volatile u64 *)entry & S1_AP_RO));
  } else {
    check_fault("dirty state: fault", ESR(EC_DABT_SAME, ISS_WNR | FSC_PERMISSION(3)), VA);
    check("dirty state: still read-only", *(volatile u64 *)entry & S1_AP_RO);
  }
  mmu_off_el1();
}

/* Two VMs whose VMIDs differ in the upper eight bits only; without maintenance each finds its own. */
void test_vmid16(void) {
  check_section("VMID16");
  u32 field = ID_FIELD(id_aa64mmfr1_el1, 4);
  print("note VMID16: %u\n", field);
  if (field < 2) return;
  struct page_table tables[2];
  for (u32 n = 0; n < 2; n++) {
    u64 frame = EL0_WORD + n * PAGE_SIZE;
    *(volatile u64 *)frame = 100 + n;
    tables[n] = stage2_table();
    map_image_stage2(&tables[n]);
    table_map(&tables[n], 3, VA, frame, PAGE_SIZE, S2_NORMAL | S2_READ | S2_XN);
  }
  SYS_OP("tlbi alle1");
  dsb();
  u32 wrong = 0;
  for (u32 round = 0; round < 8; round++) {
    u32 n = round % 2;
    stage2_on(&tables[n], n << 8 | 1, 0);
    WRITE_SYSREG_SYNC(vtcr_el2, vtcr_value(12, tables[n].start_level, tables[n].input_bits) | VTCR_VS);
    wrong += probe_run_lower(probe_read, VA, PSR_DAIF | PSR_EL1H) != 100 + n;
  }
  check_equal("each finds its own", wrong, 0);
  stage2_off();
}
