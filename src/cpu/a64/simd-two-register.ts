/** Advanced SIMD on one source, integer: DDI 0487, "Advanced SIMD two-register miscellaneous" and its scalar class. */

import type { Fields } from '../decode/pattern.ts';
import { imm } from '../ir/builder.ts';
import { Q, type Slot, TV } from '../slots.ts';
import { ones } from './bitmask.ts';
import { simd } from './insn.ts';
import type { A64Ir } from './ir.ts';
import {
  type BinaryOp,
  type Bits,
  type BySize,
  bhs,
  bhsd,
  everyLane,
  onlyB,
  result,
  source,
  type UnaryOp,
  vectorBytes,
  wide,
} from './simd-operands.ts';
import { bothHalves, narrow } from './simd-three-different.ts';

/** What an instruction does: `d` = f(n) with lanes of `size`; `acc` is Vd before. Temporaries 1 to 3 are free. */
interface Operation {
  readonly has: (size: number) => boolean;
  /** It may set FPSR.QC, so the bytes that do not count have to be zero. */
  readonly saturates?: boolean;
  readonly emit: (ir: A64Ir, size: number, d: Slot, n: Slot, acc: Slot) => void;
}
type Row = readonly [name: string, U: '0' | '1', opcode: Bits, operation: Operation];

const plain = (ops: BySize<UnaryOp>, saturates = false): Operation => ({
  has: (size) => ops[size] !== undefined,
  saturates,
  emit: (ir, size, d, n) => ir[ops[size] as UnaryOp](d, n),
});

/** The comparison with zero, which is its second operand or its first. */
const compare = (ops: BySize<BinaryOp>, zero: 'right' | 'left' = 'right'): Operation => ({
  has: (size) => ops[size] !== undefined,
  emit(ir, size, d, n) {
    ir.vconst(TV[1], imm(0));
    ir[ops[size] as BinaryOp](d, zero === 'right' ? n : TV[1], zero === 'right' ? TV[1] : n);
  },
});

/**
 * The sum of an operand of either signedness with Vd of the other: 2^(n - 1) moves the range of the one that is Vd's
 * to the range of the other, and back.
 */
const mixedAdd = (ops: readonly BinaryOp[]): Operation => ({
  has: () => true,
  saturates: true,
  emit(ir, size, d, n, acc) {
    ir.vconst(TV[1], everyLane(size, ones(1, (8 << size) - 1)));
    ir.veor(TV[2], acc, TV[1]);
    ir[ops[size]](TV[2], TV[2], n);
    ir.veor(d, TV[2], TV[1]);
  },
});
const negate: Operation = {
  has: () => true,
  saturates: true,
  emit(ir, size, d, n) {
    ir.vconst(TV[1], imm(0));
    ir[bhsd('vsqsub')[size]](d, TV[1], n);
  },
};

const BOTH: readonly Row[] = [
  ['SUQADD', '0', '00011', mixedAdd(bhsd('vuqadd'))],
  ['USQADD', '1', '00011', mixedAdd(bhsd('vsqadd'))],
  ['SQABS', '0', '00111', plain(bhsd('vsqabs'), true)],
  ['SQNEG', '1', '00111', negate],
];
/** The scalar form has lanes of 64 bits only. */
const DOUBLEWORD: readonly Row[] = [
  ['CMGT (zero)', '0', '01000', compare(bhsd('vcmgt'))],
  ['CMGE (zero)', '1', '01000', compare(bhsd('vcmge'))],
  ['CMEQ (zero)', '0', '01001', compare(bhsd('vcmeq'))],
  ['CMLE (zero)', '1', '01001', compare(bhsd('vcmge'), 'left')],
  ['CMLT (zero)', '0', '01010', compare(bhsd('vcmgt'), 'left')],
  ['ABS', '0', '01011', plain(bhsd('vabs'))],
  ['NEG (vector)', '1', '01011', plain(bhsd('vneg'))],
];
/** No scalar form. */
const VECTOR: readonly Row[] = [
  ['REV64', '0', '00000', plain(bhs('vrev64'))],
  ['REV32 (vector)', '1', '00000', plain(['vrev32_b', 'vrev32_h'])],
  ['REV16 (vector)', '0', '00001', plain(onlyB('vrev16_b'))],
  ['CLS (vector)', '0', '00100', plain(bhs('vcls'))],
  ['CLZ (vector)', '1', '00100', plain(bhs('vclz'))],
  ['CNT', '0', '00101', plain(onlyB('vcnt'))],
  ['SADDLP', '0', '00010', plain(wide('vsaddlp'))],
  ['UADDLP', '1', '00010', plain(wide('vuaddlp'))],
  ['SADALP', '0', '00110', pairAccumulate(wide('vsaddlp'))],
  ['UADALP', '1', '00110', pairAccumulate(wide('vuaddlp'))],
];

