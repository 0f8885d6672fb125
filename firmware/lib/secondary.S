/* Entry point of CPU_ON, X0 the index of the CPU: notes its state at the entry, takes stacks, calls secondary_main. */
#include "cpu-init.inc"

#define MAX_CPUS 8
#define STACK_SHIFT 13
#define ENTRY_SHIFT 5                   /* struct cpu_entry */

  .section .text.secondary, "ax"
  .global secondary_entry
  .type secondary_entry, %function
secondary_entry:
  mov   x19, x0
  adrp  x20, cpu_entries
  add   x20, x20, :lo12:cpu_entries
  add   x20, x20, x19, lsl #ENTRY_SHIFT
  mrs   x2, daif
  mrs   x3, CurrentEL
  mrs   x4, mpidr_el1
  adrp  x21, stacks
  add   x21, x21, :lo12:stacks
  add   x22, x19, #1
  add   x21, x21, x22, lsl #STACK_SHIFT
  msr   SPSel, #1
  cmp   x3, #(2 << 2)
  b.ne  at_el1
  mrs   x1, sctlr_el2
  INIT_EL2
  sub   x0, x21, #(1 << (STACK_SHIFT - 1))
  msr   sp_el1, x0
  b     common
at_el1:
  mrs   x1, sctlr_el1
common:
  mov   sp, x21
  stp   x1, x2, [x20]
  stp   x3, x4, [x20, #16]
  INIT_EL1
  mov   x29, xzr
  mov   x0, x19
  bl    secondary_main
1:
  wfi
  b     1b
  .size secondary_entry, . - secondary_entry

  .bss
  .balign 16
stacks:
  .skip MAX_CPUS << STACK_SHIFT
