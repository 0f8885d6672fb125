/* Other CPUs: started by PSCI CPU_ON, each with a stack of its own. */
#pragma once

#include "types.h"

#define MAX_CPUS 8

/* What a secondary CPU saw of itself at its entry point. */
struct cpu_entry {
  u64 sctlr; /* of the level it was entered at */
  u64 daif;
  u64 current_el;
  u64 mpidr;
};

extern volatile struct cpu_entry cpu_entries[MAX_CPUS];

/* MPIDR_EL1.Aff0 of this CPU. */
u32 cpu_index(void);

/* CPUs that PSCI knows, by their Aff0: 1 to MAX_CPUS. */
u32 cpu_count(void);

/*
 * Start CPU `index` (not 0) in `function(argument)`, MMU off, at the level the machine was entered at; the PSCI result.
 * The CPU turns itself off when the function returns. The caller's data caches are off or coherent.
 */
i64 cpu_on(u32 index, void (*function)(u64), u64 argument);

/* PSCI AFFINITY_INFO of CPU `index`. */
i64 cpu_affinity_info(u32 index);

/* Wait until CPU `index`, once started, is off again. */
void cpu_wait_off(u32 index);
