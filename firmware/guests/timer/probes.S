/* timer: reads that EL2 may trap. */
#include "probe.inc"

  PROBE_ONE probe_cntpct, mrs x0, cntpct_el0
  PROBE_ONE probe_cntp_ctl, mrs x0, cntp_ctl_el0
