/* Entry point of every guest: a known state at EL1 or EL2, stacks, vectors, then main() and an exit with its result. */
#define SCTLR_EL1_RESET 0x30d00818 /* Armv8.0 RES1 bits, SA, SA0; MMU, caches and alignment checks off */
#define SCTLR_EL2_RESET 0x30c50838

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
  ldr   x0, =SCTLR_EL2_RESET
  msr   sctlr_el2, x0
  mov   x0, #(1 << 31)                  /* HCR_EL2.RW: EL1 is AArch64 */
  msr   hcr_el2, x0
  mov   x0, #0x33ff                     /* CPTR_EL2: RES1 bits, no traps */
  msr   cptr_el2, x0
  mov   x0, #3                          /* CNTHCTL_EL2: EL1 reads the physical counter and timer */
  msr   cnthctl_el2, x0
  msr   cntvoff_el2, xzr
  msr   vttbr_el2, xzr
  mrs   x0, midr_el1
  msr   vpidr_el2, x0
  mrs   x0, mpidr_el1
  msr   vmpidr_el2, x0
  adrp  x0, vectors_el2
  add   x0, x0, :lo12:vectors_el2
  msr   vbar_el2, x0
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
  ldr   x0, =SCTLR_EL1_RESET
  msr   sctlr_el1, x0
  adrp  x0, vectors_el1
  add   x0, x0, :lo12:vectors_el1
  msr   vbar_el1, x0
  isb
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
