/* exceptions: every synchronous exception of Armv8.0 that needs no second stage, at each level, MMU off and on. */
#include "cases.h"
#include "check.h"
#include "mmu.h"
#include "sysreg.h"
#include "trap.h"

#define DABT(iss) ESR(EC_DABT_SAME, iss)
#define IABT(iss) ESR(EC_IABT_SAME, iss)
#define SYSREG(...) ESR(EC_SYSREG, ISS_SYSREG(__VA_ARGS__))
#define UNDEFINED ESR(EC_UNKNOWN, 0)
#define FAR(address) .has_far = true, .far = (address)
#define ADDRESS(value) .argument = (value), FAR(value)

/* Illegal SPSR.M values: EL0 with SP_ELx, AArch64 with M[1], EL3 (above both). */
#define SPSR_ILLEGAL(m) (0x60000000ull | PSR_DAIF | (m))

/* Test pages, one attribute each. */
#define AREA 0x80000000ull
#define PAGE_RW (AREA + 0x0000)
#define PAGE_NONE (AREA + 0x1000)
#define PAGE_RO (AREA + 0x2000)
#define PAGE_DEVICE (AREA + 0x3000)
#define PAGE_EL0_RW (AREA + 0x4000)
#define PAGE_EL0_RO (AREA + 0x5000)
#define PAGE_NO_AF (AREA + 0x6000)
#define NO_TABLE 0xc0000000ull   /* level 1 entry invalid */
#define OUTSIDE 0x8000000000ull  /* past T0SZ = 25 */
#define INPUT_BITS 39

static u64 scratch[512] __attribute__((aligned(4096)));
#define SCRATCH ((u64)scratch)

static void any_level_cases(const struct route *route, const struct route *sp0_route, probe *illegal_return) {
  const struct trap_case cases[] = {
      {.name = "svc", .run = probe_svc, .esr = ESR(EC_SVC, 0x1234), .elr = ELR_NEXT},
      {.name = "brk", .run = probe_brk, .esr = ESR(EC_BRK, 0xbeef)},
      {.name = "udf", .run = probe_udf, .esr = UNDEFINED},
      {.name = "pc alignment", .run = probe_jump,
       .esr = ESR(EC_PC_ALIGNMENT, 0), .elr = ELR_ARGUMENT, ADDRESS(SCRATCH + 2)},
      {.name = "illegal return, M[1]", .run = illegal_return, .argument = SPSR_ILLEGAL(6),
       .esr = ESR(EC_ILLEGAL_STATE, 0)},
      {.name = "illegal return, EL0h", .run = illegal_return, .argument = SPSR_ILLEGAL(1),
       .esr = ESR(EC_ILLEGAL_STATE, 0)},
      {.name = "illegal return, up", .run = illegal_return, .argument = SPSR_ILLEGAL(0xd),
       .esr = ESR(EC_ILLEGAL_STATE, 0)},
      {.name = "exclusive alignment", .run = probe_ldxr, .esr = DABT(FSC_ALIGNMENT), ADDRESS(SCRATCH + 4)},
      {.name = "acquire alignment", .run = probe_ldar,
       .esr = DABT(FSC_ALIGNMENT), ADDRESS(SCRATCH + 4), .may_pass = true},
  };
  RUN_CASES(route, cases);
  const struct trap_case sp_cases[] = {
      {.name = "sp alignment", .run = probe_sp, .argument = SCRATCH + 8,
       .esr = ESR(EC_SP_ALIGNMENT, 0), .may_pass = true},
  };
  RUN_CASES(sp0_route, sp_cases);
}

/* With the MMU off every access is to Device-nGnRnE memory, so unaligned ones fault. */
static void mmu_off_cases(const struct route *route) {
  const struct trap_case cases[] = {
      {.name = "read alignment", .run = probe_ldr_w,
       .esr = DABT(FSC_ALIGNMENT), ADDRESS(SCRATCH + 1), .may_pass = true},
      {.name = "write alignment", .run = probe_str_x,
       .esr = DABT(ISS_WNR | FSC_ALIGNMENT), ADDRESS(SCRATCH + 4), .may_pass = true},
  };
  RUN_CASES(route, cases);
}

