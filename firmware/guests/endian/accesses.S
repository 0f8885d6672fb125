/*
 * endian: accesses to the 16 bytes at X0, each in three forms: at EL1 and at EL2 between two writes of SCTLR_ELx, which
 * turn big-endian data on and off, and plain for EL0. STORED is what stores write. They return X0.
 */
#include "stored.h"

  .arch armv8.1-a

  .macro SET_STORED
  movz  x1, #(STORED & 0xffff)
  movk  x1, #((STORED >> 16) & 0xffff), lsl #16
  movk  x1, #((STORED >> 32) & 0xffff), lsl #32
  movk  x1, #((STORED >> 48) & 0xffff), lsl #48
  .endm

  .macro FORM name, el, body
  .section .text.access_\name\()_el\el, "ax"
  .global access_\name\()_el\el
  .type access_\name\()_el\el, %function
access_\name\()_el\el:
  SET_STORED
  .if \el
  adrp  x10, sctlr_big
  ldr   x10, [x10, :lo12:sctlr_big]
  mrs   x9, sctlr_el\el
  msr   sctlr_el\el, x10
  isb
  .endif
  \body
  .if \el
  dsb   sy
  msr   sctlr_el\el, x9
  isb
  .endif
  ret
  .size access_\name\()_el\el, . - access_\name\()_el\el
  .endm

  .macro ACCESS name, body
  FORM \name, 0, "\body"
  FORM \name, 1, "\body"
  FORM \name, 2, "\body"
  .endm

  ACCESS ldr_x, "ldr x0, [x0]"
  ACCESS ldr_w, "ldr w0, [x0]"
  ACCESS ldrh, "ldrh w0, [x0]"
  ACCESS ldrb, "ldrb w0, [x0]"
  ACCESS ldrsw, "ldrsw x0, [x0, #8]"
  ACCESS ldrsh, "ldrsh x0, [x0, #8]"
  ACCESS ldar, "ldar x0, [x0]"
  ACCESS ldp_x_first, "ldp x0, x2, [x0]"
  ACCESS ldp_x_second, "ldp x2, x0, [x0]"
  ACCESS ldp_w_second, "ldp w2, w0, [x0]"
  ACCESS ldpsw, "ldpsw x2, x0, [x0, #4]"
  ACCESS ldxr, "ldxr x0, [x0]; clrex"
  ACCESS ldxp_x_second, "ldxp x2, x0, [x0]; clrex"
  ACCESS ldxp_w_first, "ldxp w0, w2, [x0]; clrex"
  ACCESS str_x, "str x1, [x0]"
  ACCESS str_w, "str w1, [x0]"
  ACCESS strh, "strh w1, [x0]"
  ACCESS strb, "strb w1, [x0]"
  ACCESS stlr, "stlr x1, [x0]"
  ACCESS stp_x, "stp xzr, x1, [x0]"
  ACCESS stp_w, "stp wzr, w1, [x0]"
  ACCESS stxr, "ldxr x2, [x0]; stxr w2, x1, [x0]"
  ACCESS stxp_w, "ldxr x2, [x0]; stxp w2, w1, wzr, [x0]"
  ACCESS ldadd, "ldaddal x1, x0, [x0]"

  /* u64 translate_big(u64 ipa): PAR_EL1 of AT S12E1R, SCTLR_EL2 = sctlr_big meanwhile */
  FORM translate, 2, "at s12e1r, x0; isb; mrs x0, par_el1"
