/* debug: the registers keep what they should. */
#include "debug.h"

#define DFR0_PMUVER 0xf00ull /* a VM may have no Performance Monitors */

#define KEEPS(name, wrote, reads)                      \
  do {                                                 \
    WRITE_SYSREG_SYNC(name, wrote);                    \
    check_equal(#name, READ_SYSREG(name), reads);      \
    WRITE_SYSREG_SYNC(name, 0);                        \
  } while (0)

void test_registers(void) {
  check_section("registers");
  check_equal("ID_AA64DFR0_EL1", READ_SYSREG(id_aa64dfr0_el1) & ~DFR0_PMUVER, 0x10305006);
  check_equal("OSLSR_EL1: locked", READ_SYSREG(oslsr_el1), 0xa);
  WRITE_SYSREG_SYNC(oslar_el1, 0);
  check_equal("OSLSR_EL1: unlocked", READ_SYSREG(oslsr_el1), 8);
  check_equal("MDRAR_EL1", READ_SYSREG(mdrar_el1), 0);
  check_equal("MDCCSR_EL0", READ_SYSREG(mdccsr_el0), 0);
  KEEPS(mdscr_el1, MDSCR_KDE | MDSCR_MDE, MDSCR_KDE | MDSCR_MDE);
  KEEPS(dbgbvr0_el1, 0xffff800012345678ull, 0xffff800012345678ull);
  KEEPS(dbgbvr5_el1, 0x12345678ull, 0x12345678ull);
  KEEPS(dbgbcr5_el1, 0xffe1e6, 0xffe1e6);
  KEEPS(dbgwvr0_el1, 0xffff800012345678ull, 0xffff800012345678ull);
  KEEPS(dbgwvr3_el1, 0x12345677ull, 0x12345674ull);
  KEEPS(dbgwcr3_el1, 0x1f1ffffe, 0x1f1ffffe);
}
