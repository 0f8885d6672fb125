/* SMC Calling Convention (DEN 0028) calls, and the PSCI (DEN 0022) function numbers that the guests use. */
#pragma once

#include "types.h"

#define PSCI_VERSION 0x84000000ull
#define PSCI_CPU_OFF 0x84000002ull
#define PSCI_MIGRATE_INFO_TYPE 0x84000006ull
#define PSCI_SYSTEM_OFF 0x84000008ull
#define PSCI_FEATURES 0x8400000aull
#define PSCI_CPU_ON 0xc4000003ull
#define PSCI_AFFINITY_INFO 0xc4000004ull
enum { PSCI_SUCCESS = 0, PSCI_NOT_SUPPORTED = -1, PSCI_INVALID_PARAMETERS = -2, PSCI_ALREADY_ON = -4 };
enum { AFFINITY_ON = 0, AFFINITY_OFF = 1, AFFINITY_ON_PENDING = 2 };
/* Vendor-specific hypervisor service range, 64-bit fast calls. */
#define VENDOR_HELLO 0xc6000000ull
#define VENDOR_YIELD 0xc6000001ull
#define SMCCC_NOT_SUPPORTED (-1ll)

/* Call the firmware or hypervisor above: by HVC at EL1, by SMC at EL2. Returns X0. */
i64 smccc_call(u64 function, u64 a1, u64 a2, u64 a3);

/* Call by HVC, whatever the Exception level. Returns X0. */
i64 hvc_call(u64 function, u64 a1, u64 a2, u64 a3);
