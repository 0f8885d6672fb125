/* run_lower(): enter a lower Exception level with ERET, and come back to the caller from the exception handler. */
#define LOWER_DONE 0xe10

  .macro RUN_LOWER el
  /* u64 run_lower_elN(u64 (*function)(u64), u64 argument, u64 spsr) */
  .global run_lower_el\el
  .type run_lower_el\el, %function
run_lower_el\el:
  stp   x29, x30, [sp, #-96]!
  stp   x19, x20, [sp, #16]
  stp   x21, x22, [sp, #32]
  stp   x23, x24, [sp, #48]
  stp   x25, x26, [sp, #64]
  stp   x27, x28, [sp, #80]
  adrp  x3, caller_sp
  add   x3, x3, :lo12:caller_sp
  mov   x4, sp
  str   x4, [x3, #(\el * 8)]
  msr   elr_el\el, x0
  msr   spsr_el\el, x2
  adr   x30, done_by_svc
  adr   x3, done_by_hvc
  tst   x2, #0xc                        /* SPSR.M[3:2]: the level entered */
  csel  x30, x30, x3, eq
  mov   x0, x1
  eret
  .size run_lower_el\el, . - run_lower_el\el

  /* void lower_done_elN(u64 result): unwind to the caller of run_lower_elN */
  .global lower_done_el\el
  .type lower_done_el\el, %function
lower_done_el\el:
  adrp  x3, caller_sp
  add   x3, x3, :lo12:caller_sp
  ldr   x4, [x3, #(\el * 8)]
  mov   sp, x4
  ldp   x19, x20, [sp, #16]
  ldp   x21, x22, [sp, #32]
  ldp   x23, x24, [sp, #48]
  ldp   x25, x26, [sp, #64]
  ldp   x27, x28, [sp, #80]
  ldp   x29, x30, [sp], #96
  ret
  .size lower_done_el\el, . - lower_done_el\el
  .endm

  .section .text.run_lower, "ax"
done_by_svc:
  svc   #LOWER_DONE
done_by_hvc:
  hvc   #LOWER_DONE
  RUN_LOWER 1
  RUN_LOWER 2

  .bss
  .balign 8
caller_sp:
  .skip 24
