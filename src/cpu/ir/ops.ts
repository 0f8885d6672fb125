/** The IR op table: every op once, from which interpreter, region compiler, printer and verifier are made. */

import { CONTROL_OPS } from './ops-control.ts';
import { FLAG_OPS } from './ops-flags.ts';
import { INTEGER_OPS } from './ops-integer.ts';
import { MEMORY_OPS } from './ops-memory.ts';
import type { OpRow } from './row.ts';

export const OPS = { ...INTEGER_OPS, ...FLAG_OPS, ...MEMORY_OPS, ...CONTROL_OPS } as const;
export type OpName = keyof typeof OPS;

/** An op as records name it: `immB` when operand b is the record's immediate. */
export interface OpCode {
  readonly name: OpName;
  readonly row: OpRow;
  readonly immB: boolean;
}

/** A variant with an immediate b exists for ops with an operand b and no other use of the record's upper half. */
const hasImmediateForm = (row: OpRow): boolean =>
  row.fields.includes('b') && !row.fields.some((f) => f === 'c' || f === 'imm' || f === 'immHigh');

/** All ops by number. */
export const OP_CODES: readonly OpCode[] = (Object.entries(OPS) as [OpName, OpRow][]).flatMap(([name, row]) =>
  hasImmediateForm(row)
    ? [
        { name, row, immB: false },
        { name, row, immB: true },
      ]
    : [{ name, row, immB: false }],
);

const numbers = new Map(OP_CODES.map((op, number) => [op.immB ? `${op.name}/imm` : op.name, number]));

/** The number of an op. Throws when it has no such form. */
export function opNumber(name: OpName, immB = false): number {
  const number = numbers.get(immB ? `${name}/imm` : name);
  if (number === undefined) throw new Error(`op ${name} has no immediate form`);
  return number;
}