/* Aborts that any level with translation on can take. */
static void mmu_on_cases(const struct route *route) {
  const struct trap_case cases[] = {
      {.name = "read unmapped page", .run = probe_ldr_w, .esr = DABT(FSC_TRANSLATION(3)), ADDRESS(PAGE_NONE + 4)},
      {.name = "write unmapped page", .run = probe_str_x,
       .esr = DABT(ISS_WNR | FSC_TRANSLATION(3)), ADDRESS(PAGE_NONE + 8)},
      {.name = "read unmapped GiB", .run = probe_ldr_w, .esr = DABT(FSC_TRANSLATION(1)), ADDRESS(NO_TABLE)},
      {.name = "read past the input size", .run = probe_ldr_w, .esr = DABT(FSC_TRANSLATION(0)), ADDRESS(OUTSIDE)},
      {.name = "write read-only page", .run = probe_str_x,
       .esr = DABT(ISS_WNR | FSC_PERMISSION(3)), ADDRESS(PAGE_EL0_RO)},
      {.name = "access flag", .run = probe_ldr_w, .esr = DABT(FSC_ACCESS_FLAG(3)), ADDRESS(PAGE_NO_AF)},
      {.name = "run unmapped page", .run = probe_jump,
       .esr = IABT(FSC_TRANSLATION(3)), .elr = ELR_ARGUMENT, ADDRESS(PAGE_NONE)},
      {.name = "run execute-never page", .run = probe_jump,
       .esr = IABT(FSC_PERMISSION(3)), .elr = ELR_ARGUMENT, ADDRESS(PAGE_EL0_RO)},
      {.name = "run past the input size", .run = probe_jump,
       .esr = IABT(FSC_TRANSLATION(0)), .elr = ELR_ARGUMENT, ADDRESS(OUTSIDE)},
      {.name = "dc zva unmapped", .run = probe_dc_zva, .esr = DABT(ISS_WNR | FSC_TRANSLATION(3)), ADDRESS(PAGE_NONE)},
  };
  RUN_CASES(route, cases);
}

/* Aborts of the privileged levels: pages that EL0 may not even see. */
static void mmu_on_privileged_cases(const struct route *route) {
  const struct trap_case cases[] = {
      {.name = "write privileged read-only page", .run = probe_str_x,
       .esr = DABT(ISS_WNR | FSC_PERMISSION(3)), ADDRESS(PAGE_RO)},
      {.name = "pair read into next page", .run = probe_ldp, .argument = PAGE_NONE - 8,
       .esr = DABT(FSC_TRANSLATION(3)), FAR(PAGE_NONE)},
      {.name = "unaligned read over pages", .run = probe_ldr_w, .argument = PAGE_NONE - 2,
       .esr = DABT(FSC_TRANSLATION(3)), FAR(PAGE_NONE)},
      {.name = "unaligned write over pages", .run = probe_str_x, .argument = PAGE_NONE - 4,
       .esr = DABT(ISS_WNR | FSC_TRANSLATION(3)), FAR(PAGE_NONE)},
      {.name = "write-back store", .run = probe_stp_writeback, .argument = PAGE_NONE,
       .esr = DABT(ISS_WNR | FSC_TRANSLATION(3)), FAR(PAGE_NONE + 16)},
      {.name = "device alignment", .run = probe_ldr_w,
       .esr = DABT(FSC_ALIGNMENT), ADDRESS(PAGE_DEVICE + 2), .may_pass = true},
      {.name = "exclusive alignment", .run = probe_ldxr, .esr = DABT(FSC_ALIGNMENT), ADDRESS(PAGE_RW + 4)},
      {.name = "dc cvac unmapped", .run = probe_dc_cvac,
       .esr = DABT(ISS_CM | ISS_WNR | FSC_TRANSLATION(3)), ADDRESS(PAGE_NONE), .may_pass = true},
  };
  RUN_CASES(route, cases);
}

static void map_area(const struct page_table *table, u64 el0, u64 xn) {
  map_image_el1(table);
  u64 normal = S1_NORMAL | xn;
  table_map(table, 3, PAGE_RW, SCRATCH, PAGE_SIZE, normal | el0);
  table_map(table, 3, PAGE_RO, SCRATCH, PAGE_SIZE, normal | el0 | S1_AP_RO);
  table_map(table, 3, PAGE_DEVICE, SCRATCH, PAGE_SIZE, S1_DEVICE | xn | el0);
  table_map(table, 3, PAGE_EL0_RW, SCRATCH, PAGE_SIZE, S1_NORMAL | S1_AP_EL0);
  table_map(table, 3, PAGE_EL0_RO, SCRATCH, PAGE_SIZE, normal | S1_AP_EL0 | S1_AP_RO);
  table_map(table, 3, PAGE_NO_AF, SCRATCH, PAGE_SIZE, (normal & ~PTE_AF) | S1_AP_EL0);
}

