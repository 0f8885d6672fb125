/* gicv3: accesses of EL1 to its CPU interface that EL2 traps. */
#include "check.h"
#include "gicv3.h"
#include "guest.h"
#include "tests.h"
#include "trap.h"

#define ICH_TC BIT(10)
#define ICH_TALL0 BIT(11)
#define ICH_TALL1 BIT(12)
#define ICH_TDIR BIT(14)
/* ESR_EL2 of an access, whatever Rt: op0 is 3, op1 0. */
#define ESR_OF(CRn, CRm, op2, read) ESR(EC_SYSREG, ISS_SYSREG(3, 0, CRn, CRm, op2, 0, read))
#define RT_MASK (0x1full << 5)

static u64 trapped;

/* Skips the instruction. */
static void on_trap(struct trap_frame *frame) {
  trapped = frame->esr & ~RT_MASK;
  frame->elr += 4;
}

/* The ESR_EL2 of the trap that the guest's access takes; 0 when it takes none. */
static u64 esr_of(u64 (*guest)(u64)) {
  trapped = 0;
  run_lower(guest, 0, PSR_DAIF | PSR_EL1H);
  return trapped;
}

void test_traps(void) {
  check_section("trap");
  trap_handlers[2][VECTOR_LOWER_SYNC] = on_trap;
  WRITE_SYSREG_SYNC(ich_hcr_el2, 0);
  check_equal("none: ICC_PMR_EL1", esr_of(guest_read_pmr), 0);
  check_equal("IMO: ICC_SGI1R_EL1", esr_of(guest_write_sgi1r), ESR_OF(12, 11, 5, 0));
  WRITE_SYSREG_SYNC(hcr_el2, READ_SYSREG(hcr_el2) & ~HCR_IMO);
  check_equal("FMO: ICC_SGI1R_EL1", esr_of(guest_write_sgi1r), ESR_OF(12, 11, 5, 0));
  WRITE_SYSREG_SYNC(hcr_el2, READ_SYSREG(hcr_el2) | HCR_IMO);
  WRITE_SYSREG_SYNC(ich_hcr_el2, ICH_TC);
  check_equal("TC: ICC_PMR_EL1", esr_of(guest_read_pmr), ESR_OF(4, 6, 0, 1));
  check_equal("TC: ICC_DIR_EL1", esr_of(guest_write_dir), ESR_OF(12, 11, 1, 0));
  check_equal("TC: not ICC_BPR1_EL1", esr_of(guest_read_bpr1), 0);
  WRITE_SYSREG_SYNC(ich_hcr_el2, ICH_TALL0);
  check_equal("TALL0: ICC_BPR0_EL1", esr_of(guest_read_bpr0), ESR_OF(12, 8, 3, 1));
  check_equal("TALL0: not ICC_BPR1_EL1", esr_of(guest_read_bpr1), 0);
  WRITE_SYSREG_SYNC(ich_hcr_el2, ICH_TALL1);
  check_equal("TALL1: ICC_BPR1_EL1", esr_of(guest_read_bpr1), ESR_OF(12, 12, 3, 1));
  check_equal("TALL1: not ICC_BPR0_EL1", esr_of(guest_read_bpr0), 0);
  WRITE_SYSREG_SYNC(ich_hcr_el2, ICH_TDIR);
  check_equal("TDIR: ICC_DIR_EL1", esr_of(guest_write_dir), ESR_OF(12, 11, 1, 0));
  check_equal("TDIR: not ICC_PMR_EL1", esr_of(guest_read_pmr), 0);
  WRITE_SYSREG_SYNC(ich_hcr_el2, 0);
  check_equal("Enable: ICC_SRE_EL1", esr_of(guest_read_sre), 0);
  WRITE_SYSREG_SYNC(icc_sre_el2, 7);
  if (READ_SYSREG(icc_sre_el2) == 7) {
    check_equal("ICC_SRE_EL1 without Enable", esr_of(guest_read_sre), ESR_OF(12, 12, 5, 1));
  } else {
    check_skip("ICC_SRE_EL1 without Enable", "Enable is RAO/WI");
  }
  WRITE_SYSREG_SYNC(icc_sre_el2, 0xf);
  check_equal("none at EL2", READ_SYSREG(icc_sre_el1), 7);
}
