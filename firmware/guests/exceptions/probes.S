/* The probes of `exceptions`: one trapping instruction each (probe.inc). */
#include "probe.inc"

  PROBE_ONE probe_svc, svc #0x1234
  PROBE_ONE probe_hvc, hvc #0x4321
  PROBE_ONE probe_smc, smc #0xabcd
  PROBE_ONE probe_brk, brk #0xbeef
  PROBE_ONE probe_udf, udf #0
  PROBE_ONE probe_eret, eret
  PROBE_ONE probe_wfi, wfi

  PROBE_ONE probe_mrs_midr, mrs x1, midr_el1
  PROBE_ONE probe_mrs_sctlr, mrs x1, sctlr_el1
  PROBE_ONE probe_msr_sctlr, msr sctlr_el1, x1
  PROBE_ONE probe_mrs_sctlr_el2, mrs x1, sctlr_el2
  PROBE_ONE probe_msr_vbar, msr vbar_el1, x1
  PROBE_ONE probe_mrs_pfr0, mrs x30, id_aa64pfr0_el1
  PROBE_ONE probe_mrs_id_reserved, mrs x2, s3_0_c0_c7_7
  PROBE_ONE probe_mrs_actlr, mrs x3, actlr_el1
  PROBE_ONE probe_msr_actlr, msr actlr_el1, xzr
  PROBE_ONE probe_mrs_cntpct, mrs x1, cntpct_el0
  PROBE_ONE probe_mrs_cntvct, mrs x1, cntvct_el0
  PROBE_ONE probe_mrs_ctr, mrs x1, ctr_el0
  PROBE_ONE probe_mrs_daif, mrs x1, daif
  PROBE_ONE probe_msr_daifset, msr daifset, #2
  PROBE_ONE probe_tlbi_vmalle1, tlbi vmalle1
  PROBE_ONE probe_tlbi_alle2, tlbi alle2
  PROBE_ONE probe_dc_zva, dc zva, x0
  PROBE_ONE probe_dc_cvac, dc cvac, x0
  PROBE_ONE probe_dc_cvau, dc cvau, x0
  PROBE_ONE probe_ic_ivau, ic ivau, x0

  PROBE_ONE probe_ldr_w, ldr w1, [x0]
  PROBE_ONE probe_str_x, str x1, [x0]
  PROBE_ONE probe_ldp, ldp x1, x2, [x0]
  PROBE_ONE probe_stp_writeback, stp x1, x2, [x0, #16]!
  PROBE_ONE probe_ldxr, ldxr x1, [x0]
  PROBE_ONE probe_ldar, ldar x1, [x0]
  PROBE_ONE probe_ldtr, ldtr x1, [x0]
  PROBE_ONE probe_sttr, sttr x1, [x0]

  /* WFE traps only when the event register is clear: ERET sets it, and the first WFE consumes that. */
  PROBE probe_wfe
  sevl
  wfe
  TRAPS wfe
  ret
  .size probe_wfe, . - probe_wfe

  /* Branch to X0, where nothing can run. */
  PROBE_ONE probe_jump, br x0

  /* Load through SP = X0, on SP_EL0 at EL1 and EL2: the handler keeps an aligned stack. */
  PROBE probe_sp
  msr   spsel, #0
  mov   sp, x0
  TRAPS ldr x1, [sp]
  msr   spsel, #1
  ret
  .size probe_sp, . - probe_sp

  /* The same at EL0, where only SP_EL0 exists. */
  PROBE probe_sp_el0
  mov   sp, x0
  TRAPS ldr x1, [sp]
  mov   x1, xzr
  mov   sp, x1
  ret
  .size probe_sp_el0, . - probe_sp_el0

  /* ERET to label 8 with SPSR = X0, an illegal one. */
  .macro ILLEGAL_RETURN el
  PROBE probe_illegal_return_el\el
  msr   spsr_el\el, x0
  msr   elr_el\el, x17
  eret
  TRAPS nop
  ret
  .size probe_illegal_return_el\el, . - probe_illegal_return_el\el
  .endm

  ILLEGAL_RETURN 1
  ILLEGAL_RETURN 2
