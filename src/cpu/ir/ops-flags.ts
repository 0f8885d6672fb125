/** IR ops that set NZCV. */

import { C, N, V, Z } from '../slots.ts';
import { A, B, C3, type Code, type FlagCode, get, IMM_HIGH, i32c, i64c, type Scratch, set, use } from './code.ts';
import { i32, i64, select, w, zext } from './expr.ts';
import { effect, type Field, nullary, type SetterRow, setterLocals } from './row.ts';

type Width = 32 | 64;
const int = (width: Width) => (width === 64 ? i64 : i32);
const zero = (width: Width): Code => (width === 64 ? i64c(0) : i32c(0));

interface Locals {
  x: Scratch;
  y: Scratch;
  r: Scratch;
}
const negative = (width: Width, value: Code): Code => int(width).lt_s(value, zero(width));
const nz = (width: Width, { r }: Locals) => ({ N: negative(width, use(r)), Z: int(width).eqz(use(r)) });

/** Flags of x + y = r. */
function addFlags(width: Width): FlagCode {
  const locals = setterLocals(width);
  const { x, y, r } = locals;
  const op = int(width);
  return {
    ...nz(width, locals),
    C: op.lt_u(use(r), use(x)),
    V: negative(width, op.and(op.xor(use(x), use(r)), op.xor(use(y), use(r)))),
  };
}

/** Flags of x - y = r: C is "no borrow". */
function subFlags(width: Width): FlagCode {
  const locals = setterLocals(width);
  const { x, y, r } = locals;
  const op = int(width);
  return {
    ...nz(width, locals),
    C: op.ge_u(use(x), use(y)),
    V: negative(width, op.and(op.xor(use(x), use(y)), op.xor(use(x), use(r)))),
  };
}

/** Flags of x + y + carry = r, the carry in operand c (AddWithCarry). */
function adcFlags(width: Width): FlagCode {
  const { x, r } = setterLocals(width);
  const op = int(width);
  return {
    ...addFlags(width),
    C: i32.or(op.lt_u(use(r), use(x)), i32.and(op.eq(use(r), use(x)), w(C3))),
  };
}

const logicFlags = (width: Width): FlagCode => ({ ...nz(width, setterLocals(width)), C: i32c(0), V: i32c(0) });

/** Flags when operand c is not 0, else the immediate's upper word as NZCV in bits 3 to 0 (CCMP, CCMN). */
function conditional(flags: FlagCode): FlagCode {
  const pick = (code: Code, bit: number): Code => select(code, i32.and(i32.shr_u(IMM_HIGH, i32c(bit)), i32c(1)), w(C3));
  return { N: pick(flags.N, 3), Z: pick(flags.Z, 2), C: pick(flags.C, 1), V: pick(flags.V, 0) };
}

function setter<const F extends readonly Field[]>(
  doc: string,
  fields: F,
  width: Width,
  flags: FlagCode,
  result: (x: Code, y: Code) => Code,
): SetterRow<F> {
  const { x, y } = setterLocals(width);
  return { kind: 'setter', doc, fields, width, result: result(use(x), use(y)), flags };
}

/** N, Z and V of the low `bits` bits of a, as after an addition of that width (SETF8, SETF16). */
const narrowFlags = (bits: number): Code => [
  set(N, i32.and(i32.shr_u(w(A), i32c(bits - 1)), i32c(1))),
  set(Z, i32.eqz(i32.shl(w(A), i32c(32 - bits)))),
  set(V, i32.and(i32.xor(i32.shr_u(w(A), i32c(bits)), i32.shr_u(w(A), i32c(bits - 1))), i32c(1))),
];

const DAB = ['d', 'a', 'b'] as const;
const DABC = ['d', 'a', 'b', 'c'] as const;
const CCMP = ['a', 'b', 'c', 'immHigh'] as const;
const plusCarry =
  (width: Width) =>
  (x: Code, y: Code): Code =>
    width === 64 ? i64.add(i64.add(x, y), C3) : i32.add(i32.add(x, y), w(C3));

export const FLAG_OPS = {
  adds64: setter('d = a + b, flags', DAB, 64, addFlags(64), i64.add),
  adds32: setter('d = a + b, flags', DAB, 32, addFlags(32), i32.add),
  subs64: setter('d = a - b, flags', DAB, 64, subFlags(64), i64.sub),
  subs32: setter('d = a - b, flags', DAB, 32, subFlags(32), i32.sub),
  adcs64: setter('d = a + b + c, flags', DABC, 64, adcFlags(64), plusCarry(64)),
  adcs32: setter('d = a + b + c, flags', DABC, 32, adcFlags(32), plusCarry(32)),
  ands64: setter('d = a & b, flags', DAB, 64, logicFlags(64), i64.and),
  ands32: setter('d = a & b, flags', DAB, 32, logicFlags(32), i32.and),
  bics64: setter('d = a & ~b, flags', DAB, 64, logicFlags(64), (x, y) => i64.and(x, i64.xor(y, i64c(-1)))),
  bics32: setter('d = a & ~b, flags', DAB, 32, logicFlags(32), (x, y) => i32.and(x, i32.xor(y, i32c(-1)))),
  ccmp64: setter('flags of a - b if c, else NZCV = immHigh', CCMP, 64, conditional(subFlags(64)), i64.sub),
  ccmp32: setter('flags of a - b if c, else NZCV = immHigh', CCMP, 32, conditional(subFlags(32)), i32.sub),
  ccmn64: setter('flags of a + b if c, else NZCV = immHigh', CCMP, 64, conditional(addFlags(64)), i64.add),
  ccmn32: setter('flags of a + b if c, else NZCV = immHigh', CCMP, 32, conditional(addFlags(32)), i32.add),
  setf8: effect('N = a[7], Z = a[7:0] is 0, V = a[8] ^ a[7]', ['a'], narrowFlags(8)),
  setf16: effect('N = a[15], Z = a[15:0] is 0, V = a[16] ^ a[15]', ['a'], narrowFlags(16)),
  get_nzcv: nullary(
    'd = NZCV in bits 31 to 28, else 0',
    zext(
      i32.or(
        i32.or(i32.shl(get(N), i32c(31)), i32.shl(get(Z), i32c(30))),
        i32.or(i32.shl(get(C), i32c(29)), i32.shl(get(V), i32c(28))),
      ),
    ),
  ),
  set_nzcv: effect(
    'NZCV = a[31:28]',
    ['a'],
    [
      set(N, i32.and(i32.shr_u(w(A), i32c(31)), i32c(1))),
      set(Z, i32.and(i32.shr_u(w(A), i32c(30)), i32c(1))),
      set(C, i32.and(i32.shr_u(w(A), i32c(29)), i32c(1))),
      set(V, i32.and(i32.shr_u(w(A), i32c(28)), i32c(1))),
    ],
  ),
};
/** Operands of a setter as the width that its expressions use. */
export const setterOperand = (width: Width, operand: 'a' | 'b'): Code => {
  const token = operand === 'a' ? A : B;
  return width === 64 ? token : w(token);
};
