/** What an op row does with NZCV, found by looking at its code; lets a region put off computing them (law 10). */

import { C, N, type Slot, V, Z } from '../slots.ts';
import type { Code } from './code.ts';
import type { OpRow } from './row.ts';

/** `sets`: writes all four and reads none; `tests`: reads no more than a condition; `touches`: reads or writes some. */
export type FlagEffect = 'none' | 'tests' | 'touches' | 'sets';

const FLAGS: readonly Slot[] = [N, Z, C, V];
const ORDER: readonly FlagEffect[] = ['none', 'tests', 'touches'];
const stronger = (x: FlagEffect, y: FlagEffect): FlagEffect => (ORDER.indexOf(x) < ORDER.indexOf(y) ? y : x);

function ofCode(code: Code): FlagEffect {
  if (typeof code === 'number') return 'none';
  if (!('kind' in code)) return code.map(ofCode).reduce(stronger, 'none');
  switch (code.kind) {
    case 'condition':
      return 'tests';
    case 'get':
      return FLAGS.includes(code.slot) ? 'touches' : 'none';
    case 'set':
      return FLAGS.includes(code.slot) ? 'touches' : ofCode(code.value);
    case 'let':
      return ofCode(code.value);
    case 'if':
      return ofCode([code.cond, code.then, code.else]);
    case 'slowStore':
      return ofCode([code.va, code.value]);
    case 'slowLoad':
    case 'alignmentFault':
      return ofCode(code.va);
    default:
      return 'none';
  }
}

function find(row: OpRow): FlagEffect {
  switch (row.kind) {
    case 'setter':
      return ofCode([row.result, ...Object.values(row.flags)]) === 'none' ? 'sets' : 'touches';
    case 'value':
    case 'effect':
      return ofCode(row.body);
    case 'branch':
    case 'callout':
      return ofCode(row.cond ?? []);
    default:
      return 'none';
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
