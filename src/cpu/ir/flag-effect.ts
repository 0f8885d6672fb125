/** What an op row does with NZCV, found by looking at its code; decides which flags need no computing (law 10). */

import { C, N, type Slot, V, Z } from '../slots.ts';
import type { Code } from './code.ts';
import type { OpRow } from './row.ts';

/** `leaves`: may leave the block, so that all flags must be right; `sets`: writes all four and reads none. */
export type FlagEffect = 'none' | 'reads' | 'sets' | 'leaves';

const FLAGS: readonly Slot[] = [N, Z, C, V];

function readsFlags(code: Code): boolean {
  if (typeof code === 'number') return false;
  if (!('kind' in code)) return code.some(readsFlags);
  switch (code.kind) {
    case 'get':
      return FLAGS.includes(code.slot);
    case 'set':
      return readsFlags(code.value);
    case 'let':
      return readsFlags(code.value);
    case 'if':
      return readsFlags(code.cond) || readsFlags(code.then) || readsFlags(code.else);
    default:
      return false;
  }
}

function find(row: OpRow): FlagEffect {
  switch (row.kind) {
    case 'setter':
      return readsFlags([row.result, ...Object.values(row.flags)]) ? 'reads' : 'sets';
    case 'value':
    case 'effect':
      if (row.faults) return 'leaves';
      return readsFlags(row.body) ? 'reads' : 'none';
    default:
      return 'leaves';
  }
}

const known = new Map<OpRow, FlagEffect>();

/** The effect of a row on the flags. */
export function flagEffect(row: OpRow): FlagEffect {
  let effect = known.get(row);
  if (effect === undefined) {
    effect = find(row);
    known.set(row, effect);
  }
  return effect;
}
