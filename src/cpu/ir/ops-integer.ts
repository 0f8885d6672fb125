/** IR ops of integer arithmetic and logic. Every 32-bit op zero-extends its result, as W registers do. */

import { C } from '../slots.ts';
import {
  A,
  assign,
  B,
  C3,
  type Code,
  type ConditionName,
  CRC_TABLES,
  get,
  IMM,
  i32c,
  i64c,
  i64hl,
  L32,
  L64,
  tee,
  use,
  when,
} from './code.ts';
import { CONDITIONS } from './conditions.ts';
import { i32, i64, select, w, zext } from './expr.ts';
import { binary, binaryImm, constant, nullary, ternary, unary } from './row.ts';

/** A shift amount taken modulo 64 or 32 is what wasm's shifts do by themselves, as LSLV and its kin want. */
const byWidth = (code: (x: Code, y: Code) => Code) => zext(code(w(A), w(B)));

const low32 = (x: Code): Code => i64.and(x, i64hl(0, 0xffff_ffff));

/** High half of a 64x64 product from four 32x32 products (Hacker's Delight, 8-2); `shift` is arithmetic for signed. */
function mulHigh(shift: (x: Code, y: Code) => Code): Code {
  const [x, y, t, u] = L64;
  const hi = (local: typeof x): Code => shift(use(local), i64c(32));
  return [
    assign(x, A),
    assign(y, B),
    assign(t, i64.add(i64.mul(hi(x), low32(use(y))), i64.shr_u(i64.mul(low32(use(x)), low32(use(y))), i64c(32)))),
    assign(u, i64.add(i64.mul(low32(use(x)), hi(y)), low32(use(t)))),
    i64.add(i64.add(i64.mul(hi(x), hi(y)), hi(t)), hi(u)),
  ];
}

const swapBytes = (x: Code, mask: Code, shift: number): Code => {
  const [t] = L64;
  return [
    assign(t, x),
    i64.or(i64.and(i64.shr_u(use(t), i64c(shift)), mask), i64.shl(i64.and(use(t), mask), i64c(shift))),
  ];
};
const BYTES = i64hl(0x00ff_00ff, 0x00ff_00ff);
const HALVES = i64hl(0x0000_ffff, 0x0000_ffff);
const BITS = i64hl(0x5555_5555, 0x5555_5555);
const PAIRS = i64hl(0x3333_3333, 0x3333_3333);
const NIBBLES = i64hl(0x0f0f_0f0f, 0x0f0f_0f0f);
const reverse16 = (x: Code): Code => swapBytes(x, BYTES, 8);
const reverse32 = (x: Code): Code => swapBytes(reverse16(x), HALVES, 16);
const reverse64 = (x: Code): Code => i64.rotl(reverse32(x), i64c(32));
const reverseBits = (x: Code): Code => reverse64(swapBytes(swapBytes(swapBytes(x, BITS, 1), PAIRS, 2), NIBBLES, 4));

/** CRC-32 over the low `bytes` bytes of B, one table step a byte; table 0 is CRC32, table 1 CRC32C. */
function crc(table: 0 | 1, bytes: number): Code {
  const [acc] = L32;
  const [value] = L64;
  const steps: Code[] = [assign(acc, w(A)), assign(value, B)];
  for (let i = 0; i < bytes; i++) {
    const index = i32.and(i32.xor(use(acc), w(i64.shr_u(use(value), i64c(i * 8)))), i32c(0xff));
    const entry = i32.load(i32.add(CRC_TABLES, i32.shl(index, i32c(2))), table * 1024);
    steps.push(assign(acc, i32.xor(entry, i32.shr_u(use(acc), i32c(8)))));
  }
  return [...steps, zext(use(acc))];
}

const divide = {
  s64: when(
    i64.eqz(tee(L64[1], B)),
    i64c(0),
    when(i64.eq(use(L64[1]), i64c(-1)), i64.sub(i64c(0), A), i64.div_s(A, use(L64[1])), 'i64'),
    'i64',
  ),
  u64: when(i64.eqz(tee(L64[1], B)), i64c(0), i64.div_u(A, use(L64[1])), 'i64'),
  s32: when(
    i32.eqz(tee(L32[1], w(B))),
    i64c(0),
    zext(when(i32.eq(use(L32[1]), i32c(-1)), i32.sub(i32c(0), w(A)), i32.div_s(w(A), use(L32[1])), 'i32')),
    'i64',
  ),
  u32: when(i32.eqz(tee(L32[1], w(B))), i64c(0), zext(i32.div_u(w(A), use(L32[1]))), 'i64'),
};

