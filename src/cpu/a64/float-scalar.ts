/**
 * Floating-point data processing, scalar: DDI 0487, "Data Processing -- Scalar Floating-Point". Here and in the other
 * scalar classes ptype is 00 or 01; the half precision of 11 is FEAT_FP16, which no model has.
 */

import { D, H, type LaneSize, packFloatWord, S } from '../ir/ops-float-word.ts';
import { Q } from '../slots.ts';
import { floatBinary, floatFused, floatInsn, floatUnary, scalarShape } from './float-ir.ts';
import { condition } from './operands.ts';

const SIGNS = [
  { name: 'FABS (scalar)', opcode: '000001', op: 'fabs' },
  { name: 'FNEG (scalar)', opcode: '000010', op: 'fneg' },
] as const;

const ONE_SOURCE = [
  { name: 'FSQRT', opcode: '000011', fn: 'fsqrt' },
  { name: 'FRINTN', opcode: '001000', fn: 'frintn' },
  { name: 'FRINTP', opcode: '001001', fn: 'frintp' },
  { name: 'FRINTM', opcode: '001010', fn: 'frintm' },
  { name: 'FRINTZ', opcode: '001011', fn: 'frintz' },
  { name: 'FRINTA', opcode: '001100', fn: 'frinta' },
  { name: 'FRINTX', opcode: '001110', fn: 'frintx' },
  { name: 'FRINTI', opcode: '001111', fn: 'frinti' },
] as const;

/** FCVT: ptype of the source, opc of the result. */
const PRECISIONS: readonly { readonly name: string; ptype: string; opc: string; from: LaneSize; to: LaneSize }[] = [
  { name: 'single to half', ptype: '00', opc: '11', from: S, to: H },
  { name: 'double to half', ptype: '01', opc: '11', from: D, to: H },
  { name: 'half to single', ptype: '11', opc: '00', from: H, to: S },
  { name: 'half to double', ptype: '11', opc: '01', from: H, to: D },
];

const oneSource = [
  ...SIGNS.map(({ name, opcode, op }) =>
    floatInsn(name, `0 0 0 11110 0 ptype:1 1 ${opcode} 10000 Rn Rd`, (ir, { ptype, Rn, Rd }) =>
      ir[`${op}_${scalarShape(ptype)}`](Q[Rd], Q[Rn]),
    ),
  ),
  ...ONE_SOURCE.map(({ name, opcode, fn }) =>
    floatInsn(`${name} (scalar)`, `0 0 0 11110 0 ptype:1 1 ${opcode} 10000 Rn Rd`, (ir, { ptype, Rn, Rd }) =>
      floatUnary(ir, fn, scalarShape(ptype), Q[Rd], Q[Rn]),
    ),
  ),
  floatInsn('FCVT (single to double)', '0 0 0 11110 00 1 000101 10000 Rn Rd', (ir, { Rn, Rd }) =>
    ir.fcvt_d_s(Q[Rd], Q[Rn], packFloatWord({ fn: 'fcvt', from: S, to: D, lanes: 1 })),
  ),
  floatInsn('FCVT (double to single)', '0 0 0 11110 01 1 000100 10000 Rn Rd', (ir, { Rn, Rd }) =>
    ir.fcvt_s_d(Q[Rd], Q[Rn], packFloatWord({ fn: 'fcvt', from: D, to: S, lanes: 1 })),
  ),
  ...PRECISIONS.map(({ name, ptype, opc, from, to }) =>
    floatInsn(`FCVT (${name})`, `0 0 0 11110 ${ptype} 1 0001 ${opc} 10000 Rn Rd`, (ir, { Rn, Rd }) =>
      ir.float(Q[Rd], Q[Rn], Q[Rn], Q[Rn], packFloatWord({ fn: 'fcvt', from, to, lanes: 1 })),
    ),
  ),
];

const TWO_SOURCES = [
  { name: 'FMUL', opcode: '0000', fn: 'fmul' },
  { name: 'FDIV', opcode: '0001', fn: 'fdiv' },
  { name: 'FADD', opcode: '0010', fn: 'fadd' },
  { name: 'FSUB', opcode: '0011', fn: 'fsub' },
  { name: 'FMAX', opcode: '0100', fn: 'fmax' },
  { name: 'FMIN', opcode: '0101', fn: 'fmin' },
  { name: 'FMAXNM', opcode: '0110', fn: 'fmaxnm' },
  { name: 'FMINNM', opcode: '0111', fn: 'fminnm' },
  { name: 'FNMUL', opcode: '1000', fn: 'fnmul' },
] as const;

const twoSources = TWO_SOURCES.map(({ name, opcode, fn }) =>
  floatInsn(`${name} (scalar)`, `0 0 0 11110 0 ptype:1 1 Rm ${opcode} 10 Rn Rd`, (ir, { ptype, Rm, Rn, Rd }) =>
    floatBinary(ir, fn, scalarShape(ptype), Q[Rd], Q[Rn], Q[Rm]),
  ),
);

const THREE_SOURCES = [
  { name: 'FMADD', o1: '0', o0: '0', fn: 'fmadd' },
  { name: 'FMSUB', o1: '0', o0: '1', fn: 'fmsub' },
  { name: 'FNMADD', o1: '1', o0: '0', fn: 'fnmadd' },
  { name: 'FNMSUB', o1: '1', o0: '1', fn: 'fnmsub' },
] as const;

const threeSources = THREE_SOURCES.map(({ name, o1, o0, fn }) =>
  floatInsn(name, `0 0 0 11111 0 ptype:1 ${o1} Rm ${o0} Ra Rn Rd`, (ir, { ptype, Rm, Ra, Rn, Rd }) =>
    floatFused(ir, fn, scalarShape(ptype), Q[Rd], Q[Rn], Q[Rm], Q[Ra]),
  ),
);

const select = floatInsn('FCSEL', '0 0 0 11110 0 ptype:1 1 Rm cond 11 Rn Rd', (ir, { ptype, Rm, cond, Rn, Rd }) => {
  condition(ir, ir.T(0), cond);
  ir[`fcsel_${scalarShape(ptype)}`](Q[Rd], Q[Rn], Q[Rm], ir.T(0));
});

export const FLOAT_SCALAR = [...oneSource, ...twoSources, ...threeSources, select];
