/* What `exceptions` expects: cases, the levels they run at, and their runner. */
#pragma once

#include "probe.h"
#include "types.h"

struct trap_case {
  const char *name;
  probe *run;
  u64 argument;
  u64 esr; /* with the abort classes "same level", which the runner turns into "lower level" where it must */
  enum { ELR_AT, ELR_NEXT, ELR_ARGUMENT } elr;
  bool has_far;
  u64 far;
  u64 hcr;       /* HCR_EL2 bits to set meanwhile */
  bool may_pass; /* some machines let the instruction pass: a skip */
  u64 known_esr; /* a wrong ESR that some machines give: a skip */
};

/* From where a probe runs and to where it must trap. */
struct route {
  const char *name;
  u64 from_mode; /* SPSR.M of the probed level */
  u32 to;        /* level that takes the exception */
  u64 vector;
};

/* Run the cases by a route and check each of ESR, ELR, SPSR, FAR, level and vector. */
void run_cases(const struct route *route, const struct trap_case *cases, u32 count);

#define RUN_CASES(route, cases) run_cases(route, cases, sizeof(cases) / sizeof((cases)[0]))

/* The probes (probes.S). */
probe probe_svc, probe_hvc, probe_smc, probe_brk, probe_udf, probe_eret, probe_wfi, probe_wfe;
probe probe_mrs_midr, probe_mrs_sctlr, probe_msr_sctlr, probe_mrs_sctlr_el2, probe_msr_vbar, probe_mrs_pfr0;
probe probe_mrs_id_reserved, probe_mrs_actlr, probe_msr_actlr, probe_mrs_cntpct, probe_mrs_cntvct, probe_mrs_ctr;
probe probe_mrs_daif, probe_msr_daifset, probe_tlbi_vmalle1, probe_tlbi_alle2;
probe probe_dc_zva, probe_dc_cvac, probe_dc_cvau, probe_ic_ivau;
probe probe_ldr_w, probe_str_x, probe_ldp, probe_stp_writeback, probe_ldxr, probe_ldar, probe_ldtr, probe_sttr;
probe probe_jump, probe_sp, probe_sp_el0, probe_illegal_return_el1, probe_illegal_return_el2;
