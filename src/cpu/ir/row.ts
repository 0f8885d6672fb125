/** What an IR op row says: documentation, operands, effects and wasm body, for interpreter and region compiler alike. */

import { type Code, type FlagCode, L32, L64, type Scratch } from './code.ts';

/** Operand fields of a record, in the order in which a builder call names them. */
export type Field = 'd' | 'a' | 'b' | 'c' | 'imm' | 'immHigh' | VectorField;
/** The fields d, a, b, c where they hold v128 slots. */
export type VectorField = 'vd' | 'va' | 'vb' | 'vc';

interface Base<F extends readonly Field[]> {
  /** One line of documentation, in terms of the operands. */
  readonly doc: string;
  readonly fields: F;
}

/** Writes slot d (when it has one) with an i64, slot vd with a v128. */
export interface ValueRow<F extends readonly Field[] = readonly Field[]> extends Base<F> {
  readonly kind: 'value';
  readonly body: Code;
  /** Can raise a fault or take the slow path of memory. */
  readonly faults: boolean;
}
/** No result: fixed slots, memory, checks. */
export interface EffectRow<F extends readonly Field[] = readonly Field[]> extends Base<F> {
  readonly kind: 'effect';
  readonly body: Code;
  readonly faults: boolean;
}
/** Computes `r` from `x` and `y` (scratch locals), sets the flags, then writes d when it has one. */
export interface SetterRow<F extends readonly Field[] = readonly Field[]> extends Base<F> {
  readonly kind: 'setter';
  readonly width: 32 | 64;
  readonly result: Code;
  /** Expressions over `x`, `y` and `r`. */
  readonly flags: FlagCode;
}
/** Goes to the immediate VA when `cond` holds, else on to the next op. */
export interface BranchRow<F extends readonly Field[] = readonly Field[]> extends Base<F> {
  readonly kind: 'branch';
  readonly cond: Code;
}
/** Ends the block: goes to the immediate VA, or to the VA in a, and is then itself at the immediate VA. */
export interface GotoRow<F extends readonly Field[] = readonly Field[]> extends Base<F> {
  readonly kind: 'goto';
  readonly indirect: boolean;
  /** A direct call: X30 is the VA behind it. */
  readonly links?: boolean;
}
/**
 * Calls out to TypeScript, if `cond` holds where there is one: a is Rt's slot, imm the instruction word and the callout's
 * number. Never in a region.
 */
export interface CalloutRow<F extends readonly Field[] = readonly Field[]> extends Base<F> {
  readonly kind: 'callout';
  readonly cond?: Code;
}
/** Leaves the engine; patched over an op where a slice must end (law 4). Never in a region. */
export interface StopRow<F extends readonly Field[] = readonly Field[]> extends Base<F> {
  readonly kind: 'stop';
}
export type OpRow = ValueRow | EffectRow | SetterRow | BranchRow | GotoRow | CalloutRow | StopRow;

/** The scratch locals that a setter's flag expressions name. */
export const setterLocals = (width: 32 | 64): { x: Scratch; y: Scratch; r: Scratch } => {
  const locals = width === 64 ? L64 : L32;
  return { x: locals[0], y: locals[1], r: locals[2] };
};

type Shape<F extends readonly Field[]> = (doc: string, body: Code) => ValueRow<F>;
export const value =
  <const F extends readonly Field[]>(fields: F, faults = false): Shape<F> =>
  (doc, body) => ({
    kind: 'value',
    doc,
    fields,
    body,
    faults,
  });

export const constant = value(['d', 'imm']);
export const nullary = value(['d']);
export const unary = value(['d', 'a']);
export const binary = value(['d', 'a', 'b']);
export const ternary = value(['d', 'a', 'b', 'c']);
export const binaryImm = value(['d', 'a', 'b', 'imm']);
export const load = value(['d', 'a', 'imm'], true);

export const effect = <const F extends readonly Field[]>(
  doc: string,
  fields: F,
  body: Code,
  faults = false,
): EffectRow<F> => ({
  kind: 'effect',
  doc,
  fields,
  body,
  faults,
});
export const branch = <const F extends readonly Field[]>(doc: string, fields: F, cond: Code): BranchRow<F> => ({
  kind: 'branch',
  doc,
  fields,
  cond,
});
