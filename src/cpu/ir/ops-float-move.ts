/** IR ops that move floating-point values or change their signs: bits alone, no flags. */

import { A128, B128, C3, type Code } from './code.ts';
import { i64, not, select, zext } from './expr.ts';
import { i32x4, i64x2, v128 } from './expr-vector.ts';
import { D, SHAPES, type Shape } from './ops-float-word.ts';
import { value } from './row.ts';

const words = (values: readonly number[]): Code => v128.constant([...new Uint8Array(Uint32Array.from(values).buffer)]);
const SIGN = 0x8000_0000;
const ALL = 0xffff_ffff;

/** A vector with the lanes of a shape, their top word and (in double precision) their low word given; else zeros. */
function lanes(shape: Shape, top: number, bottom: number): Code {
  const { size, lanes: count } = SHAPES[shape];
  return words(
    [0, 1, 2, 3].map((i) => {
      const lane = size === D ? i >>> 1 : i;
      if (lane >= count) return 0;
      return size === D && (i & 1) === 0 ? bottom : top;
    }),
  );
}

const unary = value(['vd', 'va']);
const selectRow = value(['vd', 'va', 'vb', 'c']);

/** The two changes of sign in one shape. */
const signOps = <const S extends Shape>(shape: S) =>
  ({
    [`fabs_${shape}`]: unary(`vd = va without signs, lanes ${shape}`, v128.and(A128, lanes(shape, ALL - SIGN, ALL))),
    [`fneg_${shape}`]: unary(
      `vd = va with opposite signs, lanes ${shape}`,
      v128.and(v128.xor(A128, lanes(shape, SIGN, 0)), lanes(shape, ALL, ALL)),
    ),
  }) as Record<`${'fabs' | 'fneg'}_${S}`, ReturnType<typeof unary>>;

const selectOp = (shape: 's' | 'd') =>
  selectRow(
    `vd = va when c is not 0, else vb, lanes ${shape}`,
    v128.and(select(A128, B128, not(i64.eqz(C3))), lanes(shape, ALL, ALL)),
  );

export const FLOAT_MOVE_OPS = {
  ...signOps('s'),
  ...signOps('d'),
  ...signOps('2s'),
  ...signOps('4s'),
  ...signOps('2d'),
  fcsel_s: selectOp('s'),
  fcsel_d: selectOp('d'),
  fmov_w_s: value(['d', 'va'])('d = va[31:0]', zext(i32x4.extract(A128, 0))),
  fmov_x_d: value(['d', 'va'])('d = va[63:0]', i64x2.extract(A128, 0)),
};
