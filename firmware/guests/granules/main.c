/* granules: stage-1 tables of EL1 in each granule of the CPU: input sizes, start levels, blocks, contiguous hint. */
#include "check.h"
#include "console.h"
#include "granule.h"
#include "mmu.h"
#include "probe.h"
#include "sysreg.h"
#include "trap.h"

/* 32 MiB, each 4 KiB of which begins with its own address, and above them the tables, made anew for each shape. */
#define FRAMES 0x42000000ull
#define FRAMES_SIZE 0x2000000ull
#define TABLES 0x44000000ull
#define TABLES_SIZE 0x200000ull
#define SMALLEST_PAGE 0x1000ull
#define RW (S1_NORMAL | S1_PXN | S1_UXN)
#define MIN_BITS 25 /* TxSZ = 39 */
#define MAX_BITS 48 /* TxSZ = 16 */
#define IMAGE_BITS 31 /* the image lies at 1 GiB */
#define LEVELS 4

static u64 load(u64 address) { return *(volatile u64 *)address; }

static void fill_frames(void) {
  for (u64 address = FRAMES; address < FRAMES + FRAMES_SIZE; address += SMALLEST_PAGE) {
    *(volatile u64 *)address = address;
  }
}

static bool faults_at(u64 address, u32 level) {
  probe_run(probe_read, address);
  return last_trap.count == 1 && last_trap.esr == ESR(EC_DABT_SAME, FSC_TRANSLATION(level)) && last_trap.far == address;
}

/* What runs with the MMU on: this image, and the tables, which it goes on changing. */
static void map_low(const struct page_table *low) {
  map_image_whole(low);
  table_map(low, 3, TABLES, TABLES, TABLES_SIZE, RW);
}

static bool report(bool good, const char *what, const struct page_table *table, u64 address) {
  if (!good) print("  %u bits, start level %u: %s at %lx\n", table->input_bits, table->start_level, what, address);
  return good;
}

/* Empty: a fault at the level of the software walk. Mapped by a page: the frame. One past the end: level 0. */
static bool try_page(const struct page_table *table, u64 address, u64 frame) {
  u32 level = table_fault_level(table, address);
  if (!report(faults_at(address, level), "no fault where nothing is mapped", table, address)) return false;
  table_map(table, 3, address, frame, 1ull << table->page_bits, RW);
  dsb();
  isb();
  return report(load(address) == frame, "wrong frame", table, address);
}

static u64 tcr(const struct granule *low, u32 low_bits, const struct granule *high, u32 high_bits) {
  return TCR_WALK0 | low->tg0 | TCR_T0SZ(low_bits) | TCR_WALK1_ATTRIBUTES | high->tg1 | TCR_T1SZ(high_bits) |
         physical_size_field() << 32;
}

/* Every size of one side; the image is in TTBR0, with the same granule, and 48 bits when the other side is measured. */
static void test_sizes(const struct granule *granule, bool upper) {
  u32 good_sizes[LEVELS] = {0}, sizes[LEVELS] = {0};
  for (u32 bits = upper ? MIN_BITS : IMAGE_BITS; bits <= MAX_BITS; bits++) {
    table_pool(TABLES, TABLES_SIZE);
    struct page_table low = stage1_table_of(granule->page_bits, upper ? MAX_BITS : bits);
    map_low(&low);
    struct page_table high = stage1_table_of(granule->page_bits, bits);
    mmu_on_el1((u64)low.root, (u64)high.root, tcr(granule, low.input_bits, granule, bits), 0);
    const struct page_table *table = upper ? &high : &low;
    u64 size = 1ull << bits, page = 1ull << granule->page_bits;
    u64 first = upper ? 0 - size : 0, last = first + size - page;
    bool good = try_page(table, last, FRAMES + page) && try_page(table, first, FRAMES + 2 * page) &&
                try_page(table, first + size / 2 - page, FRAMES + 3 * page) &&
                report(load(last) == FRAMES + page, "lost", table, last) &&
                report(faults_at(upper ? first - 8 : first + size, 0), "no fault past the end", table, first);
    mmu_off_el1();
    sizes[table->start_level]++;
    good_sizes[table->start_level] += good;
  }
  static const char *const names[2][LEVELS] = {
      {"TTBR0 sizes from level 0", "TTBR0 sizes from level 1", "TTBR0 sizes from level 2", "TTBR0 sizes from level 3"},
      {"TTBR1 sizes from level 0", "TTBR1 sizes from level 1", "TTBR1 sizes from level 2", "TTBR1 sizes from level 3"},
  };
  for (u32 level = 0; level < LEVELS; level++) {
    if (sizes[level] == 0) continue;
    check(names[upper][level], good_sizes[level] == sizes[level]);
    print("%s: %u\n", names[upper][level], sizes[level]);
  }
}

