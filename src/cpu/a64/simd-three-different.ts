/** Advanced SIMD integer with operands and result of different widths: DDI 0487, "Advanced SIMD three different". */

import type { Fields } from '../decode/pattern.ts';
import { Q, type Slot, TV } from '../slots.ts';
import { ones } from './bitmask.ts';
import { simd } from './insn.ts';
import type { A64Ir } from './ir.ts';
import {
  type BinaryOp,
  type Bits,
  type BySize,
  everyLane,
  keep,
  result,
  source,
  type UnaryOp,
  wide,
} from './simd-operands.ts';

/** IR ops on the lower and the upper halves of their operands, by `Q`. */
const EXTEND = { S: [wide('vsxtl'), wide('vsxtl2')], U: [wide('vuxtl'), wide('vuxtl2')] } as const;
export const MULTIPLY = { S: [wide('vsmull'), wide('vsmull2')], U: [wide('vumull'), wide('vumull2')] } as const;
const WIDE_ADD = wide('vadd');
const WIDE_SUB = wide('vsub');
const WIDE_ABS = wide('vabs');
const SAT_ADD = wide('vsqadd');
const SAT_SUB = wide('vsqsub');

type Sign = 'S' | 'U';
/** `d` = f(n, m), of which the half `q` counts; `acc` is Vd before. Temporaries 2 and 3 are free. */
export type LongOperation = (ir: A64Ir, size: number, q: number, d: Slot, n: Slot, m: Slot, acc: Slot) => void;

/** The op for a size below 3. */
const of = <Op extends string>(ops: BySize<Op>, size: number): Op => ops[size] as Op;

const long =
  (sign: Sign, ops: BySize<BinaryOp>): LongOperation =>
  (ir, size, q, d, n, m) => {
    ir[of<UnaryOp>(EXTEND[sign][q], size)](TV[2], n);
    ir[of<UnaryOp>(EXTEND[sign][q], size)](TV[3], m);
    ir[of(ops, size)](d, TV[2], TV[3]);
  };
/** The first operand is as wide as the result. */
const wideFirst =
  (sign: Sign, ops: BySize<BinaryOp>): LongOperation =>
  (ir, size, q, d, n, m) => {
    ir[of<UnaryOp>(EXTEND[sign][q], size)](TV[2], m);
    ir[of(ops, size)](d, n, TV[2]);
  };
const difference =
  (sign: Sign): LongOperation =>
  (ir, size, q, d, n, m, acc) => {
    long(sign, WIDE_SUB)(ir, size, q, TV[2], n, m, acc);
    ir[of<UnaryOp>(WIDE_ABS, size)](d, TV[2]);
  };
export const product =
  (sign: Sign): LongOperation =>
  (ir, size, q, d, n, m) =>
    ir[of<BinaryOp>(MULTIPLY[sign][q], size)](d, n, m);
/** The doubled product, which only -1 squared saturates. */
export const doubled: LongOperation = (ir, size, q, d, n, m) => {
  ir[of<BinaryOp>(MULTIPLY.S[q], size)](TV[2], n, m);
  ir[of<BinaryOp>(SAT_ADD, size)](d, TV[2], TV[2]);
};
/** An operation whose result is added to Vd, or subtracted from it. */
const accumulated =
  (operation: LongOperation, total: BySize<BinaryOp>): LongOperation =>
  (ir, size, q, d, n, m, acc) => {
    operation(ir, size, q, TV[2], n, m, acc);
    ir[of(total, size)](d, acc, TV[2]);
  };
export const multiplyAdd = (sign: Sign): LongOperation => accumulated(product(sign), WIDE_ADD);
export const multiplySubtract = (sign: Sign): LongOperation => accumulated(product(sign), WIDE_SUB);
export const doubledAdd = accumulated(doubled, SAT_ADD);
export const doubledSubtract = accumulated(doubled, SAT_SUB);

/** Name without S or U, opcode, operation. */
const LONG: readonly (readonly [name: string, opcode: Bits, operation: (sign: Sign) => LongOperation])[] = [
  ['ADDL', '0000', (sign) => long(sign, WIDE_ADD)],
  ['ADDW', '0001', (sign) => wideFirst(sign, WIDE_ADD)],
  ['SUBL', '0010', (sign) => long(sign, WIDE_SUB)],
  ['SUBW', '0011', (sign) => wideFirst(sign, WIDE_SUB)],
  ['ABAL', '0101', (sign) => accumulated(difference(sign), WIDE_ADD)],
  ['ABDL', '0111', difference],
  ['MLAL', '1000', multiplyAdd],
  ['MLSL', '1010', multiplySubtract],
  ['MULL', '1100', product],
];
/** Both names of an instruction, that for the lower and that for the upper halves. */
export const bothHalves = (name: string, form = ''): string => `${name}, ${name}2${form === '' ? '' : ` (${form})`}`;

type Operands = Fields<'size Rm Rn Rd'>;

