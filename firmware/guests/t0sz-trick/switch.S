/*
 * t0sz-trick: the part that runs at a low VA while T0SZ changes.
 *   u64 t0sz_switch(u64 low_pc, u64 tcr, u64 data, u64 *seen)
 * X0 is the low VA of `t0sz_at_low`, X1 the TCR_EL2 to run with, X2 a VA to read before and after: seen[0] and
 * seen[1]. seen[2] and seen[3] are PAR_EL1 of that VA and of VA 0, after. The result is the PC that ran at the low VA.
 * TCR_EL2 is put back before the return to the ID map.
 */
  .text
  .global t0sz_switch, t0sz_at_low
  .type t0sz_switch, %function
t0sz_switch:
  mov   x9, x30
  mrs   x10, tcr_el2
  adr   x11, 1f
  br    x0
t0sz_at_low:
  adr   x0, .
  ldr   x5, [x2]
  msr   tcr_el2, x1
  isb
  tlbi  alle2
  dsb   sy
  isb
  ldr   x6, [x2]
  at    s1e2r, x2
  isb
  mrs   x7, par_el1
  at    s1e2r, xzr
  isb
  mrs   x8, par_el1
  msr   tcr_el2, x10
  isb
  tlbi  alle2
  dsb   sy
  isb
  br    x11
1:
  stp   x5, x6, [x3]
  stp   x7, x8, [x3, #16]
  ret   x9
  .size t0sz_switch, . - t0sz_switch
