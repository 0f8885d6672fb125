/** Operands that A64 computes before use: shifted and extended registers, conditions, signed fields. */

import { imm } from '../ir/builder.ts';
import { CONDITIONS } from '../ir/conditions.ts';
import type { Slot } from '../slots.ts';
import type { A64Ir } from './ir.ts';

/** A field of `width` bits as a two's complement number. */
export const signed = (field: number, width: number): number => (field << (32 - width)) >> (32 - width);

/** IR ops by the `shift` field, each for `sf` 0 and 1. */
const SHIFTS = [
  ['shl32', 'shl64'],
  ['shr32', 'shr64'],
  ['sar32', 'sar64'],
  ['ror32', 'ror64'],
] as const;

/** ShiftReg: Xm or Wm shifted by a constant; may use temporary 0. */
export function shiftedRegister(ir: A64Ir, sf: number, Rm: number, shift: number, amount: number): Slot {
  if (amount === 0) return ir.X(Rm);
  ir[SHIFTS[shift][sf]](ir.T(0), ir.X(Rm), imm(amount));
  return ir.T(0);
}

const SIGN_EXTENSIONS = ['sext8', 'sext16', 'sext32'] as const;
const ZERO_EXTENSIONS = [0xff, 0xffff, 0xffff_ffff].map(imm);

/** ExtendReg: part of Xm by the `option` field, extended to 64 bits and shifted left by `shift`; may use temporary 0. */
export function extendedRegister(ir: A64Ir, Rm: number, option: number, shift: number): Slot {
  const t = ir.T(0);
  const length = option & 3;
  let operand = ir.X(Rm);
  if (length < 3) {
    if (option & 4) ir[SIGN_EXTENSIONS[length]](t, operand);
    else ir.and64(t, operand, ZERO_EXTENSIONS[length]);
    operand = t;
  }
  if (shift > 0) {
    ir.shl64(t, operand, imm(shift));
    operand = t;
  }
  return operand;
}

/** ConditionHolds: `d` = 1 when the flags satisfy `cond`, else 0. */
export function condition(ir: A64Ir, d: Slot, cond: number): void {
  if (cond < CONDITIONS.length) ir[`cond_${CONDITIONS[cond].name}`](d);
  else ir.movi(d, 1);
}
