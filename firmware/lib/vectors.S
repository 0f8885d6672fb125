/* Vector tables of EL1 and EL2: save a struct trap_frame (trap.h), call trap_entry(), restore and return. */
#define FRAME_ELR 248
#define FRAME_ESR 264
#define FRAME_HPFAR 280
#define FRAME_EL 296
#define FRAME_SIZE 304

  .macro VECTOR el, index
  .balign 0x80
  sub   sp, sp, #FRAME_SIZE
  stp   x0, x1, [sp]
  mov   w0, #\index
  b     save_frame_el\el
  .endm

  .macro TABLE el
  .balign 0x800
  .global vectors_el\el
  .type vectors_el\el, %object
vectors_el\el:
  .irp index, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  VECTOR \el, \index
  .endr
  .size vectors_el\el, . - vectors_el\el

  .type save_frame_el\el, %function
save_frame_el\el:
  stp   x2, x3, [sp, #16]
  stp   x4, x5, [sp, #32]
  stp   x6, x7, [sp, #48]
  stp   x8, x9, [sp, #64]
  stp   x10, x11, [sp, #80]
  stp   x12, x13, [sp, #96]
  stp   x14, x15, [sp, #112]
  stp   x16, x17, [sp, #128]
  stp   x18, x19, [sp, #144]
  stp   x20, x21, [sp, #160]
  stp   x22, x23, [sp, #176]
  stp   x24, x25, [sp, #192]
  stp   x26, x27, [sp, #208]
  stp   x28, x29, [sp, #224]
  mrs   x1, elr_el\el
  stp   x30, x1, [sp, #(FRAME_ELR - 8)]
  mrs   x1, spsr_el\el
  mrs   x2, esr_el\el
  stp   x1, x2, [sp, #(FRAME_ESR - 8)]
  mrs   x1, far_el\el
  .if \el == 2
  mrs   x2, hpfar_el2
  .else
  mov   x2, xzr
  .endif
  stp   x1, x2, [sp, #(FRAME_HPFAR - 8)]
  mov   x1, #\el
  stp   x0, x1, [sp, #(FRAME_EL - 8)]
  mov   x0, sp
  bl    trap_entry
  ldp   x30, x1, [sp, #(FRAME_ELR - 8)]
  ldr   x2, [sp, #(FRAME_ESR - 8)]
  msr   elr_el\el, x1
  msr   spsr_el\el, x2
  ldp   x0, x1, [sp, #0]
  ldp   x2, x3, [sp, #16]
  ldp   x4, x5, [sp, #32]
  ldp   x6, x7, [sp, #48]
  ldp   x8, x9, [sp, #64]
  ldp   x10, x11, [sp, #80]
  ldp   x12, x13, [sp, #96]
  ldp   x14, x15, [sp, #112]
  ldp   x16, x17, [sp, #128]
  ldp   x18, x19, [sp, #144]
  ldp   x20, x21, [sp, #160]
  ldp   x22, x23, [sp, #176]
  ldp   x24, x25, [sp, #192]
  ldp   x26, x27, [sp, #208]
  ldp   x28, x29, [sp, #224]
  add   sp, sp, #FRAME_SIZE
  eret
  .size save_frame_el\el, . - save_frame_el\el
  .endm

  .section .text.vectors, "ax"
  TABLE 1
  TABLE 2
