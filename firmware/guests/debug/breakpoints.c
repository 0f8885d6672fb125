/* debug: breakpoints at EL0 and EL1: by address, by context, both linked; what keeps them from coming. */
#include "debug.h"

#define SAME ESR(EC_BREAKPOINT_SAME, FSC_DEBUG)
#define LOWER ESR(EC_BREAKPOINT_LOWER, FSC_DEBUG)
#define EL0 (PSR_EL0T | PSR_DAIF)
#define ON(levels) (CR_E | BCR_BAS | CR_PXC(levels))

static void set(u64 control, u64 value) {
  WRITE_SYSREG(dbgbvr0_el1, value);
  WRITE_SYSREG_SYNC(dbgbcr0_el1, control);
}

static void test_levels(void) {
  check_section("breakpoint");
  debug_on(MDSCR_MDE | MDSCR_KDE);
  set(ON(AT_EL1), PROBED(one_nop));
  probe_run_unmasked(one_nop, 0);
  check_hit("EL1", SAME);
  check_equal("SPSR", last_trap.spsr, 0x60000000 | (PSR_DAIF & ~PSR_D) | PSR_EL1H);
  probe_run(one_nop, 0);
  check_miss("EL1 masked by PSTATE.D");
  probe_run_lower(one_nop, 0, EL0);
  check_miss("EL1's at EL0");
  set(ON(AT_EL0), PROBED(one_nop));
  probe_run_lower(one_nop, 0, EL0);
  check_hit("EL0, whatever PSTATE.D", LOWER);
  probe_run_unmasked(one_nop, 0);
  check_miss("EL0's at EL1");
  set(ON(AT_EL0 | AT_EL1), PROBED(one_nop));
  probe_run_unmasked(one_nop, 0);
  check_hit("both: EL1", SAME);
  probe_run_lower(one_nop, 0, EL0);
  check_hit("both: EL0", LOWER);
  set(ON(AT_EL0 | AT_EL1), PROBED(one_nop) + 0x1000);
  probe_run_lower(one_nop, 0, EL0);
  check_miss("another address");
  set(ON(AT_EL0 | AT_EL1) & ~CR_E, PROBED(one_nop));
  probe_run_lower(one_nop, 0, EL0);
  check_miss("not enabled");
  set(ON(AT_EL0 | AT_EL1), PROBED(one_nop));
  debug_on(MDSCR_MDE);
  probe_run_unmasked(one_nop, 0);
  check_miss("EL1 without KDE");
  probe_run_lower(one_nop, 0, EL0);
  check_hit("EL0 without KDE", LOWER);
  debug_on(MDSCR_KDE);
  probe_run_unmasked(one_nop, 0);
  check_miss("without MDE");
  debug_on(MDSCR_MDE | MDSCR_KDE);
  WRITE_SYSREG_SYNC(oslar_el1, 1);
  probe_run_unmasked(one_nop, 0);
  check_or_skip("under the OS lock", last_trap.count == 0, IGNORES_OS_LOCK);
  WRITE_SYSREG_SYNC(oslar_el1, 0);
  u32 hits = 0;
  for (u32 n = 0; n < 2000; n++) {
    probe_run_lower(one_nop, 0, EL0);
    hits += last_trap.count == 1 && last_trap.esr == LOWER;
  }
  check_equal("each time", hits, 2000);
  set(0, 0);
  for (u32 n = 0; n < 2000; n++) {
    probe_run_lower(one_nop, 0, EL0);
    hits += last_trap.count;
  }
  check_equal("no more", hits, 2000);
}

#define FIRES(n)                                                 \
  do {                                                           \
    WRITE_SYSREG(dbgbvr##n##_el1, PROBED(one_nop));              \
    WRITE_SYSREG_SYNC(dbgbcr##n##_el1, ON(AT_EL0));              \
    probe_run_lower(one_nop, 0, EL0);                            \
    check_hit("number " #n, LOWER);                              \
    WRITE_SYSREG_SYNC(dbgbcr##n##_el1, 0);                       \
  } while (0)

static void test_contexts(void) {
  FIRES(0);
  FIRES(1);
  FIRES(2);
  FIRES(3);
  FIRES(4);
  FIRES(5);
  check_section("context");
  WRITE_SYSREG(dbgbvr5_el1, 0x1234);
  WRITE_SYSREG(dbgbcr5_el1, CR_E | BCR_BAS | BCR_BT(BT_LINKED_CONTEXT));
  set(ON(AT_EL0) | BCR_BT(BT_LINKED_ADDRESS) | CR_LBN(5), PROBED(one_nop));
  WRITE_SYSREG_SYNC(contextidr_el1, 0x1234);
  probe_run_lower(one_nop, 0, EL0);
  check_hit("linked address, CONTEXTIDR_EL1 as linked", LOWER);
  WRITE_SYSREG_SYNC(contextidr_el1, 0x1235);
  probe_run_lower(one_nop, 0, EL0);
  check_miss("linked address, another CONTEXTIDR_EL1");
  set(ON(AT_EL0) | BCR_BT(BT_LINKED_ADDRESS) | CR_LBN(4), PROBED(one_nop));
  WRITE_SYSREG_SYNC(contextidr_el1, 0x1234);
  probe_run_lower(one_nop, 0, EL0);
  check_miss("linked to one that is off");
  set(0, 0);
  probe_run_lower(one_nop, 0, EL0);
  check_miss("a linked context alone");
  WRITE_SYSREG_SYNC(dbgbcr5_el1, 0);
  WRITE_SYSREG_SYNC(contextidr_el1, 0);
}

void test_breakpoints(void) {
  test_levels();
  test_contexts();
  debug_on(0);
}
