/* The memory functions that the compiler may call by itself (C17, 7.24; freestanding GCC contract). */
#include "types.h"

void *memset(void *to, int value, size_t size) {
  for (u8 *p = to; size--;) *p++ = (u8)value;
  return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
  const u8 *source = from;
  for (u8 *p = to; size--;) *p++ = *source++;
  return to;
}
