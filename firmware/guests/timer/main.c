/* timer: the GICv2 and the generic timer, at EL1 and at EL2. */
#include "gic.h"
#include "levels.h"
#include "tests.h"

static u64 test_el1(u64 unused) {
  (void)unused;
  gic_distributor_on();
  gic_cpu_on();
  test_counters();
  test_virtual_timer();
  test_physical_timer();
  test_acknowledge();
  test_priorities();
  test_eoi_modes();
  test_sgi();
  test_shared();
  return 0;
}

int main(void) { return check_levels("timer", test_el1, test_hyp); }
