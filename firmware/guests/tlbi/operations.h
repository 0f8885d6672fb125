/* tlbi: the operations, and what each must remove. */
#pragma once

#include "cells.h"
#include "types.h"

struct operation {
  const char *name;
  void (*run)(u64 argument);
  u64 argument;
  bool (*covers)(u32 cell); /* whether it must remove the cell: VMID 1 current */
  bool last_level;          /* it need not remove what the walk caches of higher levels hold */
};

/* Operations on stage 1 of EL1&0 and on all of it, for VA X and ASID 1; the inner shareable form of each follows it. */
extern const struct operation operations[];
extern const u32 operation_count;

/* Operations on stage 2 by the IPA of cell 0, each followed by the VMALLE1 of its domain. */
extern const struct operation ipa_operations[];
extern const u32 ipa_operation_count;
