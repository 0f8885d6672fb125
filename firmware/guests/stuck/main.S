/* stuck: its vectors hold UDF only, so the first exception faults at its own vector for ever. */
  .section .text.main, "ax"
  .global main
  .type main, %function
main:
  adrp  x0, broken_vectors
  add   x0, x0, :lo12:broken_vectors
  mrs   x1, CurrentEL
  cmp   x1, #(2 << 2)
  b.eq  1f
  msr   vbar_el1, x0
  b     2f
1:
  msr   vbar_el2, x0
2:
  isb
  udf   #0
  .size main, . - main

  .balign 0x800
broken_vectors:
  .rept 0x800 / 4
  udf   #0
  .endr
