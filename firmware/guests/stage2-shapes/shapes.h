/* stage2-shapes: memory, and the parts of the test. */
#pragma once

#include "granule.h"
#include "mmu.h"
#include "types.h"

#define FRAMES 0x42000000ull
#define TABLES 0x44000000ull
#define TABLES_SIZE 0x800000ull
#define RW (S2_NORMAL | S2_READ | S2_WRITE)
#define MIN_BITS 25 /* T0SZ = 39 */
#define MAX_BITS 48 /* T0SZ = 16 */
#define IMAGE_BITS 31 /* the image lies at 1 GiB */
#define LEVELS 4

/* PAR_EL1 of an address translation, EL1's stage 1 off, through the stage 2 that is on. */
u64 translate(u64 ipa);

/* PAR_EL1 of a stage-2 translation fault. */
u64 par_stage2_fault(u32 level);

/* What the guests do at EL1: read a doubleword; write it and read it back; call code. */
u64 guest_read(u64 address);
u64 guest_write(u64 address);
u64 guest_call(u64 address);

/* Identity-map this image for a guest, writable and executable. */
void map_image_guest(const struct page_table *table);

/* Every size of IPA from every start level: those that 1 to 16 tables hold work, the others fault at level 0. */
void test_sizes(const struct granule *granule);

/*
 * A hypervisor with 36 bits of VA and a VM with memory at IPA 0x70_0000_0000: an IPA of 40 bits, by as few levels as 16
 * concatenated tables allow.
 */
void test_high_memory(const struct granule *granule);
