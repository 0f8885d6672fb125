/* gicv3: the GICv3 with its system registers, for the interrupts of a CPU at EL1 and of a hypervisor's guest. */
#include "gicv3.h"
#include "levels.h"
#include "tests.h"

static u64 test_el1(u64 unused) {
  (void)unused;
  test_registers();
  test_sgis();
  test_priorities();
  test_groups();
  test_eoi_mode();
  test_shared();
  return 0;
}

static void test_el2(void) {
  test_virtual();
  test_traps();
}

int main(void) {
  if (current_el() == 2) WRITE_SYSREG_SYNC(icc_sre_el2, 0xf);
  gicv3_distributor_on();
  gicv3_cpu_on();
  test_cpus();
  return check_levels("gicv3", test_el1, test_el2);
}