/* Blocks of each level that may have them; those larger than RAM show the part of it that holds the frames. */
static void test_blocks(const struct granule *granule, const struct page_table *high, u64 base) {
  for (u32 level = 1; level < 3; level++) {
    if (granule->contiguous_bits[level] == 0) continue;
    u64 size = 1ull << table_level_shift(high, level), va = base + level * (1ull << 40), output = FRAMES & ~(size - 1);
    table_map(high, level, va, output, size, RW);
    dsb();
    isb();
    u64 inside = size > BLOCK_2M ? FRAMES - output : 0;
    bool good = load(va + inside) == FRAMES;
    if (size <= FRAMES_SIZE) good &= load(va + size - SMALLEST_PAGE) == FRAMES + size - SMALLEST_PAGE;
    good &= faults_at(va + size, table_fault_level(high, va + size));
    check(level == 1 ? "block of level 1" : "block of level 2", good);
  }
}

/* Runs of pages and of blocks with the contiguous hint in each of their descriptors. */
static void test_contiguous(const struct granule *granule, const struct page_table *high, u64 base) {
  for (u32 level = 2; level <= 3; level++) {
    u64 size = 1ull << (table_level_shift(high, level) + granule->contiguous_bits[level]);
    u64 va = base + ((u64)level + 4) * (1ull << 40), output = FRAMES & ~(size - 1);
    table_map(high, level, va, output, size, RW | PTE_CONTIGUOUS);
    dsb();
    isb();
    u64 first = FRAMES - output, length = size - first < FRAMES_SIZE ? size - first : FRAMES_SIZE;
    u32 wrong = 0;
    for (u64 offset = first; offset < first + length; offset += SMALLEST_PAGE) {
      wrong += load(va + offset) != output + offset;
    }
    check_equal(level == 2 ? "contiguous blocks" : "contiguous pages", wrong, 0);
  }
}

/* Two granules at once: this one below, another above. */
static void test_mixed(const struct granule *granule) {
  for (u32 n = 0; n < GRANULES; n++) {
    const struct granule *other = &granules[n];
    if (other == granule || !granule_implemented(other)) continue;
    table_pool(TABLES, TABLES_SIZE);
    struct page_table low = stage1_table_of(granule->page_bits, 40), high = stage1_table_of(other->page_bits, 36);
    map_low(&low);
    table_map(&high, 3, 0ull - (1ull << other->page_bits), FRAMES, 1ull << other->page_bits, RW);
    mmu_on_el1((u64)low.root, (u64)high.root, tcr(granule, 40, other, 36), 0);
    check(other->name, load(0ull - (1ull << other->page_bits)) == FRAMES);
    mmu_off_el1();
  }
}

static void test_granule(const struct granule *granule) {
  check_section(granule->name);
  test_sizes(granule, false);
  test_sizes(granule, true);
  table_pool(TABLES, TABLES_SIZE);
  struct page_table low = stage1_table_of(granule->page_bits, MAX_BITS);
  struct page_table high = stage1_table_of(granule->page_bits, MAX_BITS);
  map_low(&low);
  mmu_on_el1((u64)low.root, (u64)high.root, tcr(granule, MAX_BITS, granule, MAX_BITS), 0);
  u64 base = 0ull - (1ull << MAX_BITS);
  test_blocks(granule, &high, base);
  test_contiguous(granule, &high, base);
  mmu_off_el1();
}

static u64 test(u64 unused) {
  static const char *const beside[GRANULES] = {"4K in TTBR0, TTBR1", "16K in TTBR0, TTBR1", "64K in TTBR0, TTBR1"};
  (void)unused;
  probe_install(1);
  fill_frames();
  for (u32 n = 0; n < GRANULES; n++) {
    if (granule_implemented(&granules[n])) test_granule(&granules[n]);
  }
  for (u32 n = 0; n < GRANULES; n++) {
    check_section(beside[n]);
    if (granule_implemented(&granules[n])) test_mixed(&granules[n]);
  }
  return 0;
}

int main(void) {
  if (current_el() == 2) {
    run_lower(test, 0, PSR_DAIF | PSR_EL1H);
  } else {
    test(0);
  }
  check_section("");
  return check_summary("granules");
}
