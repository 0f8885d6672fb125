/* debug: watchpoints at EL0 and EL1: bytes, masks, loads and stores, the address that is reported. */
#include "debug.h"

#define SAME(iss) ESR(EC_WATCHPOINT_SAME, FSC_DEBUG | (iss))
#define LOWER(iss) ESR(EC_WATCHPOINT_LOWER, FSC_DEBUG | (iss))
#define EL0 (PSR_EL0T | PSR_DAIF)
#define ALL WCR_BAS(0xff)
#define BOTH (WCR_LOADS | WCR_STORES)

static u64 data[16] __attribute__((aligned(128)));

static void watch(u64 value, u64 control) {
  WRITE_SYSREG(dbgwvr0_el1, value);
  WRITE_SYSREG_SYNC(dbgwcr0_el1, control ? control | CR_E : 0);
}

/* The probe traps with this ESR, and FAR is `far`. */
static void check_watch(const char *name, u64 esr, u64 far) {
  check_hit(name, esr);
  check_equal(name, last_trap.far, far);
}

static void test_bytes(u64 at) {
  check_section("watchpoint");
  watch(at, ALL | BOTH | CR_PXC(AT_EL1));
  probe_run_unmasked(load_word, at);
  check_watch("load", SAME(0), at);
  probe_run_unmasked(store_word, at + 4);
  check_watch("store", SAME(ISS_WNR), at + 4);
  probe_run(load_word, at);
  check_miss("masked by PSTATE.D");
  probe_run_unmasked(load_word, at + 8);
  check_miss("after it");
  probe_run_unmasked(load_pair, at - 8);
  check_watch("LDP, its second half", SAME(0), at);
  probe_run_unmasked(store_pair, at);
  check_watch("STP", SAME(ISS_WNR), at);

  watch(at, WCR_BAS(0x20) | BOTH | CR_PXC(AT_EL1));
  probe_run_unmasked(load_word, at);
  check_miss("byte 5: bytes 0 to 3");
  probe_run_unmasked(load_word, at + 4);
  check_watch("byte 5: bytes 4 to 7", SAME(0), at + 5);
  probe_run_unmasked(load_byte, at + 5);
  check_watch("byte 5: itself", SAME(0), at + 5);
  probe_run_unmasked(load_byte, at + 6);
  check_miss("byte 5: the next");
  watch(at + 4, WCR_BAS(0x0f) | BOTH | CR_PXC(AT_EL1));
  probe_run_unmasked(load_byte, at + 7);
  check_watch("a word address", SAME(0), at + 7);
  probe_run_unmasked(load_byte, at + 3);
  check_miss("a word address: before it");

  watch(at, ALL | WCR_LOADS | CR_PXC(AT_EL1));
  probe_run_unmasked(store_word, at);
  check_miss("loads only: store");
  probe_run_unmasked(load_word, at);
  check_hit("loads only: load", SAME(0));
  watch(at, ALL | WCR_STORES | CR_PXC(AT_EL1));
  probe_run_unmasked(load_word, at);
  check_miss("stores only: load");
  probe_run_unmasked(store_word, at);
  check_hit("stores only: store", SAME(ISS_WNR));
}

static void test_masks(u64 at) {
  watch(at & ~127ull, ALL | BOTH | WCR_MASK(7) | CR_PXC(AT_EL1));
  probe_run_unmasked(load_byte, (at & ~127ull) + 127);
  check_watch("128 bytes: the last", SAME(0), (at & ~127ull) + 127);
  probe_run_unmasked(load_byte, (at & ~127ull) + 128);
  check_miss("128 bytes: after them");
  watch(at & ~0xffffffull, ALL | BOTH | WCR_MASK(24) | CR_PXC(AT_EL0));
  probe_run_lower(load_byte, at, EL0);
  check_watch("16 MiB", LOWER(0), at);
}

static void test_levels(u64 at) {
  watch(at, ALL | BOTH | CR_PXC(AT_EL0));
  probe_run_unmasked(load_word, at);
  check_miss("EL0's at EL1");
  probe_run_unmasked(load_unprivileged, at);
  check_watch("EL0's: LDTR at EL1", SAME(0), at);
  probe_run_lower(load_word, at, EL0);
  check_watch("EL0's at EL0", LOWER(0), at);
  watch(at, ALL | BOTH | CR_PXC(AT_EL1));
  probe_run_lower(load_word, at, EL0);
  check_miss("EL1's at EL0");
  WRITE_SYSREG(dbgbvr4_el1, 77);
  WRITE_SYSREG(dbgbcr4_el1, CR_E | BCR_BAS | BCR_BT(BT_LINKED_CONTEXT));
  watch(at, ALL | BOTH | CR_PXC(AT_EL0) | WCR_WT | CR_LBN(4));
  probe_run_lower(load_word, at, EL0);
  check_miss("linked, another context");
  WRITE_SYSREG_SYNC(contextidr_el1, 77);
  probe_run_lower(load_word, at, EL0);
  check_watch("linked, the same context", LOWER(0), at);
  WRITE_SYSREG_SYNC(contextidr_el1, 0);
  WRITE_SYSREG_SYNC(dbgbcr4_el1, 0);
}

/* Loads of the page run fast before, between and after the watched ones. */
static void test_often(u64 at) {
  u32 hits = 0;
  for (u32 round = 0; round < 3; round++) {
    if (round == 1) watch(at, ALL | BOTH | CR_PXC(AT_EL0));
    for (u32 n = 0; n < 2000; n++) {
      probe_run_lower(load_word, at + 8 * (n % 2), EL0);
      hits += last_trap.count;
    }
    watch(0, 0);
  }
  check_equal("every other load of one round", hits, 1000);
}

void test_watchpoints(void) {
  u64 at = (u64)&data[2];
  debug_on(MDSCR_MDE | MDSCR_KDE);
  test_bytes(at);
  test_masks(at);
  test_levels(at);
  test_often(at);
  debug_on(0);
}
