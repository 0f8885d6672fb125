/* vhe: EL0 of the host, with HCR_EL2.TGE: its exceptions, its memory, its controls. */
#include "vhe.h"

#include "check.h"

#define SCTLR_HOST (SCTLR_EL2_RES1 | SCTLR_SPAN | SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_SA)
#define CTR_EL0_ISS ISS_SYSREG(3, 3, 0, 0, 1, 0, 1)
#define CNTVCT_EL0_ISS ISS_SYSREG(3, 3, 14, 0, 2, 0, 1)
#define DAIF_ISS ISS_SYSREG(3, 3, 4, 2, 1, 0, 1)

static bool taken(u64 esr) { return last_trap.count == 1 && last_trap.el == 2 && last_trap.esr == esr; }

static u64 at_el0(probe *run, u64 argument) { return probe_run_lower(run, argument, EL0); }

void test_el0(void) {
  check_section("EL0");
  set_host(HOST);
  at_el0(call_svc, 0);
  check("SVC goes to EL2", taken(ESR(EC_SVC, 7)));
  check_equal("reads its page", at_el0(probe_read, ASID_PAGE), VALUE(1));
  check_equal("reads its page of the upper range", at_el0(probe_read, UPPER_PAGE), UPPER_VALUE);
  at_el0(probe_read, KERNEL_PAGE);
  check_fault("not EL2's page", ESR(EC_DABT_LOWER, FSC_PERMISSION(3)), KERNEL_PAGE);

  u64 el1 = READ_ALIAS(SCTLR_EL12), cntkctl = READ_ALIAS(CNTKCTL_EL12);
  WRITE_ALIAS(SCTLR_EL12, (el1 | SCTLR_UCT | SCTLR_UMA) & ~SCTLR_NTWI);
  WRITE_ALIAS(CNTKCTL_EL12, 0);
  WRITE_SYSREG_SYNC(sctlr_el2, SCTLR_HOST & ~SCTLR_NTWI);
  at_el0(read_ctr_el0, 0);
  check("CTR_EL0 without SCTLR_EL2.UCT", taken(ESR(EC_SYSREG, CTR_EL0_ISS)));
  at_el0(wait_for_interrupt, 0);
  check("WFI without SCTLR_EL2.nTWI", taken(ESR(EC_WFX, ISS_WFI)));
  at_el0(read_daif, 0);
  check("DAIF", taken(ESR(EC_SYSREG, DAIF_ISS)));
  WRITE_SYSREG_SYNC(sctlr_el2, SCTLR_HOST | SCTLR_UCT);
  at_el0(read_ctr_el0, 0);
  check("CTR_EL0 with SCTLR_EL2.UCT", last_trap.count == 0);
  at_el0(read_cntvct_el0, 0);
  check("CNTVCT_EL0 with CNTHCTL_EL2.EL0VCTEN", last_trap.count == 0);
  WRITE_SYSREG_SYNC(cnthctl_el2, CNTHCTL_EL0PCTEN);
  at_el0(read_cntvct_el0, 0);
  check("CNTVCT_EL0 without it", taken(ESR(EC_SYSREG, CNTVCT_EL0_ISS)));
  WRITE_SYSREG_SYNC(cptr_el2, 1ull << 20);
  at_el0(move_float, 0);
  check("floating point with CPTR_EL2.FPEN = 1", taken(ESR(EC_FP_ACCESS, ISS_WFI)));
  WRITE_SYSREG_SYNC(cptr_el2, CPTR_E2H_NO_TRAPS);
  at_el0(move_float, 0);
  check("floating point with CPTR_EL2.FPEN = 3", last_trap.count == 0);

  WRITE_ALIAS(SCTLR_EL12, el1);
  WRITE_ALIAS(CNTKCTL_EL12, cntkctl);
  WRITE_SYSREG_SYNC(sctlr_el2, SCTLR_HOST);
  set_host(HOST_KERNEL);
}
