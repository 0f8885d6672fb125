/* at: address translation instructions and PAR_EL1, for EL1&0 stage 1, EL2, both stages, and their faults. */
#include "check.h"
#include "console.h"
#include "mmu.h"
#include "probe.h"
#include "sysreg.h"
#include "trap.h"

/* PAR_EL1 (DDI 0487, "PAR_EL1"). NS (bit 9) and bit 10 of a success are not compared. */
#define PAR_RES1 BIT(11)
#define PAR_OK(pa, attributes, sh) (PAR_RES1 | (pa) | ((u64)(attributes) << 56) | ((u64)(sh) << 7))
#define PAR_OK_MASK (~(BIT(9) | BIT(10)))
#define PAR_FAULT(fst) (PAR_RES1 | ((u64)(fst) << 1) | 1)
#define PAR_PTW BIT(8)
#define PAR_S BIT(9)
#define PAR_FAULT_MASK 0xfffull /* bits 63:48 are IMPLEMENTATION DEFINED */

#define NORMAL_WB 0xff
#define NORMAL_NC 0x44
#define DEVICE_NGNRNE 0x00
#define DEVICE_NGNRE 0x04
#define SH_OUTER 2
#define SH_INNER 3

#define VA 0x80000000ull
#define PAGE_RW (VA + 0x0000)
#define PAGE_RO (VA + 0x1000)
#define PAGE_EL0_RW (VA + 0x2000)
#define PAGE_EL0_RO (VA + 0x3000)
#define PAGE_NO_AF (VA + 0x4000)
#define PAGE_DEVICE (VA + 0x5000)
#define PAGE_NC (VA + 0x6000)
#define PAGE_NONE (VA + 0x7000)
#define BLOCK (VA + BLOCK_2M)
#define NO_TABLE 0xc0000000ull
#define TABLE_AWAY 0x100000000ull /* its level-2 table lies at an IPA that stage 2 does not map */
#define OUTSIDE 0x8000000000ull

/* Output addresses of stage 1, and what stage 2 makes of them. */
#define OUT 0x42000000ull
#define OUT_BLOCK 0x42200000ull
#define MOVED 0x10000000ull /* stage 2 adds this */
#define AWAY_TABLE_IPA 0x200000000ull

#define AT(operation, address)                            \
  ({                                                      \
    SYS_OP_X("at " operation, address);                   \
    isb();                                                \
    READ_SYSREG(par_el1);                                 \
  })
/* Some machines get a part wrong in a known way: a skip. */
static void check_par(const char *name, u64 got, u64 want, u64 known_wrong) {
  if (got == known_wrong && got != want) {
    check_skip(name, "this machine's answer is known to be wrong");
  } else {
    check_equal(name, got, want);
  }
}

/* PAR_EL1.SH of Device and non-cacheable memory is Outer Shareable; QEMU 7.2 shows the descriptor's SH, 0. */
#define CHECK_OK(name, operation, address, pa, attributes, sh) \
  check_par(name, AT(operation, address) & PAR_OK_MASK, PAR_OK(pa, attributes, sh), PAR_OK(pa, attributes, (sh) & 1))
#define CHECK_FAULT(name, operation, address, want) check_equal(name, AT(operation, address) & PAR_FAULT_MASK, want)
/* A stage-2 fault on a stage-1 walk carries the level of stage 2; QEMU 7.2 shows that of stage 1. */
#define CHECK_WALK_FAULT(name, operation, address, level, level_of_stage1)                        \
  check_par(name, AT(operation, address) & PAR_FAULT_MASK,                                         \
            PAR_FAULT(FSC_TRANSLATION(level)) | PAR_S | PAR_PTW, \
            PAR_FAULT(FSC_TRANSLATION(level_of_stage1)) | PAR_S | PAR_PTW)

static struct page_table el1_table(void) {
  struct page_table table = stage1_table(39);
  map_image_el1(&table);
  table_map(&table, 3, PAGE_RW, OUT, PAGE_SIZE, S1_NORMAL);
  table_map(&table, 3, PAGE_RO, OUT + 0x1000, PAGE_SIZE, S1_NORMAL | S1_AP_RO);
  table_map(&table, 3, PAGE_EL0_RW, OUT + 0x2000, PAGE_SIZE, S1_NORMAL | S1_AP_EL0);
  table_map(&table, 3, PAGE_EL0_RO, OUT + 0x3000, PAGE_SIZE, S1_NORMAL | S1_AP_EL0 | S1_AP_RO);
  table_map(&table, 3, PAGE_NO_AF, OUT + 0x4000, PAGE_SIZE, S1_NORMAL & ~PTE_AF);
  table_map(&table, 3, PAGE_DEVICE, OUT + 0x5000, PAGE_SIZE, S1_DEVICE);
  table_map(&table, 3, PAGE_NC, OUT + 0x6000, PAGE_SIZE, S1_NORMAL_NC);
  table_map(&table, 2, BLOCK, OUT_BLOCK, BLOCK_2M, S1_NORMAL);
  *table_entry(&table, TABLE_AWAY, 1) = AWAY_TABLE_IPA | PTE_TABLE_OR_PAGE | PTE_VALID;
  return table;
}

