/* stage2-shapes: every size of IPA from every start level. */
#include "check.h"
#include "console.h"
#include "shapes.h"
#include "sysreg.h"
#include "trap.h"

#define CONCATENATED_BITS 4 /* at most 16 tables */

static struct page_table make_table(const struct granule *granule, u32 level, u32 bits) {
  table_pool(TABLES, TABLES_SIZE);
  return table_new(granule->page_bits, level, bits);
}

/* DDI 0487, VTCR_EL2.SL0: the start levels that the physical size and the granule allow. */
static bool allowed_level(const struct granule *granule, u32 level) {
  switch (granule->page_bits) {
    case 12: return level == 0 ? physical_bits() >= 44 : level < 3;
    case 14: return level == 1 ? physical_bits() >= 42 : level > 1;
    default: return level == 1 ? physical_bits() >= 44 : level > 1;
  }
}

static u32 shift_of(const struct granule *granule, u32 level) {
  return granule->page_bits + (3 - level) * (granule->page_bits - 3);
}

/* More than one entry, and no more than 16 tables. */
static bool consistent(const struct granule *granule, u32 level, u32 bits) {
  u32 shift = shift_of(granule, level);
  return bits > shift && bits <= shift + granule->page_bits - 3 + CONCATENATED_BITS;
}

static void activate(u64 vtcr, const u64 *root) {
  WRITE_SYSREG(vtcr_el2, vtcr);
  WRITE_SYSREG(vttbr_el2, root);
  WRITE_SYSREG(hcr_el2, HCR_RW | HCR_VM);
  dsb();
  isb();
  SYS_OP("tlbi vmalls12e1");
  dsb();
  isb();
}

static bool want(const char *what, u64 ipa, u64 got, u64 wanted) {
  if (got != wanted) print("  %s: ipa %lx: got %lx, want %lx\n", what, ipa, got, wanted);
  return got == wanted;
}

/* An IPA that nothing maps faults where the tables end; mapped by a page, it is found. */
static bool try_page(const struct page_table *table, u64 ipa, u64 frame) {
  u32 level = table_fault_level(table, ipa);
  if (level < LEVELS && !want("unmapped", ipa, translate(ipa), par_stage2_fault(level))) return false;
  table_map(table, 3, ipa, frame, 1ull << table->page_bits, RW);
  dsb();
  return want("mapped", ipa, translate(ipa) & (PTE_ADDRESS | 1), frame);
}

static bool try_shape(const struct granule *granule, u32 level, u32 bits) {
  struct page_table table = make_table(granule, level, bits);
  activate(vtcr_value(granule->page_bits, level, bits), table.root);
  u64 page = 1ull << granule->page_bits, size = 1ull << bits;
  bool good = try_page(&table, size - page, FRAMES) && try_page(&table, 0, FRAMES + page) &&
              try_page(&table, size / 2, FRAMES + 2 * page);
  if (good && bits < physical_bits()) good = want("past the end", size, translate(size), par_stage2_fault(0));
  if (good && bits >= IMAGE_BITS) {
    map_image_guest(&table);
    dsb();
    u64 ipa = size - page;
    *(volatile u64 *)FRAMES = 0;
    good = want("a guest's write", ipa, run_lower(guest_write, ipa, PSR_DAIF | PSR_EL1H), ~ipa) &&
           want("its frame", ipa, *(volatile u64 *)FRAMES, ~ipa);
  }
  return good;
}

/* What VTCR_EL2 may not say: any IPA faults at level 0. */
static bool try_wrong(const struct granule *granule, u32 level, u32 bits) {
  activate(vtcr_value(granule->page_bits, level, bits), (const u64 *)TABLES);
  return want("wrong", bits, translate(0), par_stage2_fault(0)) &&
         want("wrong", bits, translate(FRAMES), par_stage2_fault(0));
}

void test_sizes(const struct granule *granule) {
  static const char *const names[LEVELS] = {"sizes from level 0", "sizes from level 1", "sizes from level 2",
                                            "sizes from level 3"};
  static const char *const wrongs[LEVELS] = {"wrong sizes for level 0", "wrong sizes for level 1",
                                             "wrong sizes for level 2", "wrong sizes for level 3"};
  for (u32 level = 0; level < LEVELS; level++) {
    /* SL0 has no value for level 3 with the 4K granule or level 0 with the others, but by later extensions. */
    if (granule->page_bits == 12 ? level == 3 : level == 0) continue;
    u32 right = 0, good = 0, wrong = 0, faulting = 0, concatenations = 0;
    for (u32 bits = MIN_BITS; bits <= MAX_BITS; bits++) {
      if (allowed_level(granule, level) && bits <= physical_bits() && consistent(granule, level, bits)) {
        right++;
        concatenations += bits >= shift_of(granule, level) + granule->page_bits - 3;
        good += try_shape(granule, level, bits);
      } else {
        wrong++;
        faulting += try_wrong(granule, level, bits);
      }
    }
    if (right) check_equal(names[level], good, right);
    print("%u sizes, %u of them of 1 to 16 whole tables\n", right, concatenations);
    check_equal(wrongs[level], faulting, wrong);
  }
  stage2_off();
}
