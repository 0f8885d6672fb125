/** Accesses of a region to 16 bytes in halves, as pairs of registers make them: one look into the soft TLB serves both. */

import { OPS } from '../ir/ops.ts';
import { PAIRED_LOAD, PAIRED_STORE } from '../ir/ops-memory.ts';
import type { OpRecord } from '../ir/read-record.ts';
import type { EffectRow, OpRow, ValueRow } from '../ir/row.ts';

const HALF = 8;
interface Halves {
  readonly first: ValueRow | EffectRow;
  readonly second: ValueRow | EffectRow;
}
const HALVES = new Map<OpRow, Halves>([
  [OPS.ld64, PAIRED_LOAD],
  [OPS.st64, PAIRED_STORE],
]);

function areHalves(x: OpRecord, y: OpRecord): boolean {
  const lo = (x.lo + HALF) >>> 0;
  const hi = (x.hi + (lo < HALF ? 1 : 0)) >>> 0;
  return x.op === y.op && x.a === y.a && x.d !== x.a && y.lo === lo && y.hi === hi;
}

/**
 * The rows of a node's records, with those of halves where two records of one instruction are such accesses.
 * @param firsts addresses of the first record of each instruction
 */
export function pairedRows(records: readonly OpRecord[], firsts: ReadonlySet<number>): OpRow[] {
  const rows = records.map(({ op }) => op.row);
  for (let i = 0; i + 1 < records.length; i++) {
    const halves = HALVES.get(rows[i]);
    if (halves === undefined || firsts.has(records[i + 1].at) || !areHalves(records[i], records[i + 1])) continue;
    rows[i] = halves.first;
    rows[i + 1] = halves.second;
  }
  return rows;
}
