/** Where NZCV are in a region: which op the flags at the beginning of each node come from. */

import { flagEffect } from '../ir/flag-effect.ts';
import { OPS } from '../ir/ops.ts';
import type { OpRecord } from '../ir/read-record.ts';
import type { OpRow, SetterRow } from '../ir/row.ts';

/** Ops whose operands stand for the flags. Flags of a result alone are those of its AND with itself. */
export const FLAG_KINDS: readonly (SetterRow | undefined)[] = [
  undefined,
  OPS.adds64,
  OPS.adds32,
  OPS.subs64,
  OPS.subs32,
  OPS.ands64,
  OPS.ands32,
];
const LOGIC = new Map<OpRow, OpRow>([
  [OPS.ands64, OPS.ands64],
  [OPS.ands32, OPS.ands32],
  [OPS.bics64, OPS.ands64],
  [OPS.bics32, OPS.ands32],
]);
export const isLogic = (row: OpRow): boolean => LOGIC.has(row);

/** The index of a kind, or one of the two below. */
export type FlagState = number;
/** The slots hold the flags. */
export const KNOWN: FlagState = 0;
/** The kind depends on the way that control took. */
export const VARIES: FlagState = -1;

/** The state behind an op. One that touches single flags, or tests flags whose kind varies, has them computed before. */
export function flagsAfter(state: FlagState, row: OpRow): FlagState {
  switch (flagEffect(row)) {
    case 'sets':
      return Math.max(KNOWN, FLAG_KINDS.indexOf((LOGIC.get(row) ?? row) as SetterRow));
    case 'touches':
      return KNOWN;
    case 'tests':
      return state === VARIES ? KNOWN : state;
    default:
      return state;
  }
}

const isIndirect = ({ op: { row } }: OpRecord): boolean => row.kind === 'goto' && row.indirect;

/**
 * The state at the beginning of each node, from its records and successors. Node 0 and `entries` are also entered from
 * outside, with the flags in their slots, and by indirect branches of the region.
 */
export function flagStates(
  records: readonly (readonly OpRecord[])[],
  successors: readonly (readonly number[])[],
  entries: readonly number[],
): FlagState[] {
  const states: FlagState[] = [];
  let changed = true;
  const join = (node: number, state: FlagState): void => {
    const old = states[node];
    if (old === state || old === VARIES) return;
    states[node] = old === undefined ? state : VARIES;
    changed = true;
  };
  const entered = [0, ...entries];
  for (const node of entered) join(node, KNOWN);
  while (changed) {
    changed = false;
    for (const [node, state] of states.entries()) {
      if (state === undefined) continue;
      const after = records[node].reduce((before, { op }) => flagsAfter(before, op.row), state);
      const isJump = records[node].some(isIndirect);
      for (const to of isJump ? [...successors[node], ...entered] : successors[node]) join(to, after);
    }
  }
  return states;
}