static const u64 tcr_el1 = TCR_WALK0 | TCR_T0SZ(39) | TCR_EPD1 | TCR_IPS_40;

/* Stage 1 of EL1&0; the same from EL1 and from EL2. */
static void test_stage1(const char *section) {
  check_section(section);
  CHECK_OK("s1e1r page", "s1e1r", PAGE_RW + 0x123, OUT, NORMAL_WB, SH_INNER);
  CHECK_OK("s1e1w page", "s1e1w", PAGE_RW, OUT, NORMAL_WB, SH_INNER);
  CHECK_OK("s1e1r read-only", "s1e1r", PAGE_RO, OUT + 0x1000, NORMAL_WB, SH_INNER);
  CHECK_FAULT("s1e1w read-only", "s1e1w", PAGE_RO, PAR_FAULT(FSC_PERMISSION(3)));
  CHECK_FAULT("s1e0r privileged", "s1e0r", PAGE_RW, PAR_FAULT(FSC_PERMISSION(3)));
  CHECK_OK("s1e0r", "s1e0r", PAGE_EL0_RO, OUT + 0x3000, NORMAL_WB, SH_INNER);
  CHECK_OK("s1e0w", "s1e0w", PAGE_EL0_RW, OUT + 0x2000, NORMAL_WB, SH_INNER);
  CHECK_FAULT("s1e0w read-only", "s1e0w", PAGE_EL0_RO, PAR_FAULT(FSC_PERMISSION(3)));
  CHECK_OK("block", "s1e1r", BLOCK + 0x12345, OUT_BLOCK + 0x12000, NORMAL_WB, SH_INNER);
  CHECK_OK("device", "s1e1r", PAGE_DEVICE, OUT + 0x5000, DEVICE_NGNRNE, SH_OUTER);
  CHECK_OK("non-cacheable", "s1e1r", PAGE_NC, OUT + 0x6000, NORMAL_NC, SH_OUTER);
  CHECK_FAULT("access flag", "s1e1r", PAGE_NO_AF, PAR_FAULT(FSC_ACCESS_FLAG(3)));
  CHECK_FAULT("level 3", "s1e1r", PAGE_NONE, PAR_FAULT(FSC_TRANSLATION(3)));
  CHECK_FAULT("level 1", "s1e1w", NO_TABLE, PAR_FAULT(FSC_TRANSLATION(1)));
  CHECK_FAULT("level 0", "s1e1r", OUTSIDE, PAR_FAULT(FSC_TRANSLATION(0)));
}

static u64 test_el1(u64 table) {
  probe_install(1);
  mmu_on_el1(table, 0, tcr_el1, 0);
  test_stage1("EL1");
  mmu_off_el1();
  check_section("EL1 off");
  CHECK_OK("s1e1r", "s1e1r", 0x42345678, 0x42345000, DEVICE_NGNRNE, SH_OUTER);
  return 0;
}

/* EL1 runs AT on an address whose stage-1 table stage 2 does not map: this is an exception, not a PAR value. */
static u64 at_with_table_away(u64 address) {
  __asm__ volatile("adr x16, 1f\n\tat s1e1r, %0\n1:" ::"r"(address) : "x16", "memory");
  return 0;
}

static void test_el2_regime(void) {
  struct page_table table = stage1_table(39);
  map_image_el2(&table);
  table_map(&table, 3, PAGE_RW, OUT, PAGE_SIZE, S1_NORMAL | S1_AP_EL0);
  table_map(&table, 3, PAGE_RO, OUT + 0x1000, PAGE_SIZE, S1_NORMAL | S1_AP_EL0 | S1_AP_RO);
  check_section("EL2 off");
  CHECK_OK("s1e2r", "s1e2r", 0x42345678, 0x42345000, DEVICE_NGNRNE, SH_OUTER);
  mmu_on_el2(&table);
  check_section("EL2");
  CHECK_OK("s1e2r", "s1e2r", PAGE_RW, OUT, NORMAL_WB, SH_INNER);
  CHECK_OK("s1e2w", "s1e2w", PAGE_RW, OUT, NORMAL_WB, SH_INNER);
  CHECK_FAULT("s1e2w read-only", "s1e2w", PAGE_RO, PAR_FAULT(FSC_PERMISSION(3)));
  CHECK_FAULT("s1e2r unmapped", "s1e2r", PAGE_NONE, PAR_FAULT(FSC_TRANSLATION(3)));
  mmu_off_el2();
}

/* Program the registers of the EL1&0 regime from EL2. */
static void set_el1_regime(const struct page_table *table, u64 sctlr) {
  WRITE_SYSREG(mair_el1, MAIR_VALUE);
  WRITE_SYSREG(tcr_el1, tcr_el1);
  WRITE_SYSREG(ttbr0_el1, table->root);
  WRITE_SYSREG_SYNC(sctlr_el1, SCTLR_EL1_RES1 | sctlr);
  SYS_OP("tlbi vmalle1");
  dsb();
  isb();
}

