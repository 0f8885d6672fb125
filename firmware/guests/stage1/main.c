/* stage1: the guest's own stage-1 tables: levels, blocks, both TTBRs, ASIDs, attributes, faults and maintenance. */
#include "check.h"
#include "mmu.h"
#include "probe.h"
#include "sysreg.h"
#include "trap.h"

#define DABT(iss) ESR(EC_DABT_SAME, iss)
#define READ_FAULT(fsc) DABT(fsc)
#define WRITE_FAULT(fsc) DABT(ISS_WNR | (fsc))

/* Physical memory that only this test uses, with a word of known value in each page. */
#define FRAMES 0x42000000ull
#define FRAME(n) (FRAMES + (n) * PAGE_SIZE)
#define FRAME_VALUE(n) (0xf00d000000000000ull + (n))
#define FRAME_COUNT 1024u
#define XN (S1_UXN | S1_PXN)
#define RW (S1_NORMAL | XN)

#define TCR_39 (TCR_WALK0 | TCR_T0SZ(39) | TCR_WALK1 | TCR_T1SZ(39) | TCR_IPS_40)
#define TTBR(table, asid) ((u64)(table)->root | ((u64)(asid) << 48))

static u64 load(u64 address) { return *(volatile u64 *)address; }
static void store(u64 address, u64 value) { *(volatile u64 *)address = value; }

static void fill_frames(void) {
  for (u32 n = 0; n < FRAME_COUNT; n++) store(FRAME(n), FRAME_VALUE(n));
}

static void tables_changed(void) {
  dsb();
  isb();
}

/* WXN may be cached in a TLB (DDI 0487, "SCTLR_EL1"), with entries that were made before it changed. */
static void forget_translations(void) {
  SYS_OP("tlbi vmalle1");
  dsb();
  isb();
}

static void check_read_fault(const char *name, u64 address, u32 fsc) {
  probe_run(probe_read, address);
  check_fault(name, READ_FAULT(fsc), address);
}

static void check_write_fault(const char *name, u64 address, u32 fsc) {
  probe_run(probe_write, address);
  check_fault(name, WRITE_FAULT(fsc), address);
}

static void check_run_fault(const char *name, u64 address, u32 fsc) {
  probe_run(probe_branch, address);
  check_fault(name, ESR(EC_IABT_SAME, fsc), address);
}

/* The table that most parts use: this image, the frames as 2 MiB blocks, RAM once more as a 1 GiB block. */
#define ALIAS_1G 0x140000000ull
#define VA 0x80000000ull /* 4 KiB pages of one level-3 table */

static struct page_table base_table(u32 input_bits) {
  struct page_table table = stage1_table(input_bits);
  map_image_el1(&table);
  table_map(&table, 2, FRAMES, FRAMES, 2 * BLOCK_2M, RW);
  table_map(&table, 1, ALIAS_1G, 0x40000000, BLOCK_1G, RW);
  return table;
}

static void test_translations(const struct page_table *low) {
  check_section("map");
  check_equal("2 MiB block", load(FRAME(700)), FRAME_VALUE(700));
  check_equal("1 GiB block", load(ALIAS_1G + FRAME(700) - 0x40000000), FRAME_VALUE(700));
  table_map(low, 3, VA, FRAME(5), PAGE_SIZE, RW);
  table_map(low, 3, VA + PAGE_SIZE, FRAME(3), PAGE_SIZE, RW);
  table_map(low, 3, VA + 511 * PAGE_SIZE, FRAME(7), PAGE_SIZE, RW);
  tables_changed();
  check_equal("page", load(VA), FRAME_VALUE(5));
  check_equal("next page, lower frame", load(VA + PAGE_SIZE), FRAME_VALUE(3));
  check_equal("last page of a table", load(VA + 511 * PAGE_SIZE), FRAME_VALUE(7));
  store(VA + 0xff8, 0x1122334455667788);
  check_equal("write through a page", load(FRAME(5) + 0xff8), 0x1122334455667788);
  store(VA + 0xffc, 0xaabbccdd99887766);
  check_equal("unaligned write over two frames, low", load(FRAME(5) + 0xff8), 0x9988776655667788);
  check_equal("unaligned write over two frames, high", load(FRAME(3)) & 0xffffffff, 0xaabbccdd);
  store(FRAME(3), FRAME_VALUE(3));
  check_equal("top of TTBR1", load(0ull - PAGE_SIZE), FRAME_VALUE(11));
  check_equal("bottom of TTBR1", load(0xffffff8000000000), FRAME_VALUE(12));
  check_equal("TTBR1 block", load(0xffffffc000000000 + 9 * PAGE_SIZE), FRAME_VALUE(9));
}

