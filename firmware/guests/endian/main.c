/* endian: big-endian data at EL0, EL1 and EL2, and big-endian tables of stage 1 and stage 2. */
#include "check.h"
#include "mmu.h"
#include "stored.h"
#include "sysreg.h"
#include "trap.h"

#define TABLES 0x44000000ull
#define TABLES_SIZE 0x80000ull
#define FRAME 0x42000000ull
#define IPA 0x3456789000ull
#define PATTERN 0x7766554433221100ull /* little-endian: bytes 00, 11, … 77 */
#define PATTERN_2 0xffeeddccbbaa9988ull
#define BIG_16(x) __builtin_bswap16((u16)(x))
#define BIG_32(x) __builtin_bswap32((u32)(x))
#define BIG_64(x) __builtin_bswap64(x)
#define HIGH(x) ((u64)(x) << 32)
#define UPPER_48(x) ((x) & 0xffffffffffff0000)
#define UPPER(x) ((x) & 0xffffffff00000000)

/* SCTLR_ELx while data is big-endian. */
u64 sctlr_big;

u64 access_translate_el2(u64 ipa);

/* X(function, its result, what the two doublewords hold afterwards) */
#define ACCESSES(X)                                                                    \
  X(ldr_x, 0x0011223344556677, PATTERN, PATTERN_2)                                     \
  X(ldr_w, 0x00112233, PATTERN, PATTERN_2)                                             \
  X(ldrh, 0x0011, PATTERN, PATTERN_2)                                                  \
  X(ldrb, 0x00, PATTERN, PATTERN_2)                                                    \
  X(ldrsw, 0xffffffff8899aabb, PATTERN, PATTERN_2)                                     \
  X(ldrsh, 0xffffffffffff8899, PATTERN, PATTERN_2)                                     \
  X(ldar, 0x0011223344556677, PATTERN, PATTERN_2)                                      \
  X(ldp_x_first, 0x0011223344556677, PATTERN, PATTERN_2)                               \
  X(ldp_x_second, 0x8899aabbccddeeff, PATTERN, PATTERN_2)                              \
  X(ldp_w_second, 0x44556677, PATTERN, PATTERN_2)                                      \
  X(ldpsw, 0xffffffff8899aabb, PATTERN, PATTERN_2)                                     \
  X(ldxr, 0x0011223344556677, PATTERN, PATTERN_2)                                      \
  X(ldxp_x_second, 0x8899aabbccddeeff, PATTERN, PATTERN_2)                             \
  X(ldxp_w_first, 0x00112233, PATTERN, PATTERN_2)                                      \
  X(str_x, NO_RESULT, BIG_64(STORED), PATTERN_2)                                       \
  X(str_w, NO_RESULT, UPPER(PATTERN) | BIG_32(STORED), PATTERN_2)                      \
  X(strh, NO_RESULT, UPPER_48(PATTERN) | BIG_16(STORED), PATTERN_2)                    \
  X(strb, NO_RESULT, (PATTERN & ~0xffull) | (STORED & 0xff), PATTERN_2)                \
  X(stlr, NO_RESULT, BIG_64(STORED), PATTERN_2)                                        \
  X(stp_x, NO_RESULT, 0, BIG_64(STORED))                                               \
  X(stp_w, NO_RESULT, HIGH(BIG_32(STORED)), PATTERN_2)                                 \
  X(stxr, NO_RESULT, BIG_64(STORED), PATTERN_2)                                        \
  X(stxp_w, NO_RESULT, BIG_32(STORED), PATTERN_2)
#define NO_RESULT FRAME /* stores leave X0 alone */

struct access {
  const char *name;
  u64 (*at_el[3])(u64);
  u64 result, low, high;
};

