/* features: one instruction of each extension; X0 is the address of a doubleword where it needs one. */
#include "probe.inc"

  .arch armv8.5-a

  /* FEAT_LSE */
  PROBE try_ldadd
  mov   x1, #5
  TRAPS ldadd x1, x0, [x0]
  ret
  PROBE try_swp
  mov   x1, #7
  TRAPS swpal x1, x0, [x0]
  ret
  PROBE try_cas
  mov   x1, #7
  mov   x2, #9
  TRAPS casal x1, x2, [x0]
  mov   x0, x1
  ret
  PROBE try_casp
  mov   x2, #9
  mov   x3, #0
  mov   x4, #1
  mov   x5, #2
  TRAPS casp x2, x3, x4, x5, [x0]
  mov   x0, x2
  ret

  /* FEAT_PAN, FEAT_UAO, FEAT_SSBS: PSTATE by immediate and by register */
  PROBE_ONE try_pan_immediate, msr pan, #0
  PROBE_ONE try_pan_read, mrs x0, pan
  PROBE_ONE try_uao_immediate, msr uao, #0
  PROBE_ONE try_uao_read, mrs x0, uao
  PROBE_ONE try_ssbs_immediate, msr ssbs, #0
  PROBE_ONE try_ssbs_read, mrs x0, ssbs
  PROBE_ONE ssbs_on, msr ssbs, #1
  PROBE_ONE read_unprivileged, ldtr x0, [x0]

  /* Under PAN no C code: its constants lie on pages that EL0 may read. */
  .macro UNDER name, state, instruction:vararg
  PROBE \name
  msr   \state, #1
  TRAPS \instruction
  msr   \state, #0
  ret
  .endm
  UNDER read_under_pan, pan, ldr x0, [x0]
  UNDER read_unprivileged_under_pan, pan, ldtr x0, [x0]
  UNDER read_unprivileged_under_uao, uao, ldtr x0, [x0]

  /* FEAT_LRCPC, FEAT_LRCPC2 */
  PROBE_ONE try_ldapr, ldapr x0, [x0]
  PROBE_ONE try_ldapur, ldapur x0, [x0, #0]

  /* FEAT_DPB, FEAT_DPB2 */
  PROBE_ONE try_cvap, dc cvap, x0
  PROBE_ONE try_cvadp, dc cvadp, x0

  /* FEAT_FlagM, FEAT_FlagM2: the flags that they leave */
  .macro FLAGS name, start, instruction:vararg
  PROBE \name
  mov   x1, #(\start << 28)
  msr   nzcv, x1
  TRAPS \instruction
  mrs   x0, nzcv
  lsr   x0, x0, #28
  ret
  .endm
  FLAGS try_cfinv, 0x8, cfinv
  FLAGS try_rmif, 0x5, rmif xzr, #0, #4
  FLAGS try_setf8, 0x2, setf8 wzr
  FLAGS try_setf16, 0x2, setf16 wzr
  FLAGS try_axflag, 0x3, axflag
  FLAGS try_xaflag, 0x0, xaflag

  /* FEAT_SB */
  PROBE_ONE try_sb, sb