static void test_faults(const struct page_table *low) {
  check_section("fault");
  check_read_fault("level 1", 0x1000000000, FSC_TRANSLATION(1));
  check_read_fault("level 2", VA + BLOCK_2M, FSC_TRANSLATION(2));
  check_read_fault("level 3", VA + 0x10000, FSC_TRANSLATION(3));
  check_write_fault("level 3 write", VA + 0x10008, FSC_TRANSLATION(3));
  check_read_fault("between the TTBRs, low side", 0x8000000000, FSC_TRANSLATION(0));
  check_read_fault("between the TTBRs, high side", 0xffffff7ffffffff8, FSC_TRANSLATION(0));
  check_run_fault("fetch level 2", VA + BLOCK_2M, FSC_TRANSLATION(2));

  *table_entry(low, VA + 0x20000, 3) = FRAME(1) | RW | PTE_VALID; /* bit 1 = 0: reserved at level 3 */
  table_map(low, 3, VA + 0x21000, FRAME(1), PAGE_SIZE, RW & ~PTE_AF);
  table_map(low, 2, VA + 2 * BLOCK_2M, FRAMES, BLOCK_2M, RW & ~PTE_AF);
  table_map(low, 1, 0x1040000000, 0x40000000, BLOCK_1G, RW & ~PTE_AF);
  table_map(low, 3, VA + 0x22000, FRAME(1), PAGE_SIZE, RW | S1_AP_RO);
  table_map(low, 2, VA + 3 * BLOCK_2M, FRAMES, BLOCK_2M, RW | S1_AP_RO);
  table_map(low, 1, 0x1080000000, 0x40000000, BLOCK_1G, RW | S1_AP_RO);
  tables_changed();
  check_read_fault("reserved descriptor at level 3", VA + 0x20000, FSC_TRANSLATION(3));
  check_read_fault("access flag, page", VA + 0x21000, FSC_ACCESS_FLAG(3));
  check_read_fault("access flag, 2 MiB block", VA + 2 * BLOCK_2M + 8, FSC_ACCESS_FLAG(2));
  check_read_fault("access flag, 1 GiB block", 0x1040000000, FSC_ACCESS_FLAG(1));
  check_write_fault("read-only page", VA + 0x22000, FSC_PERMISSION(3));
  check_write_fault("read-only 2 MiB block", VA + 3 * BLOCK_2M, FSC_PERMISSION(2));
  check_write_fault("read-only 1 GiB block", 0x1080000000 + FRAMES - 0x40000000, FSC_PERMISSION(1));
  check_equal("read of a read-only page", load(VA + 0x22000), FRAME_VALUE(1));
  check_run_fault("execute never", VA + 0x22000, FSC_PERMISSION(3));

  table_map(low, 3, VA + 0x23000, FRAME(1), PAGE_SIZE, RW | (1ull << 41)); /* past IPS = 40 bits */
  tables_changed();
  check_read_fault("address size", VA + 0x23000, FSC_ADDRESS_SIZE(3));
  *table_entry(low, VA + 0x23000, 3) = 0;

  /* An access flag fault is not cached: setting the flag needs no maintenance. */
  *table_entry(low, VA + 0x21000, 3) |= PTE_AF;
  tables_changed();
  check_equal("access flag set, no TLBI", load(VA + 0x21000), FRAME_VALUE(1));
  /* Nor is a translation fault. */
  table_map(low, 3, VA + 0x10000, FRAME(2), PAGE_SIZE, RW);
  tables_changed();
  check_equal("mapped after a fault, no TLBI", load(VA + 0x10000), FRAME_VALUE(2));
}

/* Permissions in table descriptors limit everything below them. */
static void test_hierarchical(const struct page_table *low) {
  check_section("table bits");
  u64 address = VA + 5 * BLOCK_2M;
  table_map(low, 3, address, FRAME(20), PAGE_SIZE, S1_NORMAL | S1_UXN);
  u64 *table = table_entry(low, address, 2);
  *table |= S1_TABLE_RO;
  tables_changed();
  check_equal("read", load(address), FRAME_VALUE(20));
  check_write_fault("APTable", address, FSC_PERMISSION(3));
  *table |= S1_TABLE_PXN;
  tables_changed();
  SYS_OP("tlbi vmalle1");
  tables_changed();
  check_run_fault("PXNTable", address, FSC_PERMISSION(3));
}

