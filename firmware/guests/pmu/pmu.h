/* pmu: its parts, and the bits of the Performance Monitors' registers. */
#pragma once

#include "check.h"
#include "probe.h"
#include "sysreg.h"
#include "trap.h"

#define INTID_PMU 23u

/* PMCR_EL0. */
#define PMCR_E BIT(0)
#define PMCR_P BIT(1)
#define PMCR_C BIT(2)
#define PMCR_LC BIT(6)
#define PMCR_N(pmcr) ((u32)((pmcr) >> 11) & 0x1f)
#define COUNTERS 6
/* The bit of the cycle counter. */
#define CYCLES BIT(31)
/* PMEVTYPER<n>_EL0: not at EL1, not at EL0, at EL2. */
#define FILTER_P BIT(31)
#define FILTER_U BIT(30)
#define FILTER_NSH BIT(27)
#define SW_INCR 0x00
#define INST_RETIRED 0x08
#define EXC_TAKEN 0x09
#define EXC_RETURN 0x0a
#define CPU_CYCLES 0x11
#define CHAIN 0x1e
/* PMUSERENR_EL0. */
#define EN BIT(0)
#define SW BIT(1)
#define CR BIT(2)
#define ER BIT(3)
/* MDCR_EL2. */
#define MDCR_HPMN 0x1full
#define MDCR_TPMCR BIT(5)
#define MDCR_TPM BIT(6)
#define MDCR_HPME BIT(7)

/* Probes (code.S): one access each; the others read. */
probe read_pmcr, read_pmccntr, write_pmccntr, read_pmxevcntr, write_pmxevcntr, read_pmselr, write_pmselr, write_pmswinc;
probe read_pmuserenr, read_pmcntenset, read_pmccfiltr, read_pmevcntr0, read_pmevtyper0, read_pmceid0, write_pmovsset;

/* Code that is counted (code.S): `count_loop(n)` runs 2n + 1 instructions and RET; `count_svc` takes one SVC. */
u64 count_loop(u64 n), count_svc(u64 x);

/* Everything off and zero. */
void pmu_reset(void);

/* Whether PMCEID0_EL0 lists an event. */
bool pmu_has(u32 event);

/* At EL1. */
void test_registers(void);
void test_counting(void);
void test_interrupt(void);
void test_el0(void);
/* At EL2. */
void test_el2(void);
