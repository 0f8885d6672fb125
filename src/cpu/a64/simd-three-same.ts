/** Advanced SIMD three same, integer: DDI 0487, "Advanced SIMD three same" and "Advanced SIMD scalar three same". */

import type { Fields } from '../decode/pattern.ts';
import type { Slot } from '../slots.ts';
import { Q, TV } from '../slots.ts';
import { simd } from './insn.ts';
import type { A64Ir } from './ir.ts';
import {
  ADD,
  type BinaryOp,
  type Bits,
  type BySize,
  bhs,
  bhsd,
  hs,
  onlyB,
  result,
  SUB,
  source,
  vectorBytes,
} from './simd-operands.ts';

/** What an instruction does: `d` = f(n, m) with lanes of `size`; `acc` is Vd before. Temporaries 2 and 3 are free. */
interface Operation {
  /** Lane sizes that it has. */
  readonly has: (size: number) => boolean;
  /** It may set FPSR.QC, so the bytes that do not count have to be zero. */
  readonly saturates: boolean;
  readonly emit: (ir: A64Ir, size: number, d: Slot, n: Slot, m: Slot, acc: Slot) => void;
}

const hasOp = (ops: BySize<unknown>) => (size: number) => ops[size] !== undefined;

/** One IR op. */
const plain = (ops: BySize<BinaryOp>, saturates = false): Operation => ({
  has: hasOp(ops),
  saturates,
  emit: (ir, size, d, n, m) => ir[ops[size] as BinaryOp](d, n, m),
});
const saturating = (ops: BySize<BinaryOp>): Operation => plain(ops, true);

/** One IR op, whose result is added to Vd or subtracted from it. */
const accumulating = (ops: BySize<BinaryOp>, total: typeof ADD | typeof SUB): Operation => ({
  has: hasOp(ops),
  saturates: false,
  emit(ir, size, d, n, m, acc) {
    ir[ops[size] as BinaryOp](TV[2], n, m);
    ir[total[size]](d, acc, TV[2]);
  },
});

/** To the left where the count in the low byte of the lane is positive, to the right where it is negative. */
const shifting = (left: BySize<BinaryOp>, right: BySize<BinaryOp>, saturates = false): Operation => ({
  has: hasOp(left),
  saturates,
  emit(ir, size, d, n, m) {
    ir[bhsd('vleft')[size]](TV[2], m);
    ir[left[size] as BinaryOp](TV[2], n, TV[2]);
    ir[bhsd('vright')[size]](TV[3], m);
    ir[right[size] as BinaryOp](d, TV[2], TV[3]);
  },
});

const SHL = bhsd('vshlv');
const SQSHL = bhsd('vsqshlv');
const UQSHL = bhsd('vuqshlv');
const SSHR = bhsd('vsshrv');
const USHR = bhsd('vushrv');
const SRSHR = bhsd('vsrshrv');
const URSHR = bhsd('vurshrv');

