/* The granules of a CPU. */
#include "granule.h"

#include "sysreg.h"

#define TGRAN4_LOW 28
#define TGRAN64_LOW 24
#define TGRAN16_LOW 20
#define NO_TGRAN4 0xf
#define NO_TGRAN64 0xf
#define NO_TGRAN16 0

const struct granule granules[GRANULES] = {
    {"4K", 12, 0, 2ull << 30, {0, 4, 4, 4}},
    {"16K", 14, 2ull << 14, 1ull << 30, {0, 0, 5, 7}},
    {"64K", 16, 1ull << 14, 3ull << 30, {0, 0, 5, 5}},
};

const struct granule *granule_of(u32 page_bits) { return &granules[(page_bits - 12) / 2]; }

bool granule_implemented(const struct granule *granule) {
  switch (granule->page_bits) {
    case 12: return ID_FIELD(id_aa64mmfr0_el1, TGRAN4_LOW) != NO_TGRAN4;
    case 14: return ID_FIELD(id_aa64mmfr0_el1, TGRAN16_LOW) != NO_TGRAN16;
    default: return ID_FIELD(id_aa64mmfr0_el1, TGRAN64_LOW) != NO_TGRAN64;
  }
}

u64 physical_size_field(void) {
  u32 range = ID_FIELD(id_aa64mmfr0_el1, 0);
  return range > 5 ? 5 : range;
}

u32 physical_bits(void) {
  static const u8 bits[] = {32, 36, 40, 42, 44, 48};
  return bits[physical_size_field()];
}
