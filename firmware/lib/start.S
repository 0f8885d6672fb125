/* Entry point of every guest: a known state at EL1 or EL2, stacks, vectors, then main() and an exit with its result. */
#include "cpu-init.inc"

#ifdef RAM_BASE                          /* for guest.ld */
  .global ram_base
  .set  ram_base, RAM_BASE
#endif

  .section .text.start, "ax"
  .global _start
  .type _start, %function
_start:
  msr   DAIFSet, #0xf
  msr   SPSel, #1
  mrs   x0, CurrentEL
  cmp   x0, #(2 << 2)
  b.ne  at_el1

at_el2:
  INIT_EL2
  adrp  x0, stack_el1_top
  add   x0, x0, :lo12:stack_el1_top
  msr   sp_el1, x0
  adrp  x0, stack_el2_top
  add   x0, x0, :lo12:stack_el2_top
  mov   sp, x0
  b     common

at_el1:
  adrp  x0, stack_el1_top
  add   x0, x0, :lo12:stack_el1_top
  mov   sp, x0

common:
  INIT_EL1
  mov   x29, xzr
  bl    console_init
  bl    main
  b     guest_exit
  .size _start, . - _start

  .bss
  .balign 16
  .skip 0x4000
stack_el1_top:
  .skip 0x4000
stack_el2_top:
