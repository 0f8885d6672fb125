/** What the Advanced SIMD rows share: IR ops by lane size, and vectors of which only a part counts. */

import type { Imm } from '../ir/builder.ts';
import { immOf } from '../ir/builder.ts';
import type { OPS, OpName } from '../ir/ops.ts';
import { Q, type Slot, TV } from '../slots.ts';
import type { A64Ir } from './ir.ts';

/** Fixed bits of an encoding diagram, in tables that fill them in. */
export type Bits = `${'0' | '1'}${string}`;

/** Names of the IR ops with such fields. */
type WithFields<F extends readonly string[]> = {
  [K in OpName]: (typeof OPS)[K]['fields'] extends F ? K : never;
}[OpName];
export type UnaryOp = WithFields<readonly ['vd', 'va']>;
export type BinaryOp = WithFields<readonly ['vd', 'va', 'vb']>;
export type UnaryImmOp = WithFields<readonly ['vd', 'va', 'imm']>;

/** Ops of one kind by the `size` field; undefined where there is none. */
export type BySize<Op> = readonly (Op | undefined)[];
export const bhsd = <const N extends string>(name: N) => [`${name}_b`, `${name}_h`, `${name}_s`, `${name}_d`] as const;
export const bhs = <const N extends string>(name: N) => [`${name}_b`, `${name}_h`, `${name}_s`, undefined] as const;
export const hs = <const N extends string>(name: N) => [undefined, `${name}_h`, `${name}_s`, undefined] as const;
export const onlyB = <const N extends string>(name: N) => [name, undefined, undefined, undefined] as const;
/** By the `size` field of the narrow lanes: the ops on lanes of twice the width. */
export const wide = <const N extends string>(name: N) => [`${name}_h`, `${name}_s`, `${name}_d`, undefined] as const;

export const ADD = bhsd('vadd');
export const SUB = bhsd('vsub');

/** Ops that keep the low bytes of a vector, by their number. */
const KEEP: Readonly<Record<number, 'vlow_b' | 'vlow_h' | 'vlow_s' | 'vlow_d'>> = {
  1: 'vlow_b',
  2: 'vlow_h',
  4: 'vlow_s',
  8: 'vlow_d',
};

/** `to` = the low bytes of `from`, zeros above; 16 keeps all. */
export function keep(ir: A64Ir, bytes: number, to: Slot, from: Slot): void {
  if (bytes === 16) ir.vmov(to, from);
  else ir[KEEP[bytes]](to, from);
}

/** Vn with zeros above its low bytes, in a temporary where that is needed. */
export function source(ir: A64Ir, bytes: number, n: number, temporary: Slot): Slot {
  if (bytes === 16) return Q[n];
  keep(ir, bytes, temporary, Q[n]);
  return temporary;
}

/** Vd = the low bytes of what `compute` puts into the slot that it is given. */
export function result(ir: A64Ir, bytes: number, Rd: number, compute: (to: Slot) => void): void {
  if (bytes === 16) return compute(Q[Rd]);
  compute(TV[0]);
  keep(ir, bytes, Q[Rd], TV[0]);
}

/** Bytes of a vector by its `Q` bit. */
export const vectorBytes = (q: number): 8 | 16 => (q === 0 ? 8 : 16);

/** The immediate with which `vpick` repeats lane `index` of 8 << size bits. */
export function lane(size: number, index: number): Imm {
  const bytes = 1 << size;
  const at = (i: number): number => index * bytes + (i % bytes);
  const word = (from: number): number => at(from) | (at(from + 1) << 8) | (at(from + 2) << 16) | (at(from + 3) << 24);
  return immOf(word(4), word(0));
}

/** `value` of 8 << size bits in every lane of 64 bits. */
export function everyLane(size: number, value: Imm): Imm {
  if (size === 3) return value;
  const bits = 8 << size;
  let word = value.lo & (bits === 32 ? -1 : (1 << bits) - 1);
  for (let filled = bits; filled < 32; filled *= 2) word |= word << filled;
  return immOf(word, word);
}
