/** Advanced SIMD modified immediate: DDI 0487, the class of that name, and `AdvSIMDExpandImm`. */

import { type Imm, imm, immOf } from '../ir/builder.ts';
import { Q, TV } from '../slots.ts';
import { complement } from './bitmask.ts';
import { simd } from './insn.ts';
import type { A64Ir } from './ir.ts';
import { everyLane, result, vectorBytes } from './simd-operands.ts';

const twice = (word: number): Imm => immOf(word, word);

/** imm8 as the sign, the exponent and the upper fraction of a 32-bit floating-point number (VFPExpandImm). */
const single = (imm8: number): number => {
  const exponent = imm8 & 0x40 ? 0x1f << 25 : 1 << 30;
  return ((imm8 & 0x80) << 24) | exponent | ((imm8 & 0x3f) << 19);
};
/** The upper half of the 64-bit one, whose lower half is zero. */
const double = (imm8: number): number => {
  const exponent = imm8 & 0x40 ? 0xff << 22 : 1 << 30;
  return ((imm8 & 0x80) << 24) | exponent | ((imm8 & 0x3f) << 16);
};
/** Each bit of imm8 as a byte. */
const bytesOf = (imm8: number): Imm => {
  const word = (nibble: number) =>
    [0, 1, 2, 3].reduce((sum, bit) => sum | ((nibble >> bit) & 1 ? 0xff << (8 * bit) : 0), 0);
  return immOf(word(imm8 >> 4), word(imm8 & 15));
};

/** AdvSIMDExpandImm for cmode and op, without the complement that MVNI and BIC take. */
function expand(cmode: number, op: number, imm8: number): Imm {
  if (cmode < 8) return twice(imm8 << (8 * (cmode >> 1)));
  if (cmode < 12) return everyLane(1, imm(imm8 << (8 * ((cmode >> 1) & 1))));
  if (cmode === 12) return twice((imm8 << 8) | 0xff);
  if (cmode === 13) return twice((imm8 << 16) | 0xffff);
  if (cmode === 14) return op === 0 ? everyLane(0, imm(imm8)) : bytesOf(imm8);
  return op === 0 ? twice(single(imm8)) : immOf(double(imm8), 0);
}

type Mnemonic = 'MOVI' | 'MVNI' | 'ORR' | 'BIC' | 'FMOV';
function mnemonic(cmode: number, op: number): Mnemonic {
  if (cmode === 15) return 'FMOV';
  if (cmode === 14) return 'MOVI';
  const combines = cmode < 12 && (cmode & 1) === 1;
  if (combines) return op === 0 ? 'ORR' : 'BIC';
  return op === 0 ? 'MOVI' : 'MVNI';
}

function emit(ir: A64Ir, name: Mnemonic, value: Imm, q: number, Rd: number): void {
  if (name === 'ORR' || name === 'BIC') {
    ir.vconst(TV[1], value);
    return result(ir, vectorBytes(q), Rd, (d) => ir[name === 'ORR' ? 'vorr' : 'vbic'](d, Q[Rd], TV[1]));
  }
  result(ir, vectorBytes(q), Rd, (d) => ir.vconst(d, name === 'MVNI' ? complement(value) : value));
}

/** All values of op:cmode: each is a row, more specific than the shifts whose immh is not 0. */
export const SIMD_IMMEDIATE = Array.from({ length: 32 }, (_, i) => [i & 15, i >> 4] as const).map(([cmode, op]) => {
  const name = mnemonic(cmode, op);
  const bits = cmode.toString(2).padStart(4, '0') as `${'0' | '1'}${string}`;
  return simd(
    `${name} (vector, immediate, op ${op}, cmode ${bits})`,
    `0 Q:1 ${op as 0 | 1} 0111100000 abc:3 ${bits} 0 1 defgh:5 Rd`,
    (ir, { Q: q, abc, defgh, Rd }: Record<'Q' | 'abc' | 'defgh' | 'Rd', number>) => {
      if (cmode === 15 && op === 1 && q === 0) return ir.undefined();
      emit(ir, name, expand(cmode, op, (abc << 5) | defgh), q, Rd);
    },
  );
});