static const struct route el2_same = {"EL2", PSR_EL2H, 2, VECTOR_SPX_SYNC};
static const struct route el2_sp0 = {"EL2t", PSR_EL2T, 2, VECTOR_SP0_SYNC};
static const struct route el1_to_el2 = {"EL1 to EL2", PSR_EL1H, 2, VECTOR_LOWER_SYNC};
static const struct route el0_to_el2 = {"EL0 to EL2", PSR_EL0T, 2, VECTOR_LOWER_SYNC};
static const struct route el1_same = {"EL1", PSR_EL1H, 1, VECTOR_SPX_SYNC};
static const struct route el1_sp0 = {"EL1t", PSR_EL1T, 1, VECTOR_SP0_SYNC};
static const struct route el0_to_el1 = {"EL0 to EL1", PSR_EL0T, 1, VECTOR_LOWER_SYNC};
static const struct route el2_mmu = {"EL2 mmu", PSR_EL2H, 2, VECTOR_SPX_SYNC};
static const struct route el1_mmu = {"EL1 mmu", PSR_EL1H, 1, VECTOR_SPX_SYNC};
static const struct route el0_mmu = {"EL0 mmu", PSR_EL0T, 1, VECTOR_LOWER_SYNC};
static const struct route el1_strict = {"EL1 SCTLR.A", PSR_EL1H, 1, VECTOR_SPX_SYNC};

static void test_el0(void) {
  /* SCTLR_EL1 keeps nTWI, UCT, UMA, UCI, DZE and CNTKCTL_EL1 its enables at 0: each of these traps. */
  WRITE_SYSREG_SYNC(cntkctl_el1, 0);
  const struct trap_case cases[] = {
      {.name = "svc", .run = probe_svc, .esr = ESR(EC_SVC, 0x1234), .elr = ELR_NEXT},
      {.name = "brk", .run = probe_brk, .esr = ESR(EC_BRK, 0xbeef)},
      {.name = "udf", .run = probe_udf, .esr = UNDEFINED},
      {.name = "hvc", .run = probe_hvc, .esr = UNDEFINED},
      {.name = "smc", .run = probe_smc, .esr = UNDEFINED},
      {.name = "eret", .run = probe_eret, .esr = UNDEFINED},
      {.name = "mrs midr_el1", .run = probe_mrs_midr, .esr = UNDEFINED},
      {.name = "mrs sctlr_el1", .run = probe_mrs_sctlr, .esr = UNDEFINED},
      {.name = "msr vbar_el1", .run = probe_msr_vbar, .esr = UNDEFINED},
      {.name = "tlbi vmalle1", .run = probe_tlbi_vmalle1, .esr = UNDEFINED},
      {.name = "mrs ctr_el0", .run = probe_mrs_ctr, .esr = SYSREG(3, 3, 0, 0, 1, 1, 1)},
      {.name = "mrs daif", .run = probe_mrs_daif, .esr = SYSREG(3, 3, 4, 2, 1, 1, 1)},
      {.name = "msr daifset", .run = probe_msr_daifset, .esr = SYSREG(0, 3, 4, 2, 6, 31, 0),
       .known_esr = SYSREG(0, 6, 4, 2, 3, 31, 0)},
      {.name = "mrs cntvct_el0", .run = probe_mrs_cntvct, .esr = SYSREG(3, 3, 14, 0, 2, 1, 1)},
      {.name = "dc zva", .run = probe_dc_zva, .argument = SCRATCH, .esr = SYSREG(1, 3, 7, 4, 1, 0, 0)},
      {.name = "dc cvau", .run = probe_dc_cvau, .argument = SCRATCH, .esr = SYSREG(1, 3, 7, 11, 1, 0, 0)},
      {.name = "ic ivau", .run = probe_ic_ivau, .argument = SCRATCH, .esr = SYSREG(1, 3, 7, 5, 1, 0, 0)},
      {.name = "wfi", .run = probe_wfi, .esr = ESR(EC_WFX, ISS_WFI)},
      {.name = "wfe", .run = probe_wfe, .esr = ESR(EC_WFX, ISS_WFE), .may_pass = true},
      {.name = "pc alignment", .run = probe_jump,
       .esr = ESR(EC_PC_ALIGNMENT, 0), .elr = ELR_ARGUMENT, ADDRESS(SCRATCH + 2)},
      {.name = "sp alignment", .run = probe_sp_el0, .argument = SCRATCH + 8,
       .esr = ESR(EC_SP_ALIGNMENT, 0), .may_pass = true},
  };
  RUN_CASES(&el0_to_el1, cases);
}

