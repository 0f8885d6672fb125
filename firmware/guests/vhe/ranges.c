/* vhe: the EL2&0 translation regime: two ranges, ASIDs, permissions of EL0, and its TLB maintenance. */
#include "vhe.h"

#include "check.h"

#define FRAMES 0x42000000ull
#define FRAME(n) (FRAMES + (n) * PAGE_SIZE)
#define UPPER_FRAME FRAME(ASIDS)
#define KERNEL_FRAME FRAME(ASIDS + 1)
#define PRIVATE (S1_NORMAL | S1_NG | S1_PXN | S1_UXN)
#define GIB 0x40000000ull
#define ASID_SHIFT 48
#define TCR_AS BIT(36)
#define PAR_F 1ull
#define PAR_FST(par) ((u32)((par) >> 1) & 0x3f)
#define BEYOND 0x0000018000000000ull

static struct page_table spaces[ASIDS];

static void make_spaces(void) {
  struct page_table image = stage1_table(39), upper = stage1_table(39);
  map_image_el1(&image);
  for (u32 n = 0; n < ASIDS; n++) {
    spaces[n] = stage1_table(39);
    *table_entry(&spaces[n], GIB, 1) = *table_entry(&image, GIB, 1);
    *table_entry(&spaces[n], 0, 1) = *table_entry(&image, 0, 1); /* UART */
    *(volatile u64 *)FRAME(n) = VALUE(n + 1);
    table_map(&spaces[n], 3, ASID_PAGE, FRAME(n), PAGE_SIZE, PRIVATE | S1_AP_EL0);
    table_map(&spaces[n], 3, KERNEL_PAGE, KERNEL_FRAME, PAGE_SIZE, PRIVATE);
  }
  *(volatile u64 *)UPPER_FRAME = UPPER_VALUE;
  *(volatile u64 *)KERNEL_FRAME = VALUE(0);
  table_map(&upper, 3, UPPER_PAGE, UPPER_FRAME, PAGE_SIZE, S1_NORMAL | S1_AP_EL0 | S1_PXN | S1_UXN);
  WRITE_ALIAS(TTBR1_EL2, upper.root);
}

void host_set_asid(u64 asid) { WRITE_SYSREG_SYNC(ttbr0_el2, (u64)spaces[asid - 1].root | asid << ASID_SHIFT); }

u64 *host_entry(u64 va) { return table_entry(&spaces[0], va, 3); }

void host_mmu_on(void) {
  make_spaces();
  set_host(HOST_KERNEL);
  WRITE_SYSREG(mair_el2, MAIR_VALUE);
  WRITE_SYSREG(tcr_el2, TCR_WALK0 | TCR_T0SZ(39) | TCR_WALK1 | TCR_T1SZ(39) | TCR_IPS_40 | TCR_AS);
  host_set_asid(1);
  dsb();
  SYS_OP("tlbi alle2");
  dsb();
  isb();
  WRITE_SYSREG_SYNC(sctlr_el2, SCTLR_EL2_RES1 | SCTLR_SPAN | SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_SA);
}

void host_mmu_off(void) {
  WRITE_SYSREG_SYNC(sctlr_el2, SCTLR_EL2_RES1 | SCTLR_SA);
  SYS_OP("tlbi alle2");
  dsb();
  isb();
}

static u64 at(u64 va) { return *(volatile u64 *)va; }

/* Whether the last probe took this Data Abort at EL2. ISS[24:14] describe stage-2 aborts; QEMU sets them here too. */
static bool faulted(u32 fsc, u64 va) {
  u64 esr = last_trap.esr & ~0x1ffc000ull;
  return last_trap.count == 1 && esr == ESR(EC_DABT_SAME, fsc) && last_trap.far == va;
}

void test_ranges(void) {
  check_section("ranges");
  check_equal("lower", at(ASID_PAGE), VALUE(1));
  check_equal("upper", at(UPPER_PAGE), UPPER_VALUE);
  host_set_asid(2);
  check_equal("lower, ASID 2", at(ASID_PAGE), VALUE(2));
  check_equal("upper, ASID 2", at(UPPER_PAGE), UPPER_VALUE);
  host_set_asid(1);
  check_equal("lower, ASID 1 again", at(ASID_PAGE), VALUE(1));
  probe_run(probe_read, BEYOND);
  check("between them", faulted(FSC_TRANSLATION(0), BEYOND));

  check_equal("LDTR without TGE is EL2's", probe_run(read_unprivileged, KERNEL_PAGE), VALUE(0));
  set_host(HOST);
  check_equal("LDTR with TGE is EL0's", probe_run(read_unprivileged, ASID_PAGE), VALUE(1));
  probe_run(read_unprivileged, KERNEL_PAGE);
  check("LDTR of a page of EL2's", faulted(FSC_PERMISSION(3), KERNEL_PAGE));
  u64 par = probe_run(translate_pan, ASID_PAGE);
  check_or_skip("AT S1E1RP under PAN", (par & PAR_F) && PAR_FST(par) == FSC_PERMISSION(3), "this machine walks for EL1");
  set_host(HOST_KERNEL);
}

/* Clear the entry of the page of ASID 1, execute the operation, and see whether the page is gone. */
#define CHECK_TLBI(operation, operand)                                                    \
  do {                                                                                    \
    u64 *entry = host_entry(ASID_PAGE), before = *entry;                                  \
    probe_run(probe_read, ASID_PAGE);                                                     \
    bool was_there = last_trap.count == 0;                                                \
    *(volatile u64 *)entry = 0;                                                           \
    dsb();                                                                                \
    SYS_OP_X("tlbi " operation, operand);                                                 \
    dsb();                                                                                \
    isb();                                                                                \
    probe_run(probe_read, ASID_PAGE);                                                     \
    bool is_gone = was_there && faulted(FSC_TRANSLATION(3), ASID_PAGE);                   \
    check_or_skip("TLBI " operation, is_gone, "this machine keeps the entry");            \
    *(volatile u64 *)entry = before;                                                      \
    dsb();                                                                                \
  } while (0)

#define BY_VA (ASID_PAGE >> 12)
#define BY_ASID (1ull << ASID_SHIFT)

void test_tlbi(void) {
  check_section("maintenance with E2H");
  CHECK_TLBI("vae2", BY_VA | BY_ASID);
  CHECK_TLBI("vale2is", BY_VA | BY_ASID);
  check_section("maintenance with TGE");
  set_host(HOST);
  CHECK_TLBI("vae1", BY_VA | BY_ASID);
  CHECK_TLBI("vale1is", BY_VA | BY_ASID);
  CHECK_TLBI("vaae1is", BY_VA);
  CHECK_TLBI("aside1is", BY_ASID);
  set_host(HOST_KERNEL);
}
