/** Which checks of a stack pointer's alignment a node of a region has made already. */

import { OPS } from '../ir/ops.ts';
import type { OpRecord } from '../ir/read-record.ts';
import type { Slot } from '../slots.ts';

const ALIGNMENT = 16;

/** Follows the records of one node. */
export class StackAlignment {
  /** A stack pointer that is aligned. */
  private known: Slot | undefined;

  /** Whether a record checks what is known; it or what it writes counts for those behind it. */
  repeats({ op: { row, immB }, d, a, lo }: OpRecord): boolean {
    if (row === OPS.sp_aligned) {
      if (a === this.known) return true;
      this.known = a;
    } else if (row.fields.includes('d') && d === this.known) {
      const isStep = (row === OPS.add64 || row === OPS.sub64) && immB && a === d && lo % ALIGNMENT === 0;
      if (!isStep) this.known = undefined;
    }
    return false;
  }
}