static void test_el0_mmu(void) {
  mmu_on_cases(&el0_mmu);
  const struct trap_case cases[] = {
      {.name = "read privileged page", .run = probe_ldr_w, .esr = DABT(FSC_PERMISSION(3)), ADDRESS(PAGE_RW)},
      {.name = "write privileged page", .run = probe_str_x, .esr = DABT(ISS_WNR | FSC_PERMISSION(3)), ADDRESS(PAGE_RW)},
      {.name = "exclusive alignment", .run = probe_ldxr, .esr = DABT(FSC_ALIGNMENT), ADDRESS(PAGE_EL0_RW + 4)},
  };
  RUN_CASES(&el0_mmu, cases);
}

static void test_el1_mmu(void) {
  struct page_table table = stage1_table(INPUT_BITS);
  map_area(&table, 0, S1_UXN | S1_PXN);
  u64 tcr = TCR_T0SZ(INPUT_BITS) | TCR_WALK0 | TCR_EPD1 | TCR_IPS_40;
  mmu_on_el1((u64)table.root, 0, tcr, SCTLR_DZE);
  mmu_on_cases(&el1_mmu);
  mmu_on_privileged_cases(&el1_mmu);
  const struct trap_case cases[] = {
      {.name = "run page that EL0 may write", .run = probe_jump,
       .esr = IABT(FSC_PERMISSION(3)), .elr = ELR_ARGUMENT, ADDRESS(PAGE_EL0_RW)},
      {.name = "ldtr privileged page", .run = probe_ldtr, .esr = DABT(FSC_PERMISSION(3)), ADDRESS(PAGE_RW)},
      {.name = "sttr read-only page", .run = probe_sttr,
       .esr = DABT(ISS_WNR | FSC_PERMISSION(3)), ADDRESS(PAGE_EL0_RO)},
  };
  RUN_CASES(&el1_mmu, cases);
  test_el0_mmu();
  mmu_on_el1((u64)table.root, 0, tcr, SCTLR_DZE | SCTLR_A);
  const struct trap_case strict_cases[] = {
      {.name = "read alignment", .run = probe_ldr_w, .esr = DABT(FSC_ALIGNMENT), ADDRESS(PAGE_RW + 2)},
      {.name = "write alignment", .run = probe_str_x, .esr = DABT(ISS_WNR | FSC_ALIGNMENT), ADDRESS(PAGE_RW + 4)},
      {.name = "alignment before translation", .run = probe_ldr_w, .esr = DABT(FSC_ALIGNMENT), ADDRESS(PAGE_NONE + 2)},
  };
  RUN_CASES(&el1_strict, strict_cases);
  mmu_off_el1();
}

static u64 test_el1(u64 unused) {
  (void)unused;
  probe_install(1);
  any_level_cases(&el1_same, &el1_sp0, probe_illegal_return_el1);
  mmu_off_cases(&el1_same);
  const struct trap_case cases[] = {
      {.name = "mrs sctlr_el2", .run = probe_mrs_sctlr_el2, .esr = UNDEFINED},
      {.name = "tlbi alle2", .run = probe_tlbi_alle2, .esr = UNDEFINED},
  };
  RUN_CASES(&el1_same, cases);
  test_el0();
  test_el1_mmu();
  return 0;
}

