/* mini-hyp: what its guests do at EL1. Each returns a value that the hypervisor checks. */
#pragma once

#include "types.h"

/* HVC #0x51 with the argument in X0. */
u64 guest_hypercall(u64 argument);

/* Write and read back `pages` pages from DEMAND_IPA and from DEMAND_HIGH_IPA; the number of wrong ones. */
u64 guest_touch(u64 pages);

/* Read or write the doubleword at an address. */
u64 guest_read_at(u64 address);
u64 guest_write_at(u64 address);

/* Call code at an address. */
u64 guest_call(u64 address);

/* Every kind of load and store on the emulated device; the number of wrong results. */
u64 guest_mmio(u64 base);

/* Loads and stores that carry no syndrome: a pair, and write-back. */
u64 guest_mmio_no_syndrome(u64 base);

/* Turn on stage 1 with the level-1 table at `root`, read TABLE_VA + 8 through it, and turn it off. */
u64 guest_walk(u64 root);

/* Two WFI. */
u64 guest_wait(u64 unused);

/* Write CONTEXTIDR_EL1, which traps, and return what it reads back. */
u64 guest_context(u64 value);

/* Write `value` at SHARED_IPA and return what was there before. */
u64 guest_exchange(u64 value);