/* Remap one page in turn with every TLBI that covers it; the old translation must be gone each time. */
static void test_maintenance(const struct page_table *low) {
  check_section("tlbi");
  u64 *entry = table_entry(low, VA + 0x30000, 3);
  u64 address = VA + 0x30000, page = address >> 12;
  u64 asid = 1ull << 48;
  u32 frame = 100;
#define REMAP(name, operation)                                \
  do {                                                        \
    load(address);                                            \
    *entry = 0;                                               \
    dsb();                                                    \
    operation;                                                \
    tables_changed();                                         \
    probe_run(probe_read, address);                           \
    bool gone = last_trap.count == 1;                         \
    *entry = table_leaf(3, FRAME(++frame), RW | S1_NG);       \
    tables_changed();                                         \
    check(name, gone && load(address) == FRAME_VALUE(frame)); \
  } while (0)
  *entry = table_leaf(3, FRAME(frame), RW | S1_NG);
  tables_changed();
  REMAP("vae1", SYS_OP_X("tlbi vae1", asid | page));
  REMAP("vae1is", SYS_OP_X("tlbi vae1is", asid | page));
  REMAP("vale1", SYS_OP_X("tlbi vale1", asid | page));
  REMAP("vale1is", SYS_OP_X("tlbi vale1is", asid | page));
  REMAP("vaae1", SYS_OP_X("tlbi vaae1", page));
  REMAP("vaae1is", SYS_OP_X("tlbi vaae1is", page));
  REMAP("vaale1", SYS_OP_X("tlbi vaale1", page));
  REMAP("vaale1is", SYS_OP_X("tlbi vaale1is", page));
  REMAP("aside1", SYS_OP_X("tlbi aside1", asid));
  REMAP("aside1is", SYS_OP_X("tlbi aside1is", asid));
  REMAP("vmalle1", SYS_OP("tlbi vmalle1"));
  REMAP("vmalle1is", SYS_OP("tlbi vmalle1is"));

  /* Write protection takes effect after TLBI; relaxing it does too. */
  store(address, 1);
  *entry |= S1_AP_RO;
  dsb();
  SYS_OP_X("tlbi vae1", asid | page);
  tables_changed();
  check_write_fault("write protect", address, FSC_PERMISSION(3));
  *entry &= ~S1_AP_RO;
  dsb();
  SYS_OP_X("tlbi vae1", asid | page);
  tables_changed();
  store(address, 2);
  check_equal("write enable", load(address), 2);
  store(address, FRAME_VALUE(frame));
}

/* Break-before-make: a 2 MiB block becomes 512 pages, then a block again. */
static void test_split(const struct page_table *low) {
  check_section("split");
  u64 address = VA + 6 * BLOCK_2M;
  u64 *entry = table_entry(low, address, 2);
  *entry = table_leaf(2, FRAMES, RW);
  tables_changed();
  check_equal("block", load(address + 33 * PAGE_SIZE), FRAME_VALUE(33));
  *entry = 0;
  dsb();
  SYS_OP_X("tlbi vaae1", address >> 12);
  tables_changed();
  table_map(low, 3, address, FRAMES, BLOCK_2M, RW);
  *table_entry(low, address + 34 * PAGE_SIZE, 3) = table_leaf(3, FRAME(600), RW);
  tables_changed();
  bool same = true;
  for (u32 n = 0; n < 512; n++) same &= load(address + n * PAGE_SIZE) == FRAME_VALUE(n == 34 ? 600 : n);
  check("512 pages", same);
  *entry = 0;
  dsb();
  for (u32 n = 0; n < 512; n++) SYS_OP_X("tlbi vaae1", (address >> 12) + n);
  tables_changed();
  *entry = table_leaf(2, FRAMES + BLOCK_2M, RW);
  tables_changed();
  same = true;
  for (u32 n = 0; n < 512; n++) same &= load(address + n * PAGE_SIZE) == FRAME_VALUE(512 + n);
  check("joined to a block", same);
}

/* Two address spaces: one VA, two frames, no maintenance between; a global page belongs to both. */
static void test_asids(const struct page_table *low, const struct page_table *other) {
  check_section("asid");
  u64 private = VA + 0x40000, global = VA + 0x41000;
  table_map(low, 3, private, FRAME(40), PAGE_SIZE, RW | S1_NG);
  table_map(low, 3, global, FRAME(42), PAGE_SIZE, RW);
  table_map(other, 3, private, FRAME(41), PAGE_SIZE, RW | S1_NG);
  table_map(other, 3, global, FRAME(42), PAGE_SIZE, RW);
  tables_changed();
  bool kept = true, shared = true;
  for (u32 round = 0; round < 8; round++) {
    bool second = round & 1;
    WRITE_SYSREG_SYNC(ttbr0_el1, second ? TTBR(other, 2) : TTBR(low, 1));
    kept &= load(private) == FRAME_VALUE(second ? 41 : 40);
    shared &= load(global) == FRAME_VALUE(42);
  }
  check("private pages", kept);
  check("global page", shared);

  /* TLBI ASIDE1 of the other space takes its new mapping into use, and leaves this one. */
  *table_entry(low, private, 3) = 0;
  dsb();
  SYS_OP_X("tlbi aside1", 1ull << 48);
  tables_changed();
  check_equal("other ASID kept by ASIDE1", load(private), FRAME_VALUE(41));
  WRITE_SYSREG_SYNC(ttbr0_el1, TTBR(low, 1));
  check_read_fault("ASID of ASIDE1", private, FSC_TRANSLATION(3));
}

