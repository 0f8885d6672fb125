/* The granules of a CPU: what ID_AA64MMFR0_EL1 says, and the fields of TCR_ELx and VTCR_EL2 that choose them. */
#pragma once

#include "types.h"

struct granule {
  const char *name;
  u32 page_bits; /* log2 of its bytes: 12, 14, 16 */
  u64 tg0;       /* of TCR_ELx and VTCR_EL2, in place */
  u64 tg1;       /* of TCR_EL1, in place */
  u32 contiguous_bits[4]; /* by level: log2 of the entries that the contiguous hint joins; 0 where none may */
};

#define GRANULES 3
extern const struct granule granules[GRANULES];

const struct granule *granule_of(u32 page_bits);

/* Whether the CPU has it, at stage 1 and at stage 2. */
bool granule_implemented(const struct granule *granule);

/* Physical address size in bits, at most 48. */
u32 physical_bits(void);

/* TCR_EL1.IPS, TCR_EL2.PS, VTCR_EL2.PS: the field's value for physical_bits(). */
u64 physical_size_field(void);