#define DECLARE(name, ...) u64 access_##name##_el0(u64), access_##name##_el1(u64), access_##name##_el2(u64);
ACCESSES(DECLARE)
DECLARE(ldadd)
#define ROW(name, result, low, high) \
  {#name, {access_##name##_el0, access_##name##_el1, access_##name##_el2}, result, low, high}
#define ROWS(...) ROW(__VA_ARGS__),
static const struct access accesses[] = {ACCESSES(ROWS)};
#define LDADD_SUM (BIG_64(PATTERN) + STORED)
static const struct access ldadd = ROW(ldadd, BIG_64(PATTERN), BIG_64(LDADD_SUM), PATTERN_2);

static void try_access(const struct access *access, u32 el) {
  volatile u64 *memory = (volatile u64 *)FRAME;
  memory[0] = PATTERN;
  memory[1] = PATTERN_2;
  dsb();
  u64 result = el == 0 ? run_lower(access->at_el[0], FRAME, PSR_DAIF | PSR_EL0T) : access->at_el[el](FRAME);
  bool good = result == access->result && memory[0] == access->low && memory[1] == access->high;
  if (!check(access->name, good)) {
    check_equal("  result", result, access->result);
    check_equal("  low", memory[0], access->low);
    check_equal("  high", memory[1], access->high);
  }
}

static void try_accesses(u32 el) {
  for (u32 n = 0; n < sizeof(accesses) / sizeof(accesses[0]); n++) try_access(&accesses[n], el);
  if (ID_FIELD(id_aa64isar0_el1, 20)) try_access(&ldadd, el);
}

/* Turn every descriptor of the pool around. */
static void swap_tables(void) {
  for (u64 address = TABLES; address < TABLES + TABLES_SIZE; address += 8) {
    volatile u64 *entry = (volatile u64 *)address;
    *entry = BIG_64(*entry);
  }
  dsb();
  isb();
}

static struct page_table new_table(void) {
  table_pool(TABLES, TABLES_SIZE);
  for (u64 address = TABLES; address < TABLES + TABLES_SIZE; address += 8) *(volatile u64 *)address = 0;
  return stage1_table(39);
}

/* EL1 with its MMU on only while data is big-endian, so that the tables are big-endian as well. */
static void test_el1(void) {
  check_section("EL1");
  struct page_table table = new_table();
  map_image_el1(&table);
  table_map(&table, 3, FRAME, FRAME, PAGE_SIZE, S1_NORMAL | S1_PXN | S1_UXN);
  swap_tables();
  WRITE_SYSREG(mair_el1, MAIR_VALUE);
  WRITE_SYSREG(tcr_el1, TCR_WALK0 | TCR_T0SZ(39) | TCR_EPD1 | TCR_IPS_40);
  WRITE_SYSREG(ttbr0_el1, table.root);
  SYS_OP("tlbi vmalle1");
  dsb();
  isb();
  sctlr_big = SCTLR_EL1_RES1 | SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_SA | SCTLR_EE;
  try_accesses(1);
}

/* EL0 under E0E, the tables of EL1 little-endian. */
static void test_el0(void) {
  check_section("EL0");
  struct page_table table = new_table();
  map_image_el1(&table);
  table_map(&table, 3, FRAME, FRAME, PAGE_SIZE, S1_NORMAL | S1_AP_EL0 | S1_PXN | S1_UXN);
  dsb();
  mmu_on_el1((u64)table.root, 0, TCR_WALK0 | TCR_T0SZ(39) | TCR_EPD1 | TCR_IPS_40, SCTLR_E0E);
  try_accesses(0);
  mmu_off_el1();
}

static u64 test_lower(u64 unused) {
  (void)unused;
  test_el1();
  test_el0();
  return 0;
}

static void test_el2(void) {
  check_section("EL2");
  struct page_table table = new_table();
  map_image_el2(&table);
  table_map(&table, 3, FRAME, FRAME, PAGE_SIZE, S1_NORMAL | S1_AP_EL0 | S1_UXN);
  swap_tables();
  WRITE_SYSREG(mair_el2, MAIR_VALUE);
  WRITE_SYSREG(tcr_el2, TCR_EL2_RES1 | TCR_EL2_PS_40 | TCR_WALK0 | TCR_T0SZ(39));
  WRITE_SYSREG(ttbr0_el2, table.root);
  SYS_OP("tlbi alle2");
  dsb();
  isb();
  sctlr_big = SCTLR_EL2_RES1 | SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_SA | SCTLR_EE;
  try_accesses(2);
}

/* SCTLR_EL2.EE is also the byte order of stage-2 tables. */
static void test_stage2(void) {
  check_section("stage 2");
  table_pool(TABLES, TABLES_SIZE);
  struct page_table table = stage2_table();
  table_map(&table, 3, IPA, FRAME, PAGE_SIZE, S2_NORMAL | S2_READ | S2_WRITE);
  swap_tables();
  stage2_on(&table, 1, 0);
  SYS_OP("tlbi vmalls12e1");
  dsb();
  isb();
  sctlr_big = SCTLR_EL2_RES1 | SCTLR_SA | SCTLR_EE;
  check_equal("big-endian tables", access_translate_el2(IPA) & (PTE_ADDRESS | 1), FRAME);
  stage2_off();
}

int main(void) {
  if (current_el() == 2) {
    run_lower(test_lower, 0, PSR_DAIF | PSR_EL1H);
    test_el2();
    test_stage2();
  } else {
    test_lower(0);
  }
  check_section("");
  return check_summary("endian");
}
