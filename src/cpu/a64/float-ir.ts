/** What floating-point rows share: their feature, and the choice of the IR op for a function and a shape. */

import type { Fields } from '../decode/pattern.ts';
import { FLOAT_BINARY_OPS, FLOAT_UNARY_OPS } from '../ir/ops-float-arithmetic.ts';
import { FLOAT_CONVERT_OPS } from '../ir/ops-float-convert.ts';
import { FLOAT_CONVERT_VECTOR_OPS } from '../ir/ops-float-convert-vector.ts';
import { D, type FloatFunction, packFloatWord, S, type Shape, shapedWord } from '../ir/ops-float-word.ts';
import { type Slot, TV } from '../slots.ts';
import { type A64Row, simd } from './insn.ts';
import type { A64Ir } from './ir.ts';

export type FusedFunction = 'fmadd' | 'fmsub' | 'fnmadd' | 'fnmsub';

/** A row of scalar floating point. */
export const floatInsn = <const P extends string>(
  name: string,
  text: P,
  emit: (ir: A64Ir, fields: Fields<P>) => void,
): A64Row => simd(name, text, emit, 'FEAT_FP');

const FAST_UNARY_OPS = { ...FLOAT_UNARY_OPS, ...FLOAT_CONVERT_VECTOR_OPS };

/** Whether a fast op has that name. */
const isIn = <T extends object>(ops: T, name: string): name is keyof T & string => Object.hasOwn(ops, name);

/**
 * The shape of the fast op for one that has none of its own: `2s` runs as `4s` with zeros in the upper lanes, of which
 * every function but division makes zeros.
 */
const fastShape = (fn: FloatFunction, shape: Shape): Shape => (shape === '2s' && fn !== 'fdiv' ? '4s' : shape);

/** A vector of a shape: with zeros above the lanes of `2s`, in a temporary. */
function operand(ir: A64Ir, shape: Shape, slot: Slot, temporary: Slot): Slot {
  if (shape !== '2s') return slot;
  ir.vlow_d(temporary, slot);
  return temporary;
}

/** d = fn(a), lane by lane; may use vector temporary 2. */
export function floatUnary(ir: A64Ir, fn: FloatFunction, shape: Shape, d: Slot, a: Slot): void {
  const name = `${fn}_${fastShape(fn, shape)}`;
  const word = shapedWord(fn, shape);
  if (isIn(FAST_UNARY_OPS, name)) ir[name](d, operand(ir, shape, a, TV[2]), word);
  else ir.float(d, a, a, a, word);
}

/** d = fn(a, b), lane by lane; may use vector temporaries 2 and 3. */
export function floatBinary(ir: A64Ir, fn: FloatFunction, shape: Shape, d: Slot, a: Slot, b: Slot): void {
  const name = `${fn}_${fastShape(fn, shape)}`;
  const word = shapedWord(fn, shape);
  if (isIn(FLOAT_BINARY_OPS, name)) ir[name](d, operand(ir, shape, a, TV[2]), operand(ir, shape, b, TV[3]), word);
  else ir.float(d, a, b, a, word);
}

/** Shapes with fewer lanes than a register has, as which of them a comparison runs, and what cuts its masks off. */
const PARTS = {
  s: { whole: '4s', keep: 'vlow_s' },
  d: { whole: '2d', keep: 'vlow_d' },
  '2s': { whole: '4s', keep: 'vlow_d' },
} as const;

/** d = ones in lanes where fn(a, b) holds, else zeros; may use vector temporaries 2 and 3. */
export function floatMask(ir: A64Ir, fn: 'fcmeq' | 'fcmge' | 'fcmgt', shape: Shape, d: Slot, a: Slot, b: Slot): void {
  const word = shapedWord(fn, shape);
  if (shape === '4s' || shape === '2d') return ir[`${fn}_${shape}`](d, a, b, word);
  const { whole, keep } = PARTS[shape];
  const [x, y] = [TV[2], TV[3]];
  ir[keep](x, a);
  ir[keep](y, b);
  ir[`${fn}_${whole}`](x, x, y, word);
  ir[keep](d, x);
}

/** d = fn(a, b, c), lane by lane; may use vector temporaries 1 to 3. */
export function floatFused(ir: A64Ir, fn: FusedFunction, shape: Shape, d: Slot, a: Slot, b: Slot, c: Slot): void {
  const [x, y, z] = [operand(ir, shape, a, TV[2]), operand(ir, shape, b, TV[3]), operand(ir, shape, c, TV[1])];
  ir[`${fn}_${shape === '2s' ? '4s' : shape}`](d, x, y, z, shapedWord(fn, shape));
}

/** Xd or Wd = fn(a); `type` 1 is double precision. */
export function floatToGeneral(ir: A64Ir, fn: FloatFunction, sf: number, type: number, d: Slot, a: Slot): void {
  const name = `${fn}_${sf ? 'x' : 'w'}_${type ? 'd' : 's'}`;
  const word = packFloatWord({ fn, from: type ? D : S, to: sf ? D : S, lanes: 1 });
  if (isIn(FLOAT_CONVERT_OPS, name)) ir[name](d, a, word);
  else ir.float_to_x(d, a, word);
}

/** d = fn(Xn or Wn). */
export function generalToFloat(ir: A64Ir, fn: 'scvtf' | 'ucvtf', sf: number, type: number, d: Slot, a: Slot): void {
  const word = packFloatWord({ fn, from: sf ? D : S, to: type ? D : S, lanes: 1 });
  ir[`${fn}_${type ? 'd' : 's'}_${sf ? 'x' : 'w'}`](d, a, word);
}

/** The shape of a vector by Q and sz; undefined where it is reserved. */
export const vectorShape = (Q: number, sz: number): Shape | undefined =>
  sz ? (Q ? '2d' : undefined) : Q ? '4s' : '2s';
/** The shape of a scalar by sz or ptype. */
export const scalarShape = (sz: number): 's' | 'd' => (sz ? 'd' : 's');
