/* The ways a guest ends: a semihosting exit with a code, or PSCI. */
#pragma once

#include "types.h"

/* End by semihosting SYS_EXIT with `code`. Where semihosting is off, say so and wait for ever. */
_Noreturn void guest_exit(u32 code);

/* Power the machine off by PSCI SYSTEM_OFF. */
_Noreturn void guest_power_off(void);