/** Name, U, opcode, what it does. */
const BOTH: readonly (readonly [name: string, U: '0' | '1', opcode: Bits, operation: Operation])[] = [
  ['SQADD', '0', '00001', saturating(bhsd('vsqadd'))],
  ['UQADD', '1', '00001', saturating(bhsd('vuqadd'))],
  ['SQSUB', '0', '00101', saturating(bhsd('vsqsub'))],
  ['UQSUB', '1', '00101', saturating(bhsd('vuqsub'))],
  ['SQSHL (register)', '0', '01001', shifting(SQSHL, SSHR, true)],
  ['UQSHL (register)', '1', '01001', shifting(UQSHL, USHR, true)],
  ['SQRSHL', '0', '01011', shifting(SQSHL, SRSHR, true)],
  ['UQRSHL', '1', '01011', shifting(UQSHL, URSHR, true)],
  ['SQDMULH (vector)', '0', '10110', saturating(hs('vsqdmulh'))],
  ['SQRDMULH (vector)', '1', '10110', saturating(hs('vsqrdmulh'))],
];
/** The scalar form has lanes of 64 bits only. */
const DOUBLEWORD: typeof BOTH = [
  ['CMGT (register)', '0', '00110', plain(bhsd('vcmgt'))],
  ['CMHI (register)', '1', '00110', plain(bhsd('vcmhi'))],
  ['CMGE (register)', '0', '00111', plain(bhsd('vcmge'))],
  ['CMHS (register)', '1', '00111', plain(bhsd('vcmhs'))],
  ['SSHL', '0', '01000', shifting(SHL, SSHR)],
  ['USHL', '1', '01000', shifting(SHL, USHR)],
  ['SRSHL', '0', '01010', shifting(SHL, SRSHR)],
  ['URSHL', '1', '01010', shifting(SHL, URSHR)],
  ['ADD (vector)', '0', '10000', plain(ADD)],
  ['SUB (vector)', '1', '10000', plain(SUB)],
  ['CMTST', '0', '10001', plain(bhsd('vcmtst'))],
  ['CMEQ (register)', '1', '10001', plain(bhsd('vcmeq'))],
];
/** No scalar form. */
const VECTOR: typeof BOTH = [
  ['SHADD', '0', '00000', plain(bhs('vshadd'))],
  ['UHADD', '1', '00000', plain(bhs('vuhadd'))],
  ['SRHADD', '0', '00010', plain(bhs('vsrhadd'))],
  ['URHADD', '1', '00010', plain(bhs('vurhadd'))],
  ['SHSUB', '0', '00100', plain(bhs('vshsub'))],
  ['UHSUB', '1', '00100', plain(bhs('vuhsub'))],
  ['SMAX', '0', '01100', plain(bhs('vsmax'))],
  ['UMAX', '1', '01100', plain(bhs('vumax'))],
  ['SMIN', '0', '01101', plain(bhs('vsmin'))],
  ['UMIN', '1', '01101', plain(bhs('vumin'))],
  ['SABD', '0', '01110', plain(bhs('vsabd'))],
  ['UABD', '1', '01110', plain(bhs('vuabd'))],
  ['SABA', '0', '01111', accumulating(bhs('vsabd'), ADD)],
  ['UABA', '1', '01111', accumulating(bhs('vuabd'), ADD)],
  ['MLA (vector)', '0', '10010', accumulating(bhs('vmul'), ADD)],
  ['MLS (vector)', '1', '10010', accumulating(bhs('vmul'), SUB)],
  ['MUL (vector)', '0', '10011', plain(bhs('vmul'))],
  ['PMUL', '1', '10011', plain(onlyB('vpmul_b'))],
];

type Operands = Fields<'size Rm Rn Rd'>;

/** Runs an operation on vectors of which so many bytes count. */
function operate(ir: A64Ir, { saturates, emit }: Operation, bytes: number, { size, Rm, Rn, Rd }: Operands): void {
  const n = saturates ? source(ir, bytes, Rn, TV[0]) : Q[Rn];
  const m = saturates ? source(ir, bytes, Rm, TV[1]) : Q[Rm];
  result(ir, bytes, Rd, (d) => emit(ir, size, d, n, m, Q[Rd]));
}

const vectors = [...BOTH, ...DOUBLEWORD, ...VECTOR].map(([name, U, opcode, operation]) =>
  simd(name, `0 Q:1 ${U} 01110 size 1 Rm ${opcode} 1 Rn Rd`, (ir, fields: Operands & { Q: number }) => {
    if (!operation.has(fields.size) || (fields.size === 3 && fields.Q === 0)) return ir.undefined();
    operate(ir, operation, vectorBytes(fields.Q), fields);
  }),
);

const scalars = [...BOTH, ...DOUBLEWORD].map((entry) => {
  const [name, U, opcode, operation] = entry;
  const anySize = BOTH.includes(entry);
  return simd(`${name.split(' ')[0]} (scalar)`, `01 ${U} 11110 size 1 Rm ${opcode} 1 Rn Rd`, (ir, fields: Operands) => {
    if (!operation.has(fields.size) || (!anySize && fields.size !== 3)) return ir.undefined();
    operate(ir, operation, 1 << fields.size, fields);
  });
});

