/* debug: the log of software step. */
#pragma once

#include "trap.h"

#define STEPS 16

struct step {
  u64 esr;
  u64 elr;
  u64 spsr;
};

extern struct step steps[STEPS];
/* Exceptions logged, and the number of them after which stepping ends. */
extern u32 step_count, step_limit;

/* Logs an exception, and steps the next instruction or passes an UNDEFINED one. */
void on_step(struct trap_frame *frame);

void check_step(const char *name, u32 n, u64 esr, u64 elr);
