/*
 * tlbi: the translations that the operations are tried on. There are two VMIDs, two ASIDs in each, and three VAs in
 * each of those: X and Y are not global, G is. A cell is one of the twelve.
 */
#pragma once

#include "types.h"

enum { X, Y, G, VAS };
#define VMIDS 2u
#define ASIDS 2u
#define CELLS (VMIDS * ASIDS * VAS)
#define CELL(vmid, asid, va) (((vmid) * ASIDS + (asid)) * VAS + (va))
#define CELL_VMID(cell) ((cell) / (ASIDS * VAS))
#define CELL_ASID(cell) ((cell) / VAS % ASIDS)
#define CELL_VA(cell) ((cell) % VAS)

/* VMIDs and ASIDs are those numbers and 1. */
#define VMID(n) ((n) + 1)
#define ASID(n) ((n) + 1)

/* What cells_break() takes away: the level-3 descriptor, the level-2 one above it, the stage-2 page of the frame. */
enum breakage { BREAK_PAGE, BREAK_TABLE, BREAK_STAGE2 };

/* Make the tables; EL2's MMU stays off. */
void cells_init(void);

/* The VA of X, Y or G; they lie 2 MiB apart, so that each has a level-3 table of its own. */
#define CELLS_VA(va) (0x80000000ull + (va) * 0x200000ull)

/* The IPA, and PA, of the frame of cell 0: X of the first VMID and ASID. */
#define CELL0_IPA 0x42000000ull

/* Read every cell at EL1, so that the TLB may hold it; the number that were not what they should be. */
u32 cells_touch(void);

/* Make every cell invalid in memory, without maintenance; cells_mend() undoes it. */
void cells_break(enum breakage breakage);
void cells_mend(void);

/* The set of cells, one bit each, that EL1 can still read. A cell that reads wrong ends the guest. */
u32 cells_alive(void);

/* Put VMID `vmid` (0 or 1) in VTTBR_EL2, as the one whose entries operations match. */
void cells_select(u32 vmid);
