/** The IR op table: every op once, from which interpreter, region compiler, printer and verifier are made. */

import type { Code } from './code.ts';
import { CONTROL_OPS } from './ops-control.ts';
import { FLAG_OPS } from './ops-flags.ts';
import { FLOAT_OPS } from './ops-float.ts';
import { INTEGER_OPS } from './ops-integer.ts';
import { MEMORY_OPS } from './ops-memory.ts';
import { PSTATE_OPS } from './ops-pstate.ts';
import { VECTOR_OPS } from './ops-vector.ts';
import type { OpRow } from './row.ts';

export const OPS = {
  ...INTEGER_OPS,
  ...FLAG_OPS,
  ...PSTATE_OPS,
  ...MEMORY_OPS,
  ...FLOAT_OPS,
  ...CONTROL_OPS,
  ...VECTOR_OPS,
} as const;
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

const forms = (Object.entries(OPS) as [OpName, OpRow][]).flatMap(([name, row]): OpCode[] =>
  hasImmediateForm(row)
    ? [
        { name, row, immB: false },
        { name, row, immB: true },
      ]
    : [{ name, row, immB: false }],
);

const LEAVES: ReadonlySet<string> = new Set(['slowLoad', 'slowStore', 'alignmentFault', 'stackFault']);

/** Whether code may leave the interpreter. */
function leaves(code: Code): boolean {
  if (typeof code === 'number') return false;
  if (!('kind' in code)) return code.some(leaves);
  if (code.kind === 'if') return leaves(code.cond) || leaves(code.then) || leaves(code.else);
  return code.kind === 'let' || code.kind === 'set' ? leaves(code.value) : LEAVES.has(code.kind);
}

/** An op on vectors that runs on to the next one in the interpreter. */
const isVectorOp = ({ row }: OpCode): boolean =>
  (row.kind === 'value' || row.kind === 'effect') &&
  row.fields.some((field) => field.startsWith('v')) &&
  !leaves(row.body);
const vectorOps = new Set(forms.filter(isVectorOp));
const others = forms.filter((op) => !vectorOps.has(op));

/** All ops by number; those on vectors that always run on come last. */
export const OP_CODES: readonly OpCode[] = [...others, ...vectorOps];
/** Number of the first of these. */
export const FIRST_VECTOR_OP = others.length;

/** The number of an op's form without an immediate. */
export const opNumber = (name: OpName): number => OP_CODES.findIndex((op) => op.name === name && !op.immB);