/** Name, U, opcode, IR ops on adjacent lanes of Vm:Vn. */
const PAIRWISE = [
  { name: 'SMAXP', U: '0', opcode: '10100', ops: bhs('vsmax') },
  { name: 'UMAXP', U: '1', opcode: '10100', ops: bhs('vumax') },
  { name: 'SMINP', U: '0', opcode: '10101', ops: bhs('vsmin') },
  { name: 'UMINP', U: '1', opcode: '10101', ops: bhs('vumin') },
  { name: 'ADDP (vector)', U: '0', opcode: '10111', ops: ADD },
] as const;
const EVEN = ['vuzp1_b', 'vuzp1_h', 'vuzp1_s', 'vzip1_d'] as const;
const ODD = ['vuzp2_b', 'vuzp2_h', 'vuzp2_s', 'vzip2_d'] as const;

const pairwise = PAIRWISE.map(({ name, U, opcode, ops }) =>
  simd(
    name,
    `0 Q:1 ${U} 01110 size 1 Rm ${opcode} 1 Rn Rd`,
    (ir, { Q: q, size, Rm, Rn, Rd }: Operands & { Q: number }) => {
      const op = ops[size];
      if (op === undefined || (size === 3 && q === 0)) return ir.undefined();
      let [n, m] = [Q[Rn], Q[Rm]];
      if (q === 0) {
        ir.vzip1_d(TV[2], n, m);
        n = m = TV[2];
      }
      ir[EVEN[size]](TV[0], n, m);
      ir[ODD[size]](TV[1], n, m);
      result(ir, vectorBytes(q), Rd, (d) => ir[op](d, TV[0], TV[1]));
    },
  ),
);

/** Name, U, size; IR op or what bits of the first are chosen by the last. */
const LOGICAL = [
  { name: 'AND (vector)', U: '0', size: '00', op: 'vand' },
  { name: 'BIC (vector, register)', U: '0', size: '01', op: 'vbic' },
  { name: 'ORR (vector, register)', U: '0', size: '10', op: 'vorr' },
  { name: 'ORN (vector)', U: '0', size: '11', op: 'vorn' },
  { name: 'EOR (vector)', U: '1', size: '00', op: 'veor' },
] as const;
const logical = LOGICAL.map(({ name, U, size, op }) =>
  simd(
    name,
    `0 Q:1 ${U} 01110 ${size} 1 Rm 00011 1 Rn Rd`,
    (ir, { Q: q, Rm, Rn, Rd }: Omit<Operands, 'size'> & { Q: number }) =>
      result(ir, vectorBytes(q), Rd, (d) => ir[op](d, Q[Rn], Q[Rm])),
  ),
);

/** Name, size, and the registers: bits of the first where the last is 1, else of the second. */
const SELECT: readonly (readonly [
  name: string,
  size: Bits,
  order: (d: Slot, n: Slot, m: Slot) => [Slot, Slot, Slot],
])[] = [
  ['BSL', '01', (d, n, m) => [n, m, d]],
  ['BIT', '10', (d, n, m) => [n, d, m]],
  ['BIF', '11', (d, n, m) => [d, n, m]],
];
const selects = SELECT.map(([name, size, order]) =>
  simd(
    name,
    `0 Q:1 1 01110 ${size} 1 Rm 00011 1 Rn Rd`,
    (ir, { Q: q, Rm, Rn, Rd }: Omit<Operands, 'size'> & { Q: number }) =>
      result(ir, vectorBytes(q), Rd, (d) => ir.vselect(d, ...order(Q[Rd], Q[Rn], Q[Rm]))),
  ),
);

export const SIMD_THREE_SAME = [...vectors, ...scalars, ...pairwise, ...logical, ...selects];
