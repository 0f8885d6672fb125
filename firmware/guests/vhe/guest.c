/* vhe: a guest at EL1 under a host, with HCR_EL2.E2H and without TGE. */
#include "vhe.h"

#include "check.h"
#include "trap.h"

#define CNTPCT_EL0_ISS ISS_SYSREG(3, 3, 14, 0, 1, 0, 1)

static u64 exchange_contextidr(u64 value) {
  u64 before = READ_SYSREG(contextidr_el1);
  WRITE_SYSREG(contextidr_el1, value);
  return before;
}

static u64 install(u64 level) {
  probe_install((u32)level);
  return 0;
}

static u64 at_el1(probe *run) { return probe_run_lower(run, 0, EL1); }

void test_guest(void) {
  check_section("guest");
  set_host(HOST_KERNEL);
  WRITE_ALIAS(CONTEXTIDR_EL12, 0x1234);
  WRITE_ALIAS(CPACR_EL12, 3 << 20);
  isb();
  check_equal("sees what *_EL12 wrote", run_lower(exchange_contextidr, 0x5678, EL1), 0x1234);
  check_equal("*_EL12 sees what it wrote", READ_ALIAS(CONTEXTIDR_EL12), 0x5678);
  run_lower(install, 1, EL1);
  at_el1(call_svc);
  check("its SVC stays at EL1", last_trap.count == 1 && last_trap.el == 1 && last_trap.esr == ESR(EC_SVC, 7));
  check_equal("ESR_EL12", READ_ALIAS(ESR_EL12), ESR(EC_SVC, 7));
  at_el1(read_sctlr_el12);
  check("*_EL12 is UNDEFINED", last_trap.count == 1 && last_trap.el == 1 && last_trap.esr == ESR(EC_UNKNOWN, 0));
  WRITE_SYSREG_SYNC(cnthctl_el2, CNTHCTL_EL0PCTEN | CNTHCTL_EL0VCTEN);
  at_el1(read_cntpct_el0);
  check("CNTPCT_EL0 without EL1PCTEN", last_trap.el == 2 && last_trap.esr == ESR(EC_SYSREG, CNTPCT_EL0_ISS));
  WRITE_SYSREG_SYNC(cptr_el2, 0);
  at_el1(move_float);
  check("floating point with CPTR_EL2.FPEN = 0", last_trap.el == 2 && last_trap.esr == ESR(EC_FP_ACCESS, ISS_WFI));
  set_host(HOST_KERNEL);
}
