/* vhe: the instructions that may trap; those of Armv8.1 by their encodings. */
#include "probe.inc"

  .arch armv8.2-a

  PROBE_ONE read_sctlr_el12, mrs x0, s3_5_c1_c0_0
  PROBE_ONE read_cntv_cval_el02, mrs x0, s3_5_c14_c3_2
  PROBE_ONE read_ttbr1_el2, mrs x0, s3_4_c2_c0_1
  PROBE_ONE read_contextidr_el2, mrs x0, s3_4_c13_c0_1
  PROBE_ONE read_cnthv_ctl_el2, mrs x0, s3_4_c14_c3_1

  PROBE_ONE read_ctr_el0, mrs x0, ctr_el0
  PROBE_ONE read_cntvct_el0, mrs x0, cntvct_el0
  PROBE_ONE read_cntpct_el0, mrs x0, cntpct_el0
  PROBE_ONE read_daif, mrs x0, daif
  PROBE_ONE wait_for_interrupt, wfi
  PROBE_ONE move_float, .inst 0x9e660000 /* fmov x0, d0 */
  PROBE_ONE call_svc, svc #7
  PROBE_ONE read_unprivileged, ldtr x0, [x0]

  /* PAR_EL1 of a privileged read of X0 under PSTATE.PAN. */
  PROBE translate_pan
  msr   pan, #1
  TRAPS at s1e1rp, x0
  msr   pan, #0
  isb
  mrs   x0, par_el1
  ret
