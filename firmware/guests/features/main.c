/* features: the extensions that a CPU may have: there, as their identification fields say, or UNDEFINED. */
#include "features.h"
#include "levels.h"
#include "mmu.h"

static u64 test_el1(u64 unused) {
  (void)unused;
  probe_install(1);
  struct page_table table = stage1_table(39);
  map_image_el1(&table);
  table_map(&table, 3, WORD, WORD, PAGE_SIZE, S1_NORMAL | S1_PXN | S1_UXN);
  table_map(&table, 3, EL0_WORD, EL0_WORD, PAGE_SIZE, S1_NORMAL | S1_AP_EL0 | S1_PXN | S1_UXN);
  mmu_on_el1((u64)table.root, 0, TCR_WALK0 | TCR_T0SZ(39) | TCR_EPD1 | TCR_IPS_40, 0);
  test_instructions();
  test_access_control();
  mmu_off_el1();
  test_hardware_flags(&table);
  return 0;
}

int main(void) { return check_levels("features", test_el1, test_vmid16); }
