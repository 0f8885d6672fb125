/* Exceptions: the saved frame, the table of C handlers, and calls into a lower Exception level. */
#pragma once

#include "types.h"

/* What an exception saves; layout known to vectors.S. */
struct trap_frame {
  u64 x[31];
  u64 elr;
  u64 spsr;
  u64 esr;
  u64 far;
  u64 hpfar;  /* 0 at EL1 */
  u64 vector; /* offset from VBAR divided by 0x80: 0..15 */
  u64 el;     /* the level that took it */
};

/* Vectors by their place in the table (DDI 0487, "Vector offsets from vector table base address"). */
enum {
  VECTOR_SP0_SYNC = 0,
  VECTOR_SPX_SYNC = 4,
  VECTOR_SPX_IRQ = 5,
  VECTOR_SPX_FIQ = 6,
  VECTOR_SPX_SERROR = 7,
  VECTOR_LOWER_SYNC = 8,
  VECTOR_LOWER_IRQ = 9,
};

typedef void trap_handler(struct trap_frame *frame);

/* Handler by [level][vector]. One that is not set prints the frame and exits with code 99. */
extern trap_handler *trap_handlers[3][16];

/*
 * Run `function(argument)` at a lower level with SPSR = `spsr`, and return its X0. It comes back by itself when the
 * function returns. At EL1 it runs on SP_EL1, at EL0 without a stack.
 */
u64 run_lower(u64 (*function)(u64), u64 argument, u64 spsr);