/* Traps to EL2 that HCR_EL2 and CNTHCTL_EL2 ask for. */
static void test_el2_traps(void) {
  const struct trap_case cases[] = {
      {.name = "hvc", .run = probe_hvc, .esr = ESR(EC_HVC, 0x4321), .elr = ELR_NEXT},
      {.name = "smc by TSC", .run = probe_smc, .esr = ESR(EC_SMC, 0xabcd), .hcr = HCR_TSC},
      {.name = "wfi by TWI", .run = probe_wfi, .esr = ESR(EC_WFX, ISS_WFI), .hcr = HCR_TWI},
      {.name = "wfe by TWE", .run = probe_wfe, .esr = ESR(EC_WFX, ISS_WFE), .hcr = HCR_TWE, .may_pass = true},
      {.name = "msr sctlr_el1 by TVM", .run = probe_msr_sctlr, .esr = SYSREG(3, 0, 1, 0, 0, 1, 0), .hcr = HCR_TVM},
      {.name = "mrs sctlr_el1 by TRVM", .run = probe_mrs_sctlr, .esr = SYSREG(3, 0, 1, 0, 0, 1, 1), .hcr = HCR_TRVM},
      {.name = "mrs actlr_el1 by TACR", .run = probe_mrs_actlr, .esr = SYSREG(3, 0, 1, 0, 1, 3, 1), .hcr = HCR_TACR},
      {.name = "msr actlr_el1 by TACR", .run = probe_msr_actlr, .esr = SYSREG(3, 0, 1, 0, 1, 31, 0), .hcr = HCR_TACR},
      {.name = "mrs id_aa64pfr0_el1 by TID3", .run = probe_mrs_pfr0,
       .esr = SYSREG(3, 0, 0, 4, 0, 30, 1), .hcr = HCR_TID3},
      {.name = "mrs reserved ID by TID3", .run = probe_mrs_id_reserved,
       .esr = SYSREG(3, 0, 0, 7, 7, 2, 1), .hcr = HCR_TID3},
      {.name = "tlbi vmalle1 by TTLB", .run = probe_tlbi_vmalle1, .esr = SYSREG(1, 0, 8, 7, 0, 31, 0), .hcr = HCR_TTLB},
      {.name = "dc zva by TDZ", .run = probe_dc_zva, .argument = SCRATCH,
       .esr = SYSREG(1, 3, 7, 4, 1, 0, 0), .hcr = HCR_TDZ},
  };
  RUN_CASES(&el1_to_el2, cases);

  WRITE_SYSREG_SYNC(cnthctl_el2, 0);
  const struct trap_case counter_cases[] = {
      {.name = "mrs cntpct_el0", .run = probe_mrs_cntpct, .esr = SYSREG(3, 3, 14, 0, 1, 1, 1)},
  };
  RUN_CASES(&el1_to_el2, counter_cases);
  WRITE_SYSREG_SYNC(cnthctl_el2, 3);

  const struct trap_case tge_cases[] = {
      {.name = "svc by TGE", .run = probe_svc, .esr = ESR(EC_SVC, 0x1234), .elr = ELR_NEXT, .hcr = HCR_TGE},
      {.name = "udf by TGE", .run = probe_udf, .esr = UNDEFINED, .hcr = HCR_TGE},
      {.name = "brk by TGE", .run = probe_brk, .esr = ESR(EC_BRK, 0xbeef), .hcr = HCR_TGE},
      {.name = "sp alignment by TGE", .run = probe_sp_el0, .argument = SCRATCH + 8,
       .esr = ESR(EC_SP_ALIGNMENT, 0), .may_pass = true, .hcr = HCR_TGE},
  };
  RUN_CASES(&el0_to_el2, tge_cases);
}

static void test_el2(void) {
  probe_install(2);
  any_level_cases(&el2_same, &el2_sp0, probe_illegal_return_el2);
  mmu_off_cases(&el2_same);
  const struct trap_case cases[] = {
      {.name = "hvc", .run = probe_hvc, .esr = ESR(EC_HVC, 0x4321), .elr = ELR_NEXT},
      {.name = "illegal return to AArch32 EL1", .run = probe_illegal_return_el2, .argument = SPSR_ILLEGAL(0x13),
       .esr = ESR(EC_ILLEGAL_STATE, 0)},
  };
  RUN_CASES(&el2_same, cases);

  struct page_table table = stage1_table(INPUT_BITS);
  map_area(&table, S1_AP_EL0, S1_UXN);
  mmu_on_el2(&table);
  mmu_on_cases(&el2_mmu);
  mmu_on_privileged_cases(&el2_mmu);
  mmu_off_el2();
  test_el2_traps();
}

int main(void) {
  if (current_el() == 2) {
    test_el2();
    run_lower(test_el1, 0, PSR_DAIF | PSR_EL1H);
  } else {
    test_el1(0);
  }
  check_section("");
  return check_summary("exceptions");
}
