/** Floating-point Advanced SIMD with one vector operand: DDI 0487, "Data Processing -- Scalar FP and Advanced SIMD". */

import type { Shape } from '../ir/ops-float-word.ts';
import { Q, type Slot, TV } from '../slots.ts';
import { floatMask, floatToGeneral, floatUnary, generalToFloat, scalarShape, vectorShape } from './float-ir.ts';
import { simd } from './insn.ts';
import type { A64Ir } from './ir.ts';

const SIGNS = [
  { name: 'FABS', U: '0', op: 'fabs' },
  { name: 'FNEG', U: '1', op: 'fneg' },
] as const;

/** Name, U, size<1>, opcode. */
const VECTOR_ONLY = [
  { name: 'FRINTN', U: '0', a: '0', opcode: '11000', fn: 'frintn' },
  { name: 'FRINTM', U: '0', a: '0', opcode: '11001', fn: 'frintm' },
  { name: 'FRINTP', U: '0', a: '1', opcode: '11000', fn: 'frintp' },
  { name: 'FRINTZ', U: '0', a: '1', opcode: '11001', fn: 'frintz' },
  { name: 'FRINTA', U: '1', a: '0', opcode: '11000', fn: 'frinta' },
  { name: 'FRINTX', U: '1', a: '0', opcode: '11001', fn: 'frintx' },
  { name: 'FRINTI', U: '1', a: '1', opcode: '11001', fn: 'frinti' },
  { name: 'FSQRT', U: '1', a: '1', opcode: '11111', fn: 'fsqrt' },
] as const;
const ESTIMATES = [
  { name: 'FRECPE', U: '0', a: '1', opcode: '11101', fn: 'frecpe' },
  { name: 'FRSQRTE', U: '1', a: '1', opcode: '11101', fn: 'frsqrte' },
] as const;
const INTEGER_ESTIMATES = [
  { name: 'URECPE', U: '0', fn: 'urecpe' },
  { name: 'URSQRTE', U: '1', fn: 'ursqrte' },
] as const;
const TO_INTEGER = [
  { name: 'FCVTNS', U: '0', a: '0', opcode: '11010', fn: 'fcvtns' },
  { name: 'FCVTMS', U: '0', a: '0', opcode: '11011', fn: 'fcvtms' },
  { name: 'FCVTAS', U: '0', a: '0', opcode: '11100', fn: 'fcvtas' },
  { name: 'FCVTPS', U: '0', a: '1', opcode: '11010', fn: 'fcvtps' },
  { name: 'FCVTZS', U: '0', a: '1', opcode: '11011', fn: 'fcvtzs' },
  { name: 'FCVTNU', U: '1', a: '0', opcode: '11010', fn: 'fcvtnu' },
  { name: 'FCVTMU', U: '1', a: '0', opcode: '11011', fn: 'fcvtmu' },
  { name: 'FCVTAU', U: '1', a: '0', opcode: '11100', fn: 'fcvtau' },
  { name: 'FCVTPU', U: '1', a: '1', opcode: '11010', fn: 'fcvtpu' },
  { name: 'FCVTZU', U: '1', a: '1', opcode: '11011', fn: 'fcvtzu' },
] as const;
const FROM_INTEGER = [
  { name: 'SCVTF', U: '0', fn: 'scvtf' },
  { name: 'UCVTF', U: '1', fn: 'ucvtf' },
] as const;
/** `swapped`: zero is compared with the operand. */
const ZERO_COMPARES = [
  { name: 'FCMGT', U: '0', opcode: '01100', fn: 'fcmgt', swapped: false },
  { name: 'FCMEQ', U: '0', opcode: '01101', fn: 'fcmeq', swapped: false },
  { name: 'FCMLT', U: '0', opcode: '01110', fn: 'fcmgt', swapped: true },
  { name: 'FCMGE', U: '1', opcode: '01100', fn: 'fcmge', swapped: false },
  { name: 'FCMLE', U: '1', opcode: '01101', fn: 'fcmge', swapped: true },
] as const;

