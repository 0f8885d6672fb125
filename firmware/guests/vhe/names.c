/* vhe: which register a name means, by HCR_EL2.E2H. */
#include "vhe.h"

#include "check.h"

static bool is_undefined(probe *run) {
  probe_run(run, 0);
  return last_trap.count == 1 && last_trap.esr == ESR(EC_UNKNOWN, 0);
}

static bool exists(probe *run) {
  probe_run(run, 0);
  return last_trap.count == 0;
}

void test_absent(void) {
  check_section("absent");
  WRITE_SYSREG_SYNC(hcr_el2, HOST);
  check_equal("HCR_EL2.E2H", READ_SYSREG(hcr_el2) & HCR_E2H, 0);
  WRITE_SYSREG_SYNC(hcr_el2, NO_HOST);
  check("SCTLR_EL12", is_undefined(read_sctlr_el12));
  check("CNTV_CVAL_EL02", is_undefined(read_cntv_cval_el02));
  check("TTBR1_EL2", is_undefined(read_ttbr1_el2));
  check("CONTEXTIDR_EL2", is_undefined(read_contextidr_el2));
  check("CNTHV_CTL_EL2", is_undefined(read_cnthv_ctl_el2));
}

#define ALWAYS_THERE "this machine has it without E2H too"

/* EL1's register gets `own` by the alias, EL2's `host` by EL1's name. Both are put back before anything is printed. */
#define CHECK_NAMES(el1, alias, el2, own, host)                                                            \
  do {                                                                                                     \
    u64 own_before = READ_SYSREG(alias), host_before = READ_SYSREG(el2);                                   \
    WRITE_SYSREG(alias, own);                                                                              \
    WRITE_SYSREG(el1, host);                                                                               \
    bool passed = READ_SYSREG(alias) == (own) && READ_SYSREG(el1) == (host) && READ_SYSREG(el2) == (host); \
    WRITE_SYSREG(alias, own_before);                                                                       \
    WRITE_SYSREG(el2, host_before);                                                                        \
    isb();                                                                                                 \
    check(#el1, passed);                                                                                   \
  } while (0)
/* With the names of vhe.h. */
#define NAMES(el1, alias, el2, own, host) CHECK_NAMES(el1, alias, el2, own, host)

#define TTBR 0x0012000040201000ull
#define TTBR_OTHER 0x0034000040302000ull
#define TCR_VALUE (TCR_WALK0 | TCR_T0SZ(39) | TCR_WALK1 | TCR_T1SZ(39) | TCR_IPS_40)

void test_names(void) {
  check_section("without E2H");
  set_host(NO_HOST);
  check_or_skip("SCTLR_EL12", is_undefined(read_sctlr_el12), ALWAYS_THERE);
  check_or_skip("CNTV_CVAL_EL02", is_undefined(read_cntv_cval_el02), ALWAYS_THERE);
  check("TTBR1_EL2", exists(read_ttbr1_el2));
  check("CONTEXTIDR_EL2", exists(read_contextidr_el2));
  check("CNTHV_CTL_EL2", exists(read_cnthv_ctl_el2));

  check_section("with E2H");
  set_host(HOST_KERNEL);
  check("SCTLR_EL12", exists(read_sctlr_el12));
  NAMES(sctlr_el1, SCTLR_EL12, sctlr_el2, 0x30d00998ull | SCTLR_UCT, 0x30d00998ull | SCTLR_UCI);
  NAMES(cpacr_el1, CPACR_EL12, cptr_el2, 1ull << 20, 3ull << 20);
  NAMES(ttbr0_el1, TTBR0_EL12, ttbr0_el2, TTBR, TTBR_OTHER);
  NAMES(ttbr1_el1, TTBR1_EL12, TTBR1_EL2, TTBR, TTBR_OTHER);
  NAMES(tcr_el1, TCR_EL12, tcr_el2, TCR_VALUE, TCR_VALUE | TCR_TBI0);
  NAMES(spsr_el1, SPSR_EL12, spsr_el2, 0x60000005ull, 0x900003c9ull);
  NAMES(elr_el1, ELR_EL12, elr_el2, 0x123456789abcull, 0xdef0ull);
  NAMES(esr_el1, ESR_EL12, esr_el2, ESR(EC_SVC, 1), ESR(EC_HVC, 2));
  NAMES(far_el1, FAR_EL12, far_el2, 0xffff000012345678ull, 0x8765ull);
  NAMES(mair_el1, MAIR_EL12, mair_el2, 0xff44ull, MAIR_VALUE);
  NAMES(vbar_el1, VBAR_EL12, vbar_el2, 0x40201000ull, 0x40302800ull);
  NAMES(contextidr_el1, CONTEXTIDR_EL12, CONTEXTIDR_EL2, 0x1234ull, 0x5678ull);
  NAMES(cntkctl_el1, CNTKCTL_EL12, cnthctl_el2, 0x302ull, 0xc03ull);
  NAMES(cntp_cval_el0, CNTP_CVAL_EL02, cnthp_cval_el2, 0x1234567890ull, 0x9876543210ull);
  NAMES(cntp_ctl_el0, CNTP_CTL_EL02, cnthp_ctl_el2, 2ull, 0ull);
  NAMES(cntv_cval_el0, CNTV_CVAL_EL02, CNTHV_CVAL_EL2, 0x1234567890ull, 0x9876543210ull);
  NAMES(cntv_ctl_el0, CNTV_CTL_EL02, CNTHV_CTL_EL2, 2ull, 0ull);
}
