/* timer: the GICv2 and the generic timer, at EL1 and at EL2. */
#include "check.h"
#include "gic.h"
#include "sysreg.h"
#include "tests.h"
#include "trap.h"

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

int main(void) {
  if (current_el() == 2) {
    run_lower(test_el1, 0, PSR_DAIF | PSR_EL1H);
    test_hyp();
  } else {
    test_el1(0);
  }
  check_section("");
  return check_summary("timer");
}