static void test_controls(const struct page_table *low, const struct page_table *high) {
  check_section("control");
  u64 ttbr0 = TTBR(low, 1), ttbr1 = (u64)high->root;
  mmu_on_el1(ttbr0, ttbr1, TCR_39 | TCR_EPD1, 0);
  check_read_fault("EPD1", 0ull - PAGE_SIZE, FSC_TRANSLATION(0));
  mmu_on_el1(ttbr0, ttbr1, TCR_39 | TCR_TBI0, 0);
  check_equal("TBI0", load(0x5a00000000000000 | VA), FRAME_VALUE(5));
  mmu_on_el1(ttbr0, ttbr1, TCR_39, 0);
  check_read_fault("no TBI0", 0x5a00000000000000 | VA, FSC_TRANSLATION(0));

  u64 writable = VA + 0x50000;
  table_map(low, 3, writable, FRAME(50), PAGE_SIZE, S1_NORMAL);
  store(FRAME(50), 0xd65f03c0); /* RET */
  tables_changed();
  SYS_OP("ic iallu");
  tables_changed();
  probe_run(probe_branch, writable);
  check("run a writable page", last_trap.count == 0);
  mmu_on_el1(ttbr0, ttbr1, TCR_39, SCTLR_WXN);
  forget_translations();
  check_run_fault("WXN", writable, FSC_PERMISSION(3));
  mmu_on_el1(ttbr0, ttbr1, TCR_39, 0);
  forget_translations();
}

/* Input sizes that start at level 0 and at level 1; one page past the end faults. */
static void test_sizes(void) {
  check_section("size");
  static const struct {
    const char *name;
    u32 bits;
    u32 start_level;
  } sizes[] = {
      {"48 bits, level 0", 48, 0},
      {"40 bits, level 0", 40, 0},
      {"36 bits, level 1", 36, 1},
      {"32 bits, level 1", 32, 1},
  };
  for (u32 i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    struct page_table table = stage1_table(sizes[i].bits);
    map_image_el1(&table);
    u64 top = (1ull << sizes[i].bits) - PAGE_SIZE;
    table_map(&table, 3, top, FRAME(60 + i), PAGE_SIZE, RW);
    mmu_on_el1((u64)table.root, 0, TCR_WALK0 | TCR_T0SZ(sizes[i].bits) | TCR_EPD1 | TCR_IPS_40, 0);
    bool good = load(top) == FRAME_VALUE(60 + i) && table.start_level == sizes[i].start_level;
    probe_run(probe_read, top + PAGE_SIZE);
    good &= last_trap.count == 1 && last_trap.esr == READ_FAULT(FSC_TRANSLATION(0));
    check(sizes[i].name, good);
    mmu_off_el1();
  }
}

static u64 test(u64 unused) {
  (void)unused;
  probe_install(1);
  fill_frames();
  struct page_table low = base_table(39), other = base_table(39), high = stage1_table(39);
  table_map(&high, 3, 0ull - PAGE_SIZE, FRAME(11), PAGE_SIZE, RW);
  table_map(&high, 3, 0xffffff8000000000, FRAME(12), PAGE_SIZE, RW);
  table_map(&high, 2, 0xffffffc000000000, FRAMES, BLOCK_2M, RW);
  mmu_on_el1(TTBR(&low, 1), (u64)high.root, TCR_39, 0);
  check("MMU on", READ_SYSREG(sctlr_el1) & SCTLR_M);
  test_translations(&low);
  test_faults(&low);
  test_hierarchical(&low);
  test_maintenance(&low);
  test_split(&low);
  test_asids(&low, &other);
  test_controls(&low, &high);
  mmu_off_el1();
  test_sizes();
  return 0;
}

int main(void) {
  if (current_el() == 2) {
    run_lower(test, 0, PSR_DAIF | PSR_EL1H);
  } else {
    test(0);
  }
  check_section("");
  return check_summary("stage1");
}
