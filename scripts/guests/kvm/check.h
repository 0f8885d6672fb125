/* One line a check, and their count. */
#pragma once
#include "linux.h"

/* Prints "ok NAME", or "FAIL NAME" with both values. */
void check(const char *name, u64 want, u64 got);

/* Prints "time NAME: N ns" with the nanoseconds since `start` divided by `count`. */
void time_each(const char *name, u64 start, u64 count);

/* Prints "checks: N passed, N failed"; how many failed. */
u64 summary(void);
