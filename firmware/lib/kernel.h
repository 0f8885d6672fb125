/* A kernel of a benchmark, whatever machine runs it. */
#pragma once

#include "types.h"

struct kernel {
  const char *name;
  u64 rounds;
  void (*prepare)(void); /* what is not measured, or NULL */
  u64 (*run)(u64 rounds); /* returns the checksum */
};
