/** Floating-point Advanced SIMD with two vector operands: DDI 0487, "Data Processing -- Scalar FP and Advanced SIMD". */

import type { Fields } from '../decode/pattern.ts';
import type { Shape } from '../ir/ops-float-word.ts';
import { Q, type Slot, TV } from '../slots.ts';
import { floatBinary, floatFused, floatMask, scalarShape, vectorShape } from './float-ir.ts';
import { simd } from './insn.ts';
import type { A64Ir } from './ir.ts';
import { lane } from './simd-operands.ts';

/** Name, U, size<1>, opcode, function of Rn and Rm, and whether a scalar form exists. */
const THREE_SAME = [
  { name: 'FMAXNM', U: '0', a: '0', opcode: '11000', fn: 'fmaxnm', scalar: false },
  { name: 'FADD', U: '0', a: '0', opcode: '11010', fn: 'fadd', scalar: false },
  { name: 'FMULX', U: '0', a: '0', opcode: '11011', fn: 'fmulx', scalar: true },
  { name: 'FCMEQ', U: '0', a: '0', opcode: '11100', fn: 'fcmeq', scalar: true },
  { name: 'FMAX', U: '0', a: '0', opcode: '11110', fn: 'fmax', scalar: false },
  { name: 'FRECPS', U: '0', a: '0', opcode: '11111', fn: 'frecps', scalar: true },
  { name: 'FMINNM', U: '0', a: '1', opcode: '11000', fn: 'fminnm', scalar: false },
  { name: 'FSUB', U: '0', a: '1', opcode: '11010', fn: 'fsub', scalar: false },
  { name: 'FMIN', U: '0', a: '1', opcode: '11110', fn: 'fmin', scalar: false },
  { name: 'FRSQRTS', U: '0', a: '1', opcode: '11111', fn: 'frsqrts', scalar: true },
  { name: 'FMUL', U: '1', a: '0', opcode: '11011', fn: 'fmul', scalar: false },
  { name: 'FCMGE', U: '1', a: '0', opcode: '11100', fn: 'fcmge', scalar: true },
  { name: 'FACGE', U: '1', a: '0', opcode: '11101', fn: 'facge', scalar: true },
  { name: 'FDIV', U: '1', a: '0', opcode: '11111', fn: 'fdiv', scalar: false },
  { name: 'FABD', U: '1', a: '1', opcode: '11010', fn: 'fabd', scalar: true },
  { name: 'FCMGT', U: '1', a: '1', opcode: '11100', fn: 'fcmgt', scalar: true },
  { name: 'FACGT', U: '1', a: '1', opcode: '11101', fn: 'facgt', scalar: true },
] as const;

/** Those that add the product to Rd. */
const FUSED = [
  { name: 'FMLA', a: '0', element: '0001', fn: 'fmadd' },
  { name: 'FMLS', a: '1', element: '0101', fn: 'fmsub' },
] as const;

/** FABD, FACGE and FACGT are made of other functions: a sign that is dropped is neither rounded nor an exception. */
function lanewise(ir: A64Ir, fn: (typeof THREE_SAME)[number]['fn'], shape: Shape, d: Slot, a: Slot, b: Slot): void {
  const [x, y] = TV;
  switch (fn) {
    case 'fabd':
      floatBinary(ir, 'fsub', shape, x, a, b);
      return ir[`fabs_${shape}`](d, x);
    case 'facge':
    case 'facgt':
      ir[`fabs_${shape}`](x, a);
      ir[`fabs_${shape}`](y, b);
      return floatMask(ir, fn === 'facge' ? 'fcmge' : 'fcmgt', shape, d, x, y);
    case 'fcmeq':
    case 'fcmge':
    case 'fcmgt':
      return floatMask(ir, fn, shape, d, a, b);
    default:
      floatBinary(ir, fn, shape, d, a, b);
  }
}

const threeSame = [
  ...THREE_SAME.map(({ name, U, a, opcode, fn }) =>
    simd(`${name} (vector)`, `0 Q:1 ${U} 01110 ${a} sz:1 1 Rm ${opcode} 1 Rn Rd`, (ir, fields) => {
      const shape = vectorShape(fields.Q, fields.sz);
      if (shape === undefined) return ir.undefined();
      lanewise(ir, fn, shape, Q[fields.Rd], Q[fields.Rn], Q[fields.Rm]);
    }),
  ),
  ...THREE_SAME.filter(({ scalar }) => scalar).map(({ name, U, a, opcode, fn }) =>
    simd(`${name} (vector), scalar`, `01 ${U} 11110 ${a} sz:1 1 Rm ${opcode} 1 Rn Rd`, (ir, { sz, Rm, Rn, Rd }) =>
      lanewise(ir, fn, scalarShape(sz), Q[Rd], Q[Rn], Q[Rm]),
    ),
  ),
  ...FUSED.map(({ name, a, fn }) =>
    simd(`${name} (vector)`, `0 Q:1 0 01110 ${a} sz:1 1 Rm 11001 1 Rn Rd`, (ir, fields) => {
      const shape = vectorShape(fields.Q, fields.sz);
      if (shape === undefined) return ir.undefined();
      floatFused(ir, fn, shape, Q[fields.Rd], Q[fields.Rn], Q[fields.Rm], Q[fields.Rd]);
    }),
  ),
];

