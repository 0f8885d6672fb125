/* pmu: accesses that may trap, and code whose instructions are counted. */
#include "probe.inc"

  PROBE_ONE read_pmcr, mrs x0, pmcr_el0
  PROBE_ONE read_pmccntr, mrs x0, pmccntr_el0
  PROBE_ONE write_pmccntr, msr pmccntr_el0, x0
  PROBE_ONE read_pmxevcntr, mrs x0, pmxevcntr_el0
  PROBE_ONE write_pmxevcntr, msr pmxevcntr_el0, x0
  PROBE_ONE read_pmselr, mrs x0, pmselr_el0
  PROBE_ONE write_pmselr, msr pmselr_el0, x0
  PROBE_ONE write_pmswinc, msr pmswinc_el0, x0
  PROBE_ONE read_pmuserenr, mrs x0, pmuserenr_el0
  PROBE_ONE read_pmcntenset, mrs x0, pmcntenset_el0
  PROBE_ONE read_pmccfiltr, mrs x0, pmccfiltr_el0
  PROBE_ONE read_pmevcntr0, mrs x0, pmevcntr0_el0
  PROBE_ONE read_pmevtyper0, mrs x0, pmevtyper0_el0
  PROBE_ONE read_pmceid0, mrs x0, pmceid0_el0
  PROBE_ONE write_pmovsset, msr pmovsset_el0, x0

  .section .text.count_loop, "ax"
  .global count_loop
  .type count_loop, %function
count_loop:
  nop
1:
  subs  x0, x0, #1
  b.ne  1b
  ret

  .section .text.count_svc, "ax"
  .global count_svc
  .type count_svc, %function
count_svc:
  svc   #1
  ret
