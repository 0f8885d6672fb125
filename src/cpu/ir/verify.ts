/** Checks the ops of one instruction against the laws of the IR: precise faults, temporaries, operands. */

import { C, DISCARD, N, R, type Slot, slotName, slotType, T, TV, V, Z, ZERO } from '../slots.ts';
import type { OpList } from './builder.ts';
import type { Code } from './code.ts';
import { OP_CODES } from './ops.ts';
import type { Field, OpRow } from './row.ts';

const TEMPORARIES: ReadonlySet<number> = new Set([...T, ...TV]);

/** Slots that an op writes besides d. */
function fixedWrites(row: OpRow): readonly Slot[] {
  if (row.kind === 'setter') return [N, Z, C, V];
  const slots: Slot[] = [];
  const visit = (code: Code): void => {
    if (typeof code === 'number') return;
    if (!('kind' in code)) code.forEach(visit);
    else if (code.kind === 'if') [code.cond, code.then, code.else].forEach(visit);
    else if (code.kind === 'let') visit(code.value);
    else if (code.kind === 'set') slots.push(code.slot);
    else if (code.kind === 'slowFloat') slots.push(R.FPSR);
  };
  if (row.kind === 'value' || row.kind === 'effect') visit(row.body);
  return slots;
}

const FIXED_WRITES = OP_CODES.map(({ row }) => fixedWrites(row));

/** Handlers that callouts name raise exceptions. */
const canFault = (row: OpRow): boolean => row.kind === 'callout' || ('faults' in row && row.faults);

/** The slot in a field of op `at`, or undefined when the field holds none there. */
function slotIn(list: OpList, at: number, field: Field): number | undefined {
  if (field === 'd' || field === 'vd') return list.d[at];
  if (field === 'a' || field === 'va') return list.a[at];
  if (field === 'c' || field === 'vc') return list.lo[at];
  if (field === 'vb') return list.b[at];
  return field === 'b' && !OP_CODES[list.op[at]].immB ? list.b[at] : undefined;
}

/** Why a slot cannot stand in a field; XZR is `ZERO` where it is read and `DISCARD` where it is written. */
function misplaced(slot: number, field: Field, row: OpRow): string | undefined {
  if (field.startsWith('v')) return slotType(slot) === 'v128' ? undefined : 'is no 128-bit slot';
  if (slotType(slot) !== 'i64') return 'is no 64-bit slot';
  if (field === 'd') return slot === ZERO ? 'is written' : undefined;
  return slot === DISCARD && row.kind !== 'callout' ? 'is read' : undefined;
}

/** What is wrong with ops [from, to), which are one instruction; empty when they obey the laws. */
export function verifyInstruction(list: OpList, from: number, to: number): string[] {
  const problems: string[] = [];
  const defined = new Set<number>();
  let early: string | undefined;
  for (let at = from; at < to; at++) {
    const { name, row } = OP_CODES[list.op[at]];
    const say = (text: string): number => problems.push(`op ${at - from} ${name}: ${text}`);
    if (canFault(row) && early !== undefined) say(`can fault after ${early} was written`);
    for (const field of row.fields) {
      const slot = slotIn(list, at, field);
      if (slot === undefined) continue;
      const why = misplaced(slot, field, row);
      if (why !== undefined) say(`${field} ${slotName(slot)} ${why}`);
      if (field !== 'd' && field !== 'vd' && TEMPORARIES.has(slot) && !defined.has(slot))
        say(`${slotName(slot)} is read before it is written`);
    }
    const writes: readonly number[] = row.fields.some((field) => field === 'd' || field === 'vd')
      ? [...FIXED_WRITES[list.op[at]], list.d[at]]
      : FIXED_WRITES[list.op[at]];
    for (const slot of writes) {
      if (TEMPORARIES.has(slot)) defined.add(slot);
      else if (slot !== DISCARD) early ??= slotName(slot);
    }
  }
  return problems;
}
