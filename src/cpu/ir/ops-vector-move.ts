/** IR ops that move vectors, lanes and general registers into each other. */

import { A, A128, B, B128, IMM, i32c } from './code.ts';
import { i32, w } from './expr.ts';
import { i8x16, i16x8, i32x4, i64x2, v128 } from './expr-vector.ts';
import { value } from './row.ts';
import { BHSD, LANES, type Letter, perLane, unaryImmV, unaryV, ZEROS } from './vector-lanes.ts';

const bytes = (of: (i: number) => number) => v128.constant(Array.from({ length: 16 }, (_, i) => of(i)));
const IOTA = bytes((i) => i);
/** Each lane its own number. */
const NUMBERS = {
  b: IOTA,
  h: bytes((i) => (i % 2 === 0 ? i / 2 : 0)),
  s: bytes((i) => (i % 4 === 0 ? i / 4 : 0)),
  d: bytes((i) => (i === 8 ? 1 : 0)),
};

const fromX = value(['vd', 'a']);
const insert = value(['vd', 'va', 'b', 'imm']);
const fromBoth = value(['vd', 'va', 'vb', 'imm']);

/** A vector with the low bits of operand b, or the immediate, in every lane. */
const splat = (letter: Letter, x: typeof A) =>
  letter === 'd' ? i64x2.splat(x) : { b: i8x16, h: i16x8, s: i32x4 }[letter].splat(w(x));

export const VECTOR_MOVE_OPS = {
  vmov: unaryV('vd = va', A128),
  vconst: value(['vd', 'imm'])('each half of vd = imm', i64x2.splat(IMM)),
  vfrom: fromX('vd = a, the upper half 0', i64x2.replace(ZEROS, 0, A)),
  ...perLane('vlow', BHSD, ({ bits }) =>
    unaryV(
      `vd = va[${bits - 1}:0], zeros above`,
      v128.and(
        A128,
        bytes((i) => (i < bits / 8 ? 0xff : 0)),
      ),
    ),
  ),
  ...perLane('vsplat', BHSD, ({ letter, bits }) => fromX(`each lane of vd = a[${bits - 1}:0]`, splat(letter, A))),
  ...perLane('vinsert', BHSD, ({ letter, bits }) =>
    insert(
      `vd = va with b[${bits - 1}:0] in lane imm`,
      v128.bitselect(splat(letter, B), A128, LANES[letter].eq(NUMBERS[letter], splat(letter, IMM))),
    ),
  ),
  vextract: value(['d', 'va', 'imm'])(
    'd = va[8 * imm + 63 : 8 * imm], zeros past its end',
    i64x2.extract(v128.swizzle(A128, i8x16.add(IOTA, i8x16.splat(w(IMM)))), 0),
  ),
  vpick: unaryImmV(
    'byte i of each half of vd = byte of va with the number in byte i of imm',
    v128.swizzle(A128, i64x2.splat(IMM)),
  ),
  vext: fromBoth(
    'vd = the 16 bytes from byte imm of vb:va, imm 0 to 15',
    v128.or(
      v128.swizzle(A128, i8x16.add(IOTA, i8x16.splat(w(IMM)))),
      v128.swizzle(B128, i8x16.add(IOTA, i8x16.splat(i32.sub(w(IMM), i32c(16))))),
    ),
  ),
};