const longs = LONG.flatMap(([name, opcode, operation]) =>
  (['S', 'U'] as const).map((sign) => {
    const emit = operation(sign);
    const title = bothHalves(sign + name, /^ML|^MU/.test(name) ? 'vector' : '');
    const U = sign === 'S' ? '0' : '1';
    return simd(title, `0 Q:1 ${U} 01110 size 1 Rm ${opcode} 00 Rn Rd`, (ir, fields: Operands & { Q: number }) => {
      const { Q: q, size, Rm, Rn, Rd } = fields;
      if (size === 3) return ir.undefined();
      emit(ir, size, q, Q[Rd], Q[Rn], Q[Rm], Q[Rd]);
    });
  }),
);

const DOUBLING = [
  { name: 'SQDMLAL', opcode: '1001', operation: doubledAdd },
  { name: 'SQDMLSL', opcode: '1011', operation: doubledSubtract },
  { name: 'SQDMULL', opcode: '1101', operation: doubled },
] as const;

/** The scalar form: lanes of 8 << size bits in, one of twice as many out. */
export function scalarLong(ir: A64Ir, operation: LongOperation, size: number, Rd: number, n: Slot, m: Slot): void {
  const bytes = 2 << size;
  const acc = source(ir, bytes, Rd, TV[3]);
  result(ir, bytes, Rd, (d) => operation(ir, size, 0, d, n, m, acc));
}

const doublings = DOUBLING.flatMap(({ name, opcode, operation }) => [
  simd(
    bothHalves(name, 'vector'),
    `0 Q:1 0 01110 size 1 Rm ${opcode} 00 Rn Rd`,
    (ir, fields: Operands & { Q: number }) => {
      const { Q: q, size, Rm, Rn, Rd } = fields;
      if (size === 0 || size === 3) return ir.undefined();
      operation(ir, size, q, Q[Rd], Q[Rn], Q[Rm], Q[Rd]);
    },
  ),
  simd(`${name} (scalar)`, `01 0 11110 size 1 Rm ${opcode} 00 Rn Rd`, (ir, { size, Rm, Rn, Rd }: Operands) => {
    if (size === 0 || size === 3) return ir.undefined();
    const bytes = 1 << size;
    scalarLong(ir, operation, size, Rd, source(ir, bytes, Rn, TV[0]), source(ir, bytes, Rm, TV[1]));
  }),
]);

/** Vd or its upper half = the odd lanes of `from`, or its even ones, half as wide as those of `size` + 1. */
export function narrow(ir: A64Ir, which: 'even' | 'odd', size: number, q: number, Rd: number, from: Slot): void {
  const op =
    which === 'even' ? (['vuzp1_b', 'vuzp1_h', 'vuzp1_s'] as const) : (['vuzp2_b', 'vuzp2_h', 'vuzp2_s'] as const);
  ir[op[size]](TV[0], from, from);
  if (q === 0) keep(ir, 8, Q[Rd], TV[0]);
  else ir.vzip1_d(Q[Rd], Q[Rd], TV[0]);
}

const HIGH_NARROW = [
  { name: 'ADDHN', U: '0', opcode: '0100', ops: WIDE_ADD, rounds: false },
  { name: 'RADDHN', U: '1', opcode: '0100', ops: WIDE_ADD, rounds: true },
  { name: 'SUBHN', U: '0', opcode: '0110', ops: WIDE_SUB, rounds: false },
  { name: 'RSUBHN', U: '1', opcode: '0110', ops: WIDE_SUB, rounds: true },
] as const;
const highNarrows = HIGH_NARROW.map(({ name, U, opcode, ops, rounds }) =>
  simd(bothHalves(name), `0 Q:1 ${U} 01110 size 1 Rm ${opcode} 00 Rn Rd`, (ir, fields: Operands & { Q: number }) => {
    const { Q: q, size, Rm, Rn, Rd } = fields;
    if (size === 3) return ir.undefined();
    ir[of<BinaryOp>(ops, size)](TV[0], Q[Rn], Q[Rm]);
    if (rounds) {
      ir.vconst(TV[1], everyLane(size + 1, ones(1, (8 << size) - 1)));
      ir[of<BinaryOp>(WIDE_ADD, size)](TV[0], TV[0], TV[1]);
    }
    narrow(ir, 'odd', size, q, Rd, TV[0]);
  }),
);

const polynomials = [
  simd('PMULL, PMULL2', '0 Q:1 0 01110 00 1 Rm 1110 00 Rn Rd', (ir, { Q: q, Rm, Rn, Rd }) => {
    ir[q === 0 ? 'vpmull_h' : 'vpmull2_h'](Q[Rd], Q[Rn], Q[Rm]);
  }),
  simd(
    'PMULL, PMULL2 (64-bit)',
    '0 Q:1 0 01110 11 1 Rm 1110 00 Rn Rd',
    (ir, { Q: q, Rm, Rn, Rd }) => {
      if (q === 0) return ir.vpmull_q(Q[Rd], Q[Rn], Q[Rm]);
      ir.vzip2_d(TV[0], Q[Rn], Q[Rn]);
      ir.vzip2_d(TV[1], Q[Rm], Q[Rm]);
      ir.vpmull_q(Q[Rd], TV[0], TV[1]);
    },
    'FEAT_AES',
  ),
];

export const SIMD_THREE_DIFFERENT = [...longs, ...doublings, ...highNarrows, ...polynomials];
