/* vhe: FEAT_VHE on a CPU that has it, and its absence on one that has not. */
#include "vhe.h"

#include "check.h"
#include "gic.h"

void set_host(u64 hcr) {
  bool e2h = hcr & HCR_E2H;
  WRITE_SYSREG_SYNC(hcr_el2, hcr);
  WRITE_SYSREG(cptr_el2, e2h ? CPTR_E2H_NO_TRAPS : CPTR_NO_TRAPS);
  WRITE_SYSREG(cnthctl_el2, e2h ? CNTHCTL_EL0PCTEN | CNTHCTL_EL0VCTEN | CNTHCTL_EL1PCTEN | CNTHCTL_EL1PTEN : 3);
  isb();
}

int main(void) {
  probe_install(2);
  if (ID_FIELD(id_aa64mmfr1_el1, 8) == 0) {
    test_absent();
  } else {
    test_names();
    host_mmu_on();
    test_ranges();
    test_tlbi();
    test_el0();
    test_guest();
    host_mmu_off();
    test_timer();
    set_host(NO_HOST);
  }
  check_section("");
  return check_summary("vhe");
}