function pairAccumulate(ops: BySize<UnaryOp>): Operation {
  return {
    has: (size) => ops[size] !== undefined,
    emit(ir, size, d, n, acc) {
      ir[ops[size] as UnaryOp](TV[1], n);
      ir[wide('vadd')[size] as BinaryOp](d, acc, TV[1]);
    },
  };
}

type Operands = Fields<'size Rn Rd'>;
type VectorOperands = Operands & Fields<'Q'>;

function operate(ir: A64Ir, { saturates, emit }: Operation, bytes: number, { size, Rn, Rd }: Operands): void {
  const [n, acc] = saturates === true ? [source(ir, bytes, Rn, TV[0]), source(ir, bytes, Rd, TV[3])] : [Q[Rn], Q[Rd]];
  result(ir, bytes, Rd, (d) => emit(ir, size, d, n, acc));
}

const vectors = [...BOTH, ...DOUBLEWORD, ...VECTOR].map(([name, U, opcode, operation]) =>
  simd(name, `0 Q:1 ${U} 01110 size 10000 ${opcode} 10 Rn Rd`, (ir, fields: VectorOperands) => {
    if (!operation.has(fields.size) || (fields.size === 3 && fields.Q === 0)) return ir.undefined();
    operate(ir, operation, vectorBytes(fields.Q), fields);
  }),
);
const scalars = [...BOTH, ...DOUBLEWORD].map((row) => {
  const [name, U, opcode, operation] = row;
  const anySize = BOTH.includes(row);
  const form = name.includes('zero') ? 'scalar, zero' : 'scalar';
  return simd(
    `${name.split(' ')[0]} (${form})`,
    `01 ${U} 11110 size 10000 ${opcode} 10 Rn Rd`,
    (ir, fields: Operands) => {
      if (!anySize && fields.size !== 3) return ir.undefined();
      operate(ir, operation, 1 << fields.size, fields);
    },
  );
});

const bits = [
  simd('NOT', '0 Q:1 1 01110 00 10000 00101 10 Rn Rd', (ir, { Q: q, Rn, Rd }) => {
    result(ir, vectorBytes(q), Rd, (d) => ir.vnot(d, Q[Rn]));
  }),
  simd('RBIT (vector)', '0 Q:1 1 01110 01 10000 00101 10 Rn Rd', (ir, { Q: q, Rn, Rd }) => {
    result(ir, vectorBytes(q), Rd, (d) => ir.vrbit(d, Q[Rn]));
  }),
];

/** Name, U, opcode, and the op that saturates lanes of twice the width. */
const NARROW = [
  { name: 'SQXTN', U: '0', opcode: '10100', saturate: wide('vsat_s') },
  { name: 'SQXTUN', U: '1', opcode: '10010', saturate: wide('vsat_su') },
  { name: 'UQXTN', U: '1', opcode: '10100', saturate: wide('vsat_u') },
] as const;
const narrows = [
  simd('XTN, XTN2', '0 Q:1 0 01110 size 10000 10010 10 Rn Rd', (ir, { Q: q, size, Rn, Rd }) => {
    if (size === 3) return ir.undefined();
    narrow(ir, 'even', size, q, Rd, Q[Rn]);
  }),
  ...NARROW.flatMap(({ name, U, opcode, saturate }) => [
    simd(bothHalves(name), `0 Q:1 ${U} 01110 size 10000 ${opcode} 10 Rn Rd`, (ir, { Q: q, size, Rn, Rd }) => {
      const op = saturate[size];
      if (op === undefined) return ir.undefined();
      ir[op](TV[1], Q[Rn]);
      narrow(ir, 'even', size, q, Rd, TV[1]);
    }),
    simd(`${name} (scalar)`, `01 ${U} 11110 size 10000 ${opcode} 10 Rn Rd`, (ir, { size, Rn, Rd }) => {
      const op = saturate[size];
      if (op === undefined) return ir.undefined();
      result(ir, 1 << size, Rd, (d) => ir[op](d, source(ir, 2 << size, Rn, TV[1])));
    }),
  ]),
];

const EXTEND = [wide('vuxtl'), wide('vuxtl2')] as const;
const shiftLong = simd('SHLL, SHLL2', '0 Q:1 1 01110 size 10000 10011 10 Rn Rd', (ir, { Q: q, size, Rn, Rd }) => {
  const op = EXTEND[q][size];
  if (op === undefined) return ir.undefined();
  ir[op](TV[0], Q[Rn]);
  ir[bhsd('vshl')[size + 1]](Q[Rd], TV[0], 8 << size);
});

export const SIMD_TWO_REGISTER = [...vectors, ...scalars, ...bits, ...narrows, shiftLong];
