/* asid: the allocator of ASIDs: generations, roll-over and the switch of address spaces. */
#pragma once

#include "mmu.h"
#include "types.h"

/* 8-bit ASIDs; 0 is reserved: no address space ever has it. */
#define ASID_COUNT 256u
#define RESERVED_ASID 0u

/* What is left out, to see what becomes of it. A debugger or a host writes it before the guest starts. */
enum {
  MISTAKE_NONE = 0,
  MISTAKE_NO_TLBI = 1,     /* no TLB invalidation at roll-over */
  MISTAKE_NO_RESERVED = 2, /* the ASID changes while TTBR0_EL1 still has the old table */
};
extern volatile u64 asid_mistake;

struct space {
  struct page_table table;
  u64 asid; /* generation above the low 8 bits; 0: none yet */
};

/* How often the allocator has run out of ASIDs. */
extern u32 roll_overs;

/* Make `space` the current address space, with an ASID of the current generation. */
void space_switch(struct space *space);
