/* What runs at EL1 under the hypervisor, stage 1 on: its own blocks of 1 GiB. */
#pragma once

#include "sysreg.h"

/* IPAs that stage 2 maps on demand, and a device that the hypervisor emulates. */
#define PAGES_IPA 0x80000000ull
#define DEVICE_IPA 0x0b000000ull
#define WORLD_PAGES 64u

/* Set EL1's stage 1 up; at EL2. */
void guest_mmu_on(void);

/* Write a word in each of so many pages; the sum of what they had. */
u64 guest_touch(u64 pages);

/* Write a device register and read it back so often; the sum of what was read. */
u64 guest_device(u64 rounds);

/* Change a word in each of WORLD_PAGES pages, then HVC; so often. The sum of the words. */
u64 guest_world(u64 rounds);