static void test_both_stages(const struct page_table *el1) {
  struct page_table stage2 = stage2_table();
  u64 rw = S2_NORMAL | S2_READ | S2_WRITE;
  map_image_stage2(&stage2);
  table_map(&stage2, 3, OUT, OUT + MOVED, PAGE_SIZE, rw);
  table_map(&stage2, 3, OUT + 0x1000, OUT + MOVED + 0x1000, PAGE_SIZE, rw);
  table_map(&stage2, 3, OUT + 0x2000, OUT + MOVED + 0x2000, PAGE_SIZE, S2_NORMAL | S2_READ);
  table_map(&stage2, 3, OUT + 0x6000, OUT + MOVED + 0x6000, PAGE_SIZE, rw);
  table_map(&stage2, 2, OUT_BLOCK, OUT_BLOCK + MOVED, BLOCK_2M, S2_DEVICE | S2_READ | S2_WRITE);
  set_el1_regime(el1, SCTLR_M | SCTLR_C);
  stage2_on(&stage2, 1, 0);
  SYS_OP("tlbi vmalls12e1");
  dsb();
  isb();

  check_section("two stages");
  CHECK_OK("s12e1r", "s12e1r", PAGE_RW, OUT + MOVED, NORMAL_WB, SH_INNER);
  CHECK_OK("s12e1w", "s12e1w", PAGE_RW, OUT + MOVED, NORMAL_WB, SH_INNER);
  CHECK_OK("s12e0r", "s12e0r", PAGE_EL0_RW, OUT + MOVED + 0x2000, NORMAL_WB, SH_INNER);
  CHECK_FAULT("s12e0w, stage 2 read-only", "s12e0w", PAGE_EL0_RW, PAR_FAULT(FSC_PERMISSION(3)) | PAR_S);
  CHECK_FAULT("s12e1w, stage 1 read-only", "s12e1w", PAGE_RO, PAR_FAULT(FSC_PERMISSION(3)));
  CHECK_FAULT("s12e1r, stage 1 unmapped", "s12e1r", PAGE_NONE, PAR_FAULT(FSC_TRANSLATION(3)));
  CHECK_FAULT("s12e1r, stage 2 unmapped", "s12e1r", PAGE_DEVICE, PAR_FAULT(FSC_TRANSLATION(3)) | PAR_S);
  CHECK_WALK_FAULT("s12e1r, table unmapped by stage 2", "s12e1r", TABLE_AWAY, 1, 2);
  CHECK_OK("s12e1r, normal on device", "s12e1r", BLOCK + 0x3000, OUT_BLOCK + MOVED + 0x3000, DEVICE_NGNRE, SH_OUTER);
  CHECK_OK("s12e1r, non-cacheable on write-back", "s12e1r", PAGE_NC, OUT + MOVED + 0x6000, NORMAL_NC, SH_OUTER);
  CHECK_OK("s1e1r gives the IPA", "s1e1r", PAGE_RW, OUT, NORMAL_WB, SH_INNER);
  CHECK_OK("s1e1r ignores stage 2 unmapped", "s1e1r", PAGE_DEVICE, OUT + 0x5000, DEVICE_NGNRNE, SH_OUTER);
  CHECK_WALK_FAULT("s1e1r, table unmapped by stage 2", "s1e1r", TABLE_AWAY, 1, 2);

  probe_run_lower(at_with_table_away, TABLE_AWAY + 0x5678, PSR_DAIF | PSR_EL1H);
  u64 iss = ISS_CM | ISS_S1PTW | ISS_WNR;
  check_par("s1e1r at EL1, table unmapped by stage 2", last_trap.esr, ESR(EC_DABT_LOWER, iss | FSC_TRANSLATION(1)),
            ESR(EC_DABT_LOWER, iss | FSC_TRANSLATION(2)));
  check_equal("its FAR", last_trap.far, TABLE_AWAY + 0x5678);
  check_equal("its HPFAR", last_trap.hpfar, (AWAY_TABLE_IPA >> 12) << 4);

  set_el1_regime(el1, 0);
  check_section("stage 2 alone");
  CHECK_OK("s12e1r", "s12e1r", OUT + 0x678, OUT + MOVED, DEVICE_NGNRNE, SH_OUTER);
  CHECK_FAULT("s12e1r unmapped", "s12e1r", OUT + 0x5000, PAR_FAULT(FSC_TRANSLATION(3)) | PAR_S);
  CHECK_OK("s1e1r", "s1e1r", OUT + 0x5678, OUT + 0x5000, DEVICE_NGNRNE, SH_OUTER);
  stage2_off();
}

int main(void) {
  struct page_table table = el1_table();
  if (current_el() == 2) {
    probe_install(2);
    test_el2_regime();
    set_el1_regime(&table, SCTLR_M | SCTLR_C);
    test_stage1("EL1 from EL2");
    test_both_stages(&table);
    run_lower(test_el1, (u64)table.root, PSR_DAIF | PSR_EL1H);
  } else {
    test_el1((u64)table.root);
  }
  check_section("");
  return check_summary("at");
}
