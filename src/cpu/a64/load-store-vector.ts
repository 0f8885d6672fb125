/** Loads and stores of one SIMD&FP register or two: DDI 0487, "Loads and Stores", where V is 1. */

import type { Fields } from '../decode/pattern.ts';
import { imm } from '../ir/builder.ts';
import { type Slot, ZERO } from '../slots.ts';
import { simd } from './insn.ts';
import type { A64Ir } from './ir.ts';
import { checkVectorAligned, loadVector, QUADWORD, storeVector } from './memory-vector.ts';
import { extendedRegister, signed } from './operands.ts';

const LOAD_OR_STORE = [
  { name: 'ST', L: '0', write: true },
  { name: 'LD', L: '1', write: false },
] as const;
/** Of opc and size, what chooses B, H, S, D; and the form of Q. */
const SIZES = [
  { form: 'SIMD&FP', size: 'size', opc: '0', quadword: false },
  { form: '128-bit SIMD&FP', size: '00', opc: '1', quadword: true },
] as const;

/** Fields of a row whose size is fixed have none. */
type Operands<F extends string> = Readonly<Record<F | 'Rn' | 'Rt', number>> & { readonly size?: number };

function access(ir: A64Ir, write: boolean, log2: number, base: Slot, offset: number, Rt: number): void {
  checkVectorAligned(ir, write, log2, base, offset);
  if (write) storeVector(ir, log2, base, Rt, offset);
  else loadVector(ir, log2, 0, base, offset).put(Rt);
}

const singles = LOAD_OR_STORE.flatMap(({ name, L, write }) =>
  SIZES.flatMap(({ form, size: sizeBits, opc, quadword }) => {
    const log2Of = (size: number): number => (quadword ? QUADWORD : size);
    return [
      simd(
        `${name}UR (${form})`,
        `${sizeBits} 111100 ${opc} ${L} 0 imm9 00 Rn Rt`,
        (ir, { size = 0, imm9, Rn, Rt }: Operands<'imm9'>) => {
          ir.checkBase(Rn);
          access(ir, write, log2Of(size), ir.XSP(Rn), signed(imm9, 9), Rt);
        },
        'FEAT_FP',
      ),
      simd(
        `${name}R (immediate, ${form}, post-index)`,
        `${sizeBits} 111100 ${opc} ${L} 0 imm9 01 Rn Rt`,
        (ir, { size = 0, imm9, Rn, Rt }: Operands<'imm9'>) => {
          ir.checkBase(Rn);
          access(ir, write, log2Of(size), ir.XSP(Rn), 0, Rt);
          ir.add64(ir.XSP(Rn), ir.XSP(Rn), imm(signed(imm9, 9)));
        },
        'FEAT_FP',
      ),
      simd(
        `${name}R (immediate, ${form}, pre-index)`,
        `${sizeBits} 111100 ${opc} ${L} 0 imm9 11 Rn Rt`,
        (ir, { size = 0, imm9, Rn, Rt }: Operands<'imm9'>) => {
          const offset = signed(imm9, 9);
          ir.checkBase(Rn);
          access(ir, write, log2Of(size), ir.XSP(Rn), offset, Rt);
          ir.add64(ir.XSP(Rn), ir.XSP(Rn), imm(offset));
        },
        'FEAT_FP',
      ),
      simd(
        `${name}R (register, ${form})`,
        `${sizeBits} 111100 ${opc} ${L} 1 Rm option S 10 Rn Rt`,
        (ir, { size = 0, Rm, option, S, Rn, Rt }: Operands<'Rm' | 'option' | 'S'>) => {
          if ((option & 2) === 0) return ir.undefined();
          const log2 = log2Of(size);
          ir.checkBase(Rn);
          ir.add64(ir.T(1), ir.XSP(Rn), extendedRegister(ir, Rm, option, S ? log2 : 0));
          access(ir, write, log2, ir.T(1), 0, Rt);
        },
        'FEAT_FP',
      ),
      simd(
        `${name}R (immediate, ${form}, unsigned offset)`,
        `${sizeBits} 111101 ${opc} ${L} imm12 Rn Rt`,
        (ir, { size = 0, imm12, Rn, Rt }: Operands<'imm12'>) => {
          const log2 = log2Of(size);
          ir.checkBase(Rn);
          access(ir, write, log2, ir.XSP(Rn), imm12 << log2, Rt);
        },
        'FEAT_FP',
      ),
    ];
  }),
);

const literal = simd(
  'LDR (literal, SIMD&FP)',
  'opc 011 1 00 imm19 Rt',
  (ir, { opc, imm19, Rt }) => {
    if (opc === 3) return ir.undefined();
    access(ir, false, 2 + opc, ZERO, ir.va + signed(imm19, 19) * 4, Rt);
  },
  'FEAT_FP',
);

type Pair = Fields<'opc imm7 Rt2 Rn Rt'>;
/** Where an addressing mode uses the immediate: `offset` times in the address, and as write-back. */
const MODES = [
  { name: 'NP (SIMD&FP)', bits: '000', offset: 1, writeBack: false },
  { name: 'P (SIMD&FP, post-index)', bits: '001', offset: 0, writeBack: true },
  { name: 'P (SIMD&FP, signed offset)', bits: '010', offset: 1, writeBack: false },
  { name: 'P (SIMD&FP, pre-index)', bits: '011', offset: 1, writeBack: true },
] as const;

/** Both registers of a load are written after both accesses; when they are one, as in QEMU the second value remains. */
function pair(ir: A64Ir, write: boolean, mode: (typeof MODES)[number], { opc, imm7, Rt2, Rn, Rt }: Pair): void {
  if (opc === 3) return ir.undefined();
  const log2 = 2 + opc;
  const base = ir.XSP(Rn);
  const step = signed(imm7, 7) * (1 << log2);
  const offset = mode.offset * step;
  const second = offset + (1 << log2);
  ir.checkBase(Rn);
  checkVectorAligned(ir, write, log2, base, offset);
  if (write) {
    storeVector(ir, log2, base, Rt, offset);
    storeVector(ir, log2, base, Rt2, second);
  } else {
    const values = [loadVector(ir, log2, 0, base, offset), loadVector(ir, log2, 1, base, second)];
    values[0].put(Rt);
    values[1].put(Rt2);
  }
  if (mode.writeBack) ir.add64(base, base, imm(step));
}
const pairs = LOAD_OR_STORE.flatMap(({ name, L, write }) =>
  MODES.map((mode) =>
    simd(
      `${name}${mode.name}`,
      `opc 101 1 ${mode.bits} ${L} imm7 Rt2 Rn Rt`,
      (ir, fields) => pair(ir, write, mode, fields),
      'FEAT_FP',
    ),
  ),
);

export const LOAD_STORE_VECTOR = [...singles, literal, ...pairs];
