/*
 * Probes: small functions around one instruction that may trap, and the record of the trap they took.
 * A probe holds in x16 the address where the handler resumes and in x17 the address of its instruction (probe.inc).
 */
#pragma once

#include "types.h"

typedef u64 probe(u64 argument);

struct trap_record {
  u64 count; /* traps since probe_run() */
  u64 el;    /* taken to */
  u64 vector;
  u64 esr;
  u64 elr;
  u64 spsr;
  u64 far;
  u64 hpfar;
  u64 at;    /* address of the instruction probed */
};

extern struct trap_record last_trap;

/* Record the synchronous exceptions that `el` takes from now on, from itself and from below. */
void probe_install(u32 el);

/* Run a probe at the current level and return its X0; `last_trap.count` tells whether it trapped. */
u64 probe_run(probe *run, u64 argument);

/* Run a probe at a lower level entered with SPSR = `spsr`. */
u64 probe_run_lower(probe *run, u64 argument, u64 spsr);

/* Check that the last probe took one trap to the current level or above with this ESR and, when wanted, this FAR. */
bool check_fault(const char *name, u64 esr, u64 far);

/* Probes of common use; X0 is the address, the result what was read. */
probe probe_read, probe_write, probe_branch;
