/* Probes of common use: a read, a write, a branch. */
#include "probe.inc"

  PROBE_ONE probe_read, ldr x0, [x0]
  PROBE_ONE probe_write, str x17, [x0]

  PROBE probe_branch
  stp   x29, x30, [sp, #-16]!
  TRAPS blr x0
  ldp   x29, x30, [sp], #16
  ret
  .size probe_branch, . - probe_branch
