/* debug: the instructions that breakpoints, watchpoints and software step meet. */
#include "probe.inc"

  PROBE_ONE one_nop, nop
  PROBE_ONE load_byte, ldrb w0, [x0]
  PROBE_ONE load_word, ldr w0, [x0]
  PROBE_ONE store_word, str w17, [x0]
  PROBE_ONE store_pair, stp xzr, xzr, [x0]
  PROBE_ONE load_pair, ldp x0, x1, [x0]
  PROBE_ONE load_unprivileged, ldtr x0, [x0]
  PROBE_ONE zero_block, dc zva, x0
  PROBE_ONE one_brk, brk #7

  .macro FUNCTION name
  .section .text.\name, "ax"
  .global \name
  .type \name, %function
  .balign 4
\name:
  .endm

  FUNCTION step_plain
  add   x0, x0, #1
  cbz   x0, step_plain
  b     1f
  nop
1:
  add   x0, x0, #1
  ret

  FUNCTION step_svc
  add   x0, x0, #1
  svc   #7
  add   x0, x0, #1
  ret

  FUNCTION step_exclusive
  mov   x1, x0
  ldxr  x0, [x1]
  clrex
  ret

  FUNCTION step_undefined
  nop
  udf   #0
  nop
  ret

  /* At the level that takes the exceptions: they start and end with PSTATE.D. */
  FUNCTION step_same
  msr   DAIFClr, #8
  .global step_same_first
step_same_first:
  add   x0, x0, #1
  add   x0, x0, #1
  msr   DAIFSet, #8
  add   x0, x0, #1
  ret
