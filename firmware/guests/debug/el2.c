/* debug: what EL2 sees: exceptions routed to it by MDCR_EL2.TDE, and its own breakpoints, watchpoints and steps. */
#include "debug.h"
#include "step.h"

#define EL1 (PSR_EL1H | PSR_DAIF)
#define LOWER ESR(EC_BREAKPOINT_LOWER, FSC_DEBUG)
#define SAME ESR(EC_BREAKPOINT_SAME, FSC_DEBUG)

static void set(u64 control) {
  WRITE_SYSREG(dbgbvr1_el1, PROBED(one_nop));
  WRITE_SYSREG_SYNC(dbgbcr1_el1, control ? control | CR_E | BCR_BAS : 0);
}

static void test_routed(void) {
  check_section("TDE");
  debug_on(MDSCR_MDE);
  set(CR_PXC(AT_EL1));
  probe_run_lower(one_nop, 0, EL1);
  check_hit("breakpoint at EL1, whatever PSTATE.D", LOWER);
  check_equal("taken to", last_trap.el, 2);
  probe_run_lower(one_brk, 0, EL1);
  check_hit("BRK", ESR(EC_BRK, 7));
  static u64 data[2];
  WRITE_SYSREG(dbgwvr2_el1, data);
  WRITE_SYSREG_SYNC(dbgwcr2_el1, CR_E | CR_PXC(AT_EL1) | WCR_STORES | WCR_BAS(0xff));
  probe_run_lower(store_word, (u64)data, EL1);
  check_hit("watchpoint at EL1", ESR(EC_WATCHPOINT_LOWER, FSC_DEBUG | ISS_WNR));
  check_equal("FAR_EL2", last_trap.far, (u64)data);
  WRITE_SYSREG_SYNC(dbgwcr2_el1, 0);

  trap_handlers[2][VECTOR_LOWER_SYNC] = on_step;
  step_count = 0;
  step_limit = 2;
  debug_on(MDSCR_SS);
  run_lower(step_plain, 5, EL1 | PSR_SS);
  debug_on(0);
  u64 lower = ESR(EC_STEP_LOWER, ISS_STEP_ISV | FSC_DEBUG);
  check_step("step at EL1", 0, lower, (u64)step_plain + 4);
  check_step("step at EL1", 1, lower, (u64)step_plain + 8);
  probe_install(2);
}

static void test_own(void) {
  check_section("EL2");
  debug_on(MDSCR_MDE | MDSCR_KDE);
  set(CR_HMC | CR_SSC(3));
  probe_run_unmasked(one_nop, 0);
  check_hit("EL2 alone", SAME);
  probe_run(one_nop, 0);
  check_miss("masked by PSTATE.D");
  probe_run_lower(one_nop, 0, EL1);
  check_miss("EL2 alone: EL1");
  set(CR_HMC | CR_PXC(AT_EL1));
  probe_run_unmasked(one_nop, 0);
  check_hit("EL2 and EL1: EL2", SAME);
  probe_run_lower(one_nop, 0, EL1);
  check_hit("EL2 and EL1: EL1", LOWER);
  set(CR_PXC(AT_EL1));
  probe_run_unmasked(one_nop, 0);
  check_miss("EL1's at EL2");
  trap_handlers[2][VECTOR_SPX_SYNC] = on_step;
  step_count = 0;
  step_limit = STEPS;
  debug_on(MDSCR_SS | MDSCR_KDE);
  check_equal("step: result", step_same(0), 3);
  debug_on(0);
  check_step("step: did not step", 0, ESR(EC_STEP_SAME, FSC_DEBUG), (u64)step_same_first);
  check_or_skip("step ended by PSTATE.D", step_count == 3, STEPS_ONCE_MORE);
  probe_install(2);
}

/* A breakpoint at EL1 in one VM. */
static void test_vmid(void) {
  check_section("VMID");
  debug_on(MDSCR_MDE);
  WRITE_SYSREG(dbgbvr4_el1, 9ull << 32);
  WRITE_SYSREG(dbgbcr4_el1, CR_E | BCR_BAS | BCR_BT(BT_LINKED_VMID));
  set(CR_PXC(AT_EL1) | BCR_BT(BT_LINKED_ADDRESS) | CR_LBN(4));
  WRITE_SYSREG_SYNC(vttbr_el2, 8ull << 48);
  probe_run_lower(one_nop, 0, EL1);
  check_miss("linked, another VMID");
  WRITE_SYSREG_SYNC(vttbr_el2, 9ull << 48);
  probe_run_lower(one_nop, 0, EL1);
  bool hit = last_trap.count == 1 && last_trap.esr == LOWER;
  check_or_skip("linked, the same VMID", hit, "this machine does not compare VMIDs");
  WRITE_SYSREG(dbgbcr4_el1, 0);
  WRITE_SYSREG_SYNC(vttbr_el2, 0);
}

void test_el2(void) {
  probe_install(2);
  WRITE_SYSREG_SYNC(oslar_el1, 0);
  WRITE_SYSREG_SYNC(mdcr_el2, READ_SYSREG(mdcr_el2) | MDCR_TDE);
  test_routed();
  test_own();
  test_vmid();
  debug_on(0);
  set(0);
  WRITE_SYSREG_SYNC(mdcr_el2, READ_SYSREG(mdcr_el2) & ~MDCR_TDE);
}
