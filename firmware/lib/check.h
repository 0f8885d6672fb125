/* Checks: one console line each, "ok NAME", "FAIL NAME: …" or "skip NAME: …", and a count of them. */
#pragma once

#include "types.h"

/* Put `section` and a space before the name of each check that follows. */
void check_section(const char *section);

/* One check by a condition; returns it. */
bool check(const char *name, bool passed);

/* One check that two values are equal; prints both when they are not. */
bool check_equal(const char *name, u64 got, u64 want);

/* Count and print a check that this machine cannot show. */
void check_skip(const char *name, const char *why);

/* One check of what another machine is known to do otherwise: there it counts as skipped. */
void check_or_skip(const char *name, bool passed, const char *why);

/* Print "GUEST: N ok, N failed, N skipped" and return the number that failed, at most 98. */
int check_summary(const char *guest);