/** A row of "two-register miscellaneous"; reserved arrangements are UNDEFINED. */
const vectorRow = (
  name: string,
  U: '0' | '1',
  a: '0' | '1',
  opcode: string,
  emit: (ir: A64Ir, shape: Shape, d: Slot, n: Slot) => void,
) =>
  simd(`${name} (vector)`, `0 Q:1 ${U} 01110 ${a} sz:1 10000 ${opcode as '00000'} 10 Rn Rd`, (ir, fields) => {
    const shape = vectorShape(fields.Q, fields.sz);
    if (shape === undefined) return ir.undefined();
    emit(ir, shape, Q[fields.Rd], Q[fields.Rn]);
  });

/** A row of "scalar two-register miscellaneous". */
const scalarRow = (
  name: string,
  U: '0' | '1',
  a: '0' | '1',
  opcode: string,
  emit: (ir: A64Ir, sz: number, d: Slot, n: Slot) => void,
) =>
  simd(
    `${name} (vector), scalar`,
    `01 ${U} 11110 ${a} sz:1 10000 ${opcode as '00000'} 10 Rn Rd`,
    (ir, { sz, Rn, Rd }) => emit(ir, sz, Q[Rd], Q[Rn]),
  );

function compareZero(ir: A64Ir, { fn, swapped }: (typeof ZERO_COMPARES)[number], shape: Shape, d: Slot, n: Slot): void {
  const zero = TV[0];
  ir.vconst(zero, 0);
  floatMask(ir, fn, shape, d, swapped ? zero : n, swapped ? n : zero);
}

const lanewise = [
  ...SIGNS.map(({ name, U, op }) => vectorRow(name, U, '1', '01111', (ir, shape, d, n) => ir[`${op}_${shape}`](d, n))),
  ...[...VECTOR_ONLY, ...ESTIMATES, ...TO_INTEGER].map(({ name, U, a, opcode, fn }) =>
    vectorRow(name, U, a, opcode, (ir, shape, d, n) => floatUnary(ir, fn, shape, d, n)),
  ),
  ...FROM_INTEGER.map(({ name, U, fn }) =>
    vectorRow(name, U, '0', '11101', (ir, shape, d, n) => floatUnary(ir, fn, shape, d, n)),
  ),
  ...ZERO_COMPARES.map((row) =>
    vectorRow(`${row.name} (zero)`, row.U, '1', row.opcode, (ir, shape, d, n) => compareZero(ir, row, shape, d, n)),
  ),
  ...INTEGER_ESTIMATES.map(({ name, U, fn }) =>
    simd(name, `0 Q:1 ${U} 01110 1 0 10000 11100 10 Rn Rd`, (ir, fields) =>
      floatUnary(ir, fn, fields.Q ? '4s' : '2s', Q[fields.Rd], Q[fields.Rn]),
    ),
  ),
];

const scalars = [
  ...ESTIMATES.map(({ name, U, a, opcode, fn }) =>
    scalarRow(name, U, a, opcode, (ir, sz, d, n) => floatUnary(ir, fn, scalarShape(sz), d, n)),
  ),
  scalarRow('FRECPX', '0', '1', '11111', (ir, sz, d, n) => floatUnary(ir, 'frecpx', scalarShape(sz), d, n)),
  ...ZERO_COMPARES.map((row) =>
    scalarRow(`${row.name} (zero)`, row.U, '1', row.opcode, (ir, sz, d, n) =>
      compareZero(ir, row, scalarShape(sz), d, n),
    ),
  ),
  ...TO_INTEGER.map(({ name, U, a, opcode, fn }) =>
    scalarRow(name, U, a, opcode, (ir, sz, d, n) => {
      floatToGeneral(ir, fn, sz, sz, ir.T(0), n);
      ir.vfrom(d, ir.T(0));
    }),
  ),
  ...FROM_INTEGER.map(({ name, U, fn }) =>
    scalarRow(name, U, '0', '11101', (ir, sz, d, n) => {
      ir[sz ? 'fmov_x_d' : 'fmov_w_s'](ir.T(0), n);
      generalToFloat(ir, fn, sz, sz, d, ir.T(0));
    }),
  ),
];

export const FLOAT_VECTOR_UNARY = [...lanewise, ...scalars];
