/** Advanced SIMD that makes one lane of all or of two: DDI 0487, "Advanced SIMD across lanes" and "scalar pairwise". */

import type { Fields } from '../decode/pattern.ts';
import { Q, type Slot, TV } from '../slots.ts';
import { simd } from './insn.ts';
import type { A64Ir } from './ir.ts';
import {
  ADD,
  type BinaryOp,
  type Bits,
  type BySize,
  bhs,
  keep,
  type UnaryOp,
  vectorBytes,
  wide,
} from './simd-operands.ts';

/** Vd = the low lane of `from` combined with all others of `bytes`, halving them until one is left. */
function reduce(ir: A64Ir, op: BinaryOp, bytes: number, laneBytes: number, Rd: number, from: Slot): void {
  let all = from;
  for (let by = bytes / 2; by >= laneBytes; by /= 2) {
    ir.vext(TV[1], all, all, by);
    ir[op](TV[0], all, TV[1]);
    all = TV[0];
  }
  keep(ir, laneBytes, Q[Rd], all);
}

type Operands = Fields<'Q size Rn Rd'>;
/** Words need four lanes. */
const hasLanes = ({ Q: q, size }: Operands): boolean => size < 2 || (size === 2 && q === 1);

const SAME: readonly (readonly [name: string, U: '0' | '1', opcode: Bits, ops: BySize<BinaryOp>])[] = [
  ['SMAXV', '0', '01010', bhs('vsmax')],
  ['UMAXV', '1', '01010', bhs('vumax')],
  ['SMINV', '0', '11010', bhs('vsmin')],
  ['UMINV', '1', '11010', bhs('vumin')],
  ['ADDV', '0', '11011', ADD],
];
const sames = SAME.map(([name, U, opcode, ops]) =>
  simd(name, `0 Q:1 ${U} 01110 size 11000 ${opcode} 10 Rn Rd`, (ir, fields: Operands) => {
    const { Q: q, size, Rn, Rd } = fields;
    if (!hasLanes(fields)) return ir.undefined();
    reduce(ir, ops[size] as BinaryOp, vectorBytes(q), 1 << size, Rd, Q[Rn]);
  }),
);

const LONG: readonly (readonly [name: string, U: '0' | '1', ops: BySize<UnaryOp>])[] = [
  ['SADDLV', '0', wide('vsaddlp')],
  ['UADDLV', '1', wide('vuaddlp')],
];
const longs = LONG.map(([name, U, ops]) =>
  simd(name, `0 Q:1 ${U} 01110 size 11000 00011 10 Rn Rd`, (ir, fields: Operands) => {
    const { Q: q, size, Rn, Rd } = fields;
    if (!hasLanes(fields)) return ir.undefined();
    ir[ops[size] as UnaryOp](TV[0], Q[Rn]);
    reduce(ir, ADD[size + 1], vectorBytes(q), 2 << size, Rd, TV[0]);
  }),
);

const pair = simd('ADDP (scalar)', '01 0 11110 11 11000 11011 10 Rn Rd', (ir, { Rn, Rd }) => {
  reduce(ir, 'vadd_d', 16, 8, Rd, Q[Rn]);
});

export const SIMD_ACROSS = [...sames, ...longs, pair];