const conditionOps = Object.fromEntries(
  CONDITIONS.map(({ name, code }) => [
    `cond_${name}`,
    nullary(`d = 1 when the flags satisfy ${name}, else 0`, zext(code)),
  ]),
) as Record<`cond_${ConditionName}`, ReturnType<typeof nullary>>;

export const INTEGER_OPS = {
  movi: constant('d = imm', IMM),
  mov64: unary('d = a', A),
  mov32: unary('d = a, low 32 bits', zext(w(A))),
  add64: binary('d = a + b', i64.add(A, B)),
  add32: binary('d = a + b', byWidth(i32.add)),
  sub64: binary('d = a - b', i64.sub(A, B)),
  sub32: binary('d = a - b', byWidth(i32.sub)),
  and64: binary('d = a & b', i64.and(A, B)),
  or64: binary('d = a | b', i64.or(A, B)),
  xor64: binary('d = a ^ b', i64.xor(A, B)),
  bic64: binary('d = a & ~b', i64.and(A, i64.xor(B, i64c(-1)))),
  orn64: binary('d = a | ~b', i64.or(A, i64.xor(B, i64c(-1)))),
  eon64: binary('d = a ^ ~b', i64.xor(A, i64.xor(B, i64c(-1)))),
  and32: binary('d = a & b', byWidth(i32.and)),
  or32: binary('d = a | b', byWidth(i32.or)),
  xor32: binary('d = a ^ b', byWidth(i32.xor)),
  bic32: binary(
    'd = a & ~b',
    byWidth((x, y) => i32.and(x, i32.xor(y, i32c(-1)))),
  ),
  orn32: binary(
    'd = a | ~b',
    byWidth((x, y) => i32.or(x, i32.xor(y, i32c(-1)))),
  ),
  eon32: binary(
    'd = a ^ ~b',
    byWidth((x, y) => i32.xor(x, i32.xor(y, i32c(-1)))),
  ),
  not64: unary('d = ~a', i64.xor(A, i64c(-1))),
  not32: unary('d = ~a', zext(i32.xor(w(A), i32c(-1)))),
  shl64: binary('d = a << (b mod 64)', i64.shl(A, B)),
  shl32: binary('d = a << (b mod 32)', byWidth(i32.shl)),
  shr64: binary('d = a >> (b mod 64), zeros enter', i64.shr_u(A, B)),
  shr32: binary('d = a >> (b mod 32), zeros enter', byWidth(i32.shr_u)),
  sar64: binary('d = a >> (b mod 64), the sign enters', i64.shr_s(A, B)),
  sar32: binary('d = a >> (b mod 32), the sign enters', byWidth(i32.shr_s)),
  ror64: binary('d = a rotated right by b mod 64', i64.rotr(A, B)),
  ror32: binary('d = a rotated right by b mod 32', byWidth(i32.rotr)),
  sext8: unary('d = a[7:0], sign-extended to 64 bits', i64.extend8_s(A)),
  sext16: unary('d = a[15:0], sign-extended to 64 bits', i64.extend16_s(A)),
  sext32: unary('d = a[31:0], sign-extended to 64 bits', i64.extend32_s(A)),
  extr64: binaryImm(
    'd = bits [imm + 63 : imm] of a:b, imm 1 to 63',
    i64.or(i64.shl(A, i64.sub(i64c(64), IMM)), i64.shr_u(B, IMM)),
  ),
  extr32: binaryImm(
    'd = bits [imm + 31 : imm] of a[31:0]:b[31:0], imm 1 to 31',
    zext(i32.or(i32.shl(w(A), i32.sub(i32c(32), w(IMM))), i32.shr_u(w(B), w(IMM)))),
  ),
  mul64: binary('d = a * b', i64.mul(A, B)),
  madd64: ternary('d = c + a * b', i64.add(C3, i64.mul(A, B))),
  madd32: ternary('d = c + a * b', zext(i32.add(w(C3), i32.mul(w(A), w(B))))),
  msub64: ternary('d = c - a * b', i64.sub(C3, i64.mul(A, B))),
  msub32: ternary('d = c - a * b', zext(i32.sub(w(C3), i32.mul(w(A), w(B))))),
  smulh: binary('d = bits [127:64] of the signed product a * b', mulHigh(i64.shr_s)),
  umulh: binary('d = bits [127:64] of the unsigned product a * b', mulHigh(i64.shr_u)),
  sdiv64: binary('d = a / b signed, rounded to zero; 0 when b is 0', divide.s64),
  udiv64: binary('d = a / b unsigned; 0 when b is 0', divide.u64),
  sdiv32: binary('d = a / b signed, rounded to zero; 0 when b is 0', divide.s32),
  udiv32: binary('d = a / b unsigned; 0 when b is 0', divide.u32),
  clz64: unary('d = leading zero bits of a', i64.clz(A)),
  clz32: unary('d = leading zero bits of a[31:0]', zext(i32.clz(w(A)))),
  cls64: unary(
    'd = leading bits of a equal to its sign, less one',
    i64.sub(i64.clz(i64.xor(A, i64.shr_s(A, i64c(63)))), i64c(1)),
  ),
  cls32: unary(
    'd = leading bits of a[31:0] equal to its sign, less one',
    zext(i32.sub(i32.clz(i32.xor(w(A), i32.shr_s(w(A), i32c(31)))), i32c(1))),
  ),
  rbit64: unary('d = a with its bits reversed', reverseBits(A)),
  rbit32: unary('d = a[31:0] with its bits reversed', i64.shr_u(reverseBits(A), i64c(32))),
  rev16_64: unary('d = a with the bytes of each halfword reversed', reverse16(A)),
  rev16_32: unary('d = a[31:0] with the bytes of each halfword reversed', low32(reverse16(A))),
  rev32_64: unary('d = a with the bytes of each word reversed', reverse32(A)),
  rev32_32: unary('d = a[31:0] with its bytes reversed', low32(reverse32(A))),
  rev64: unary('d = a with its bytes reversed', reverse64(A)),
  select64: ternary('d = a when c is not 0, else b', select(A, B, i32.eqz(i64.eqz(C3)))),
  select32: ternary('d = a when c is not 0, else b, low 32 bits', zext(w(select(A, B, i32.eqz(i64.eqz(C3)))))),
  smax64: binary('d = larger of a and b, signed', select(A, B, i64.gt_s(A, B))),
  smin64: binary('d = smaller of a and b, signed', select(A, B, i64.lt_s(A, B))),
  umax64: binary('d = larger of a and b, unsigned', select(A, B, i64.gt_u(A, B))),
  umin64: binary('d = smaller of a and b, unsigned', select(A, B, i64.lt_u(A, B))),
  carry: nullary('d = C', zext(get(C))),
  adc64: ternary('d = a + b + c', i64.add(i64.add(A, B), C3)),
  adc32: ternary('d = a + b + c', zext(i32.add(i32.add(w(A), w(B)), w(C3)))),
  crc32b: binary('d = CRC-32 of a[31:0] over b[7:0]', crc(0, 1)),
  crc32h: binary('d = CRC-32 of a[31:0] over b[15:0]', crc(0, 2)),
  crc32w: binary('d = CRC-32 of a[31:0] over b[31:0]', crc(0, 4)),
  crc32x: binary('d = CRC-32 of a[31:0] over b', crc(0, 8)),
  crc32cb: binary('d = CRC-32C of a[31:0] over b[7:0]', crc(1, 1)),
  crc32ch: binary('d = CRC-32C of a[31:0] over b[15:0]', crc(1, 2)),
  crc32cw: binary('d = CRC-32C of a[31:0] over b[31:0]', crc(1, 4)),
  crc32cx: binary('d = CRC-32C of a[31:0] over b', crc(1, 8)),
  branch_target_tbi0: unary(
    'd = branch address a where TBI0 alone applies: bits 63 to 56 cleared when bit 55 is 0 (AArch64.BranchAddr)',
    [
      assign(L64[0], A),
      select(
        i64.and(use(L64[0]), i64hl(0x00ff_ffff, 0xffff_ffff)),
        use(L64[0]),
        i64.eqz(i64.and(use(L64[0]), i64hl(0x0080_0000, 0))),
      ),
    ],
  ),
  branch_target_tbi1: unary(
    'd = branch address a where TBI1 alone applies: bits 63 to 56 set when bit 55 is 1 (AArch64.BranchAddr)',
    [
      assign(L64[0], A),
      select(
        use(L64[0]),
        i64.or(use(L64[0]), i64hl(0xff00_0000, 0)),
        i64.eqz(i64.and(use(L64[0]), i64hl(0x0080_0000, 0))),
      ),
    ],
  ),
  branch_target_tbi01: unary(
    'd = branch address a where TBI0 and TBI1 apply: bits 63 to 56 copy bit 55 (AArch64.BranchAddr)',
    i64.shr_s(i64.shl(A, i64c(8)), i64c(8)),
  ),
  branch_target_el2: unary(
    'd = branch address a where TCR_EL2.TBI applies: bits 63 to 56 cleared (AArch64.BranchAddr)',
    i64.and(A, i64hl(0x00ff_ffff, 0xffff_ffff)),
  ),
  ...conditionOps,
};
