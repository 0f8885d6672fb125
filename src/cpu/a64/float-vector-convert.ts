/**
 * Conversion of vectors between precisions and to and from fixed point: DDI 0487, "Advanced SIMD two-register
 * miscellaneous" and "Advanced SIMD shift by immediate".
 */

import { D, H, packFloatWord, S, SHAPES, type Shape } from '../ir/ops-float-word.ts';
import { Q, type Slot, TV } from '../slots.ts';
import { simd } from './insn.ts';
import type { A64Ir } from './ir.ts';
import { lane } from './simd-operands.ts';

/** d = lanes of half the size, in the lower half with zeros above, or (`upper`) above what d has there. */
function narrow(ir: A64Ir, fn: 'fcvt' | 'fcvtxn', sz: number, upper: boolean, d: Slot, n: Slot): void {
  const word = packFloatWord({ fn, from: sz ? D : S, to: sz ? S : H, lanes: sz ? 2 : 4 });
  const result = upper ? TV[0] : d;
  if (sz && fn === 'fcvt') ir.fcvt_2s_2d(result, n, word);
  else ir.float(result, n, n, n, word);
  if (upper) ir.vzip1_d(d, d, TV[0]);
}

/** d = lanes of twice the size, of the lower or the upper half of n. */
function lengthen(ir: A64Ir, sz: number, upper: boolean, d: Slot, n: Slot): void {
  const source = upper ? TV[0] : n;
  if (upper) ir.vpick(source, n, lane(3, 1));
  const word = packFloatWord({ fn: 'fcvt', from: sz ? S : H, to: sz ? D : S, lanes: sz ? 2 : 4 });
  if (sz) ir.fcvt_2d_2s(d, source, word);
  else ir.float(d, source, source, source, word);
}

/** The suffix of the mnemonic, Q, and what it means. */
const HALVES = [
  { suffix: '', half: '0', upper: false },
  { suffix: '2', half: '1', upper: true },
] as const;

const precisions = [
  ...HALVES.flatMap(({ suffix, half, upper }) => [
    simd(`FCVTL${suffix}`, `0 ${half} 0 01110 0 sz:1 10000 10111 10 Rn Rd`, (ir, { sz, Rn, Rd }) =>
      lengthen(ir, sz, upper, Q[Rd], Q[Rn]),
    ),
    simd(`FCVTN${suffix}`, `0 ${half} 0 01110 0 sz:1 10000 10110 10 Rn Rd`, (ir, { sz, Rn, Rd }) =>
      narrow(ir, 'fcvt', sz, upper, Q[Rd], Q[Rn]),
    ),
    simd(`FCVTXN${suffix}`, `0 ${half} 1 01110 0 1 10000 10110 10 Rn Rd`, (ir, { Rn, Rd }) =>
      narrow(ir, 'fcvtxn', 1, upper, Q[Rd], Q[Rn]),
    ),
  ]),
  simd('FCVTXN (scalar)', '01 1 11110 0 1 10000 10110 10 Rn Rd', (ir, { Rn, Rd }) =>
    ir.float(Q[Rd], Q[Rn], Q[Rn], Q[Rn], packFloatWord({ fn: 'fcvtxn', from: D, to: S, lanes: 1 })),
  ),
];

const FIXED_POINT = [
  { name: 'SCVTF', U: '0', opcode: '11100', fn: 'scvtf' },
  { name: 'UCVTF', U: '1', opcode: '11100', fn: 'ucvtf' },
  { name: 'FCVTZS', U: '0', opcode: '11111', fn: 'fcvtzs' },
  { name: 'FCVTZU', U: '1', opcode: '11111', fn: 'fcvtzu' },
] as const;

function fixedPoint(
  ir: A64Ir,
  fn: (typeof FIXED_POINT)[number]['fn'],
  shape: Shape,
  fbits: number,
  Rd: number,
  Rn: number,
): void {
  const { size, lanes } = SHAPES[shape];
  ir.float(Q[Rd], Q[Rn], Q[Rn], Q[Rn], packFloatWord({ fn, from: size, to: size, lanes, fbits }));
}

/** immh:immb is twice the size of a lane less the fraction bits; `scale` is what it has below its leading 1. */
const fixedPoints = FIXED_POINT.flatMap(({ name, U, opcode, fn }) => [
  simd(`${name} (vector, fixed-point), single`, `0 Q:1 ${U} 011110 01 scale:5 ${opcode} 1 Rn Rd`, (ir, fields) =>
    fixedPoint(ir, fn, fields.Q ? '4s' : '2s', 32 - fields.scale, fields.Rd, fields.Rn),
  ),
  simd(`${name} (vector, fixed-point), double`, `0 Q:1 ${U} 011110 1 scale:6 ${opcode} 1 Rn Rd`, (ir, fields) => {
    if (!fields.Q) return ir.undefined();
    fixedPoint(ir, fn, '2d', 64 - fields.scale, fields.Rd, fields.Rn);
  }),
  simd(
    `${name} (vector, fixed-point), scalar single`,
    `01 ${U} 111110 01 scale:5 ${opcode} 1 Rn Rd`,
    (ir, { scale, Rn, Rd }) => fixedPoint(ir, fn, 's', 32 - scale, Rd, Rn),
  ),
  simd(
    `${name} (vector, fixed-point), scalar double`,
    `01 ${U} 111110 1 scale:6 ${opcode} 1 Rn Rd`,
    (ir, { scale, Rn, Rd }) => fixedPoint(ir, fn, 'd', 64 - scale, Rd, Rn),
  ),
]);

export const FLOAT_VECTOR_CONVERT = [...precisions, ...fixedPoints];
