/*
 * asid: the allocator of ASIDs. The ASID is in TTBR1_EL1 (TCR_EL1.A1 = 1) and the table in TTBR0_EL1, so no write
 * changes both: in between, the CPU may walk one space's table and tag the result with another's ASID. A reserved ASID,
 * current during that time, takes what comes of it.
 */
#include "allocator.h"

#include "sysreg.h"

#define ASID_SHIFT 48

volatile u64 asid_mistake __attribute__((section(".data"))) = MISTAKE_NONE;
u32 roll_overs;

static u64 generation = ASID_COUNT;
static u64 next_asid = RESERVED_ASID + 1;

static void set_asid(u64 asid) { WRITE_SYSREG_SYNC(ttbr1_el1, (asid % ASID_COUNT) << ASID_SHIFT); }

/* Every ASID has been given away: begin a new generation, in which all may be given again. */
static void roll_over(void) {
  roll_overs++;
  generation += ASID_COUNT;
  next_asid = RESERVED_ASID + 1;
  if (asid_mistake == MISTAKE_NO_TLBI) return;
  dsb();
  SYS_OP("tlbi vmalle1");
  dsb();
  isb();
}

void space_switch(struct space *space) {
  if (asid_mistake != MISTAKE_NO_RESERVED) set_asid(RESERVED_ASID);
  if (space->asid / ASID_COUNT != generation / ASID_COUNT) {
    if (next_asid == ASID_COUNT) roll_over();
    space->asid = generation | next_asid++;
  }
  if (asid_mistake == MISTAKE_NO_RESERVED) set_asid(space->asid);
  WRITE_SYSREG_SYNC(ttbr0_el1, space->table.root);
  if (asid_mistake != MISTAKE_NO_RESERVED) set_asid(space->asid);
}