/** Name, U and size<1> of the vector form, opcodes of the vector, the scalar and the across-lanes form. */
const PAIRWISE = [
  { name: 'FMAXNM', a: '0', vector: '11000', scalar: '01100', fn: 'fmaxnm', across: true },
  { name: 'FADD', a: '0', vector: '11010', scalar: '01101', fn: 'fadd', across: false },
  { name: 'FMAX', a: '0', vector: '11110', scalar: '01111', fn: 'fmax', across: true },
  { name: 'FMINNM', a: '1', vector: '11000', scalar: '01100', fn: 'fminnm', across: true },
  { name: 'FMIN', a: '1', vector: '11110', scalar: '01111', fn: 'fmin', across: true },
] as const;
type PairwiseFunction = (typeof PAIRWISE)[number]['fn'];

/** Temporary 0 = the even lanes of a and b, 1 = the odd ones; of a scalar those of a. */
function deinterleave(ir: A64Ir, shape: Shape, a: Slot, b: Slot): void {
  const [even, odd] = TV;
  if (shape === '4s') {
    ir.vuzp2_s(odd, a, b);
    ir.vuzp1_s(even, a, b);
  } else if (shape === 's') {
    ir.vpick(odd, a, lane(2, 1));
    ir.vmov(even, a);
  } else {
    ir[shape === '2s' ? 'vzip1_s' : 'vzip1_d'](even, a, b);
    if (shape === '2s') ir.vpick(odd, even, lane(3, 1));
    else ir.vzip2_d(odd, a, b);
  }
}

/** d = fn of the lanes 2i and 2i + 1 of a:b, a in the lower half. */
function pairwise(ir: A64Ir, fn: PairwiseFunction, shape: Shape, d: Slot, a: Slot, b: Slot): void {
  deinterleave(ir, shape, a, b);
  floatBinary(ir, fn, shape, d, TV[0], TV[1]);
}

const pairs = PAIRWISE.flatMap(({ name, a, vector, scalar, fn }) => [
  simd(`${name}P (vector)`, `0 Q:1 1 01110 ${a} sz:1 1 Rm ${vector} 1 Rn Rd`, (ir, fields) => {
    const shape = vectorShape(fields.Q, fields.sz);
    if (shape === undefined) return ir.undefined();
    pairwise(ir, fn, shape, Q[fields.Rd], Q[fields.Rn], Q[fields.Rm]);
  }),
  simd(`${name}P (scalar)`, `01 1 11110 ${a} sz:1 11000 ${scalar} 10 Rn Rd`, (ir, { sz, Rn, Rd }) =>
    pairwise(ir, fn, scalarShape(sz), Q[Rd], Q[Rn], Q[Rn]),
  ),
]);

/** Reduce(): pairs, then the pair of their results. */
const across = PAIRWISE.filter((row) => row.across).map(({ name, a, scalar, fn }) =>
  simd(`${name}V`, `0 1 1 01110 ${a} 0 11000 ${scalar} 10 Rn Rd`, (ir, { Rn, Rd }) => {
    pairwise(ir, fn, '4s', TV[0], Q[Rn], Q[Rn]);
    pairwise(ir, fn, 's', Q[Rd], TV[0], TV[0]);
  }),
);

const BY_ELEMENT = [
  { name: 'FMUL', U: '0', fn: 'fmul' },
  { name: 'FMULX', U: '1', fn: 'fmulx' },
] as const;

type ElementFields = Fields<'sz L M Rm H Rn Rd'>;
type Emit = (ir: A64Ir, shape: Shape, d: Slot, n: Slot, m: Slot) => void;

/** `emit` with the element in every lane of m. In double precision L is not part of the index and must be 0. */
function byElement(ir: A64Ir, shape: Shape | undefined, fields: ElementFields, emit: Emit): void {
  const { sz, L, M, Rm, H, Rn, Rd } = fields;
  if (shape === undefined || (sz === 1 && L === 1)) return ir.undefined();
  const element = TV[0];
  ir.vpick(element, Q[(M << 4) | Rm], sz ? lane(3, H) : lane(2, (H << 1) | L));
  emit(ir, shape, Q[Rd], Q[Rn], element);
}

const elementRows = (name: string, U: '0' | '1', opcode: '0001' | '0101' | '1001', emit: Emit) => [
  simd(`${name} (by element)`, `0 Q:1 ${U} 01111 1 sz:1 L M Rm:4 ${opcode} H:1 0 Rn Rd`, (ir, fields) =>
    byElement(ir, vectorShape(fields.Q, fields.sz), fields, emit),
  ),
  simd(`${name} (by element), scalar`, `01 ${U} 11111 1 sz:1 L M Rm:4 ${opcode} H:1 0 Rn Rd`, (ir, fields) =>
    byElement(ir, scalarShape(fields.sz), fields, emit),
  ),
];

const elements = [
  ...FUSED.flatMap(({ name, element, fn }) =>
    elementRows(name, '0', element, (ir, shape, d, n, m) => floatFused(ir, fn, shape, d, n, m, d)),
  ),
  ...BY_ELEMENT.flatMap(({ name, U, fn }) =>
    elementRows(name, U, '1001', (ir, shape, d, n, m) => floatBinary(ir, fn, shape, d, n, m)),
  ),
];

export const FLOAT_VECTOR = [...threeSame, ...pairs, ...across, ...elements];
