/** Conversion between floating point and general registers: DDI 0487, "Data Processing -- Scalar Floating-Point". */

import { D, packFloatWord, S } from '../ir/ops-float-word.ts';
import { Q } from '../slots.ts';
import { floatInsn, floatToGeneral, generalToFloat } from './float-ir.ts';

const TO_INTEGER = [
  { name: 'FCVTNS', rmode: '00', opcode: '000', fn: 'fcvtns' },
  { name: 'FCVTNU', rmode: '00', opcode: '001', fn: 'fcvtnu' },
  { name: 'FCVTAS', rmode: '00', opcode: '100', fn: 'fcvtas' },
  { name: 'FCVTAU', rmode: '00', opcode: '101', fn: 'fcvtau' },
  { name: 'FCVTPS', rmode: '01', opcode: '000', fn: 'fcvtps' },
  { name: 'FCVTPU', rmode: '01', opcode: '001', fn: 'fcvtpu' },
  { name: 'FCVTMS', rmode: '10', opcode: '000', fn: 'fcvtms' },
  { name: 'FCVTMU', rmode: '10', opcode: '001', fn: 'fcvtmu' },
  { name: 'FCVTZS', rmode: '11', opcode: '000', fn: 'fcvtzs' },
  { name: 'FCVTZU', rmode: '11', opcode: '001', fn: 'fcvtzu' },
] as const;
const FROM_INTEGER = [
  { name: 'SCVTF', opcode: '010', fn: 'scvtf' },
  { name: 'UCVTF', opcode: '011', fn: 'ucvtf' },
] as const;

/** scale is 64 - fbits; the 32-bit variants have at most 32 fraction bits. */
const isReserved = (sf: number, scale: number): boolean => sf === 0 && scale < 32;

const fixedPoint = [
  ...TO_INTEGER.slice(-2).map(({ name, rmode, opcode, fn }) =>
    floatInsn(
      `${name} (scalar, fixed-point)`,
      `sf 0 0 11110 0 ptype:1 0 ${rmode} ${opcode} scale:6 Rn Rd`,
      (ir, { sf, ptype, scale, Rn, Rd }) => {
        if (isReserved(sf, scale)) return ir.undefined();
        const word = packFloatWord({ fn, from: ptype ? D : S, to: sf ? D : S, lanes: 1, fbits: 64 - scale });
        ir.float_to_x(ir.Xd(Rd), Q[Rn], word);
      },
    ),
  ),
  ...FROM_INTEGER.map(({ name, opcode, fn }) =>
    floatInsn(
      `${name} (scalar, fixed-point)`,
      `sf 0 0 11110 0 ptype:1 0 00 ${opcode} scale:6 Rn Rd`,
      (ir, { sf, ptype, scale, Rn, Rd }) => {
        if (isReserved(sf, scale)) return ir.undefined();
        const word = packFloatWord({ fn, from: sf ? D : S, to: ptype ? D : S, lanes: 1, fbits: 64 - scale });
        ir.float_from_x(Q[Rd], ir.X(Rn), word);
      },
    ),
  ),
];

export const FLOAT_CONVERT = [
  ...fixedPoint,
  ...TO_INTEGER.map(({ name, rmode, opcode, fn }) =>
    floatInsn(
      `${name} (scalar)`,
      `sf 0 0 11110 0 ptype:1 1 ${rmode} ${opcode} 000000 Rn Rd`,
      (ir, { sf, ptype, Rn, Rd }) => floatToGeneral(ir, fn, sf, ptype, ir.Xd(Rd), Q[Rn]),
    ),
  ),
  ...FROM_INTEGER.map(({ name, opcode, fn }) =>
    floatInsn(
      `${name} (scalar, integer)`,
      `sf 0 0 11110 0 ptype:1 1 00 ${opcode} 000000 Rn Rd`,
      (ir, { sf, ptype, Rn, Rd }) => generalToFloat(ir, fn, sf, ptype, Q[Rd], ir.X(Rn)),
    ),
  ),
];
