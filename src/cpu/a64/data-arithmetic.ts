/** Addition and subtraction of registers: DDI 0487, "Data Processing -- Register", add/subtract classes. */

import { insn } from './insn.ts';
import { extendedRegister, shiftedRegister } from './operands.ts';

/** Name, bits 30 and 29 (op, S), and IR ops for `sf` 0 and 1. */
export const ADD_SUBTRACT = [
  { name: 'ADD', opS: '0 0', op: ['add32', 'add64'], setsFlags: false },
  { name: 'ADDS', opS: '0 1', op: ['adds32', 'adds64'], setsFlags: true },
  { name: 'SUB', opS: '1 0', op: ['sub32', 'sub64'], setsFlags: false },
  { name: 'SUBS', opS: '1 1', op: ['subs32', 'subs64'], setsFlags: true },
] as const;

/** The same with carry: subtraction adds the complement. */
const WITH_CARRY = [
  { name: 'ADC', opS: '0 0', op: ['adc32', 'adc64'], inverted: false },
  { name: 'ADCS', opS: '0 1', op: ['adcs32', 'adcs64'], inverted: false },
  { name: 'SBC', opS: '1 0', op: ['adc32', 'adc64'], inverted: true },
  { name: 'SBCS', opS: '1 1', op: ['adcs32', 'adcs64'], inverted: true },
] as const;

const shifted = ADD_SUBTRACT.map(({ name, opS, op }) =>
  insn(`${name} (shifted register)`, `sf ${opS} 01011 shift 0 Rm imm6 Rn Rd`, (ir, { sf, shift, Rm, imm6, Rn, Rd }) => {
    if (shift === 3 || (!sf && imm6 > 31)) return ir.undefined();
    ir[op[sf]](ir.Xd(Rd), ir.X(Rn), shiftedRegister(ir, sf, Rm, shift, imm6));
  }),
);

const extended = ADD_SUBTRACT.map(({ name, opS, op, setsFlags }) =>
  insn(
    `${name} (extended register)`,
    `sf ${opS} 01011 00 1 Rm option imm3 Rn Rd`,
    (ir, { sf, Rm, option, imm3, Rn, Rd }) => {
      if (imm3 > 4) return ir.undefined();
      ir[op[sf]](setsFlags ? ir.Xd(Rd) : ir.XSP(Rd), ir.XSP(Rn), extendedRegister(ir, Rm, option, imm3));
    },
  ),
);

const withCarry = WITH_CARRY.map(({ name, opS, op, inverted }) =>
  insn(name, `sf ${opS} 11010000 Rm 000000 Rn Rd`, (ir, { sf, Rm, Rn, Rd }) => {
    const carry = ir.T(0);
    ir.carry(carry);
    let operand = ir.X(Rm);
    if (inverted) {
      operand = ir.T(1);
      ir[sf ? 'not64' : 'not32'](operand, ir.X(Rm));
    }
    ir[op[sf]](ir.Xd(Rd), ir.X(Rn), operand, carry);
  }),
);

export const DATA_ARITHMETIC = [...shifted, ...extended, ...withCarry];
