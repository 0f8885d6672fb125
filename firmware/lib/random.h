/* Pseudo-random numbers, for one file: the same ones in every run (George Marsaglia, "Xorshift RNGs", 32 bits). */
#pragma once

#include "types.h"

static u32 random_state;

/* Begin with this number, which is not 0. */
static inline void random_seed(u32 seed) { random_state = seed; }

static inline u32 random_next(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return random_state;
}
