/* The order of a guest's checks: those of EL1 come first, also where the machine starts at EL2. */
#pragma once

#include "check.h"
#include "sysreg.h"
#include "trap.h"

/* Run the checks of EL1 at EL1 and, where it exists, those of EL2 at EL2; returns the guest's exit code. */
static inline int check_levels(const char *guest, u64 (*el1)(u64), void (*el2)(void)) {
  if (current_el() == 2) {
    run_lower(el1, 0, PSR_DAIF | PSR_EL1H);
    el2();
  } else {
    el1(0);
  }
  check_section("");
  return check_summary(guest);
}
