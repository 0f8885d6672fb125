/** Advanced SIMD integer by an element: DDI 0487, "Advanced SIMD vector x indexed element" and its scalar class. */

import type { Fields } from '../decode/pattern.ts';
import { Q, type Slot, TV } from '../slots.ts';
import { simd } from './insn.ts';
import type { A64Ir } from './ir.ts';
import {
  ADD,
  type BinaryOp,
  type Bits,
  type BySize,
  hs,
  keep,
  lane,
  result,
  SUB,
  source,
  vectorBytes,
} from './simd-operands.ts';
import {
  bothHalves,
  doubled,
  doubledAdd,
  doubledSubtract,
  type LongOperation,
  multiplyAdd,
  multiplySubtract,
  product,
  scalarLong,
} from './simd-three-different.ts';

type Operands = Fields<'size L M Rm H Rn Rd'>;
type VectorOperands = Operands & Fields<'Q'>;

/** Temporary 1 = the element in every lane: H:L:M of V0 to V15 for halfwords, H:L of any register for words. */
function element(ir: A64Ir, { size, L, M, Rm, H }: Operands): Slot {
  const [register, index] = size === 1 ? [Rm, (H << 2) | (L << 1) | M] : [(M << 4) | Rm, (H << 1) | L];
  ir.vpick(TV[1], Q[register], lane(size, index));
  return TV[1];
}

const hasSize = ({ size }: Operands): boolean => size === 1 || size === 2;
const MULTIPLY = hs('vmul');

/** Name, U, opcode, what is done with the product and Vd. */
const SAME: readonly (readonly [name: string, U: '0' | '1', opcode: Bits, total: BySize<BinaryOp> | undefined])[] = [
  ['MLA', '1', '0000', ADD],
  ['MLS', '1', '0100', SUB],
  ['MUL', '0', '1000', undefined],
];
const sames = SAME.map(([name, U, opcode, total]) =>
  simd(
    `${name} (by element)`,
    `0 Q:1 ${U} 01111 size L M:1 Rm:4 ${opcode} H:1 0 Rn Rd`,
    (ir, fields: VectorOperands) => {
      const { Q: q, size, Rn, Rd } = fields;
      if (!hasSize(fields)) return ir.undefined();
      const m = element(ir, fields);
      const multiply = MULTIPLY[size] as BinaryOp;
      result(ir, vectorBytes(q), Rd, (d) => {
        ir[multiply](total === undefined ? d : TV[2], Q[Rn], m);
        if (total !== undefined) ir[total[size] as BinaryOp](d, Q[Rd], TV[2]);
      });
    },
  ),
);

const HIGH: readonly (readonly [name: string, opcode: Bits, ops: BySize<BinaryOp>])[] = [
  ['SQDMULH', '1100', hs('vsqdmulh')],
  ['SQRDMULH', '1101', hs('vsqrdmulh')],
];
function high(ir: A64Ir, ops: BySize<BinaryOp>, bytes: number, fields: Operands): void {
  const { size, Rn, Rd } = fields;
  const n = source(ir, bytes, Rn, TV[0]);
  const m = element(ir, fields);
  result(ir, bytes, Rd, (d) => ir[ops[size] as BinaryOp](d, n, m));
}
const highs = HIGH.flatMap(([name, opcode, ops]) => [
  simd(`${name} (by element)`, `0 Q:1 0 01111 size L M:1 Rm:4 ${opcode} H:1 0 Rn Rd`, (ir, fields: VectorOperands) => {
    if (!hasSize(fields)) return ir.undefined();
    high(ir, ops, vectorBytes(fields.Q), fields);
  }),
  simd(`${name} (scalar, by element)`, `01 0 11111 size L M:1 Rm:4 ${opcode} H:1 0 Rn Rd`, (ir, fields: Operands) => {
    if (!hasSize(fields)) return ir.undefined();
    high(ir, ops, 1 << fields.size, fields);
  }),
]);

const LONG: readonly (readonly [name: string, U: '0' | '1', opcode: Bits, operation: LongOperation])[] = [
  ['SMLAL', '0', '0010', multiplyAdd('S')],
  ['UMLAL', '1', '0010', multiplyAdd('U')],
  ['SMLSL', '0', '0110', multiplySubtract('S')],
  ['UMLSL', '1', '0110', multiplySubtract('U')],
  ['SMULL', '0', '1010', product('S')],
  ['UMULL', '1', '1010', product('U')],
];
const DOUBLING: typeof LONG = [
  ['SQDMLAL', '0', '0011', doubledAdd],
  ['SQDMLSL', '0', '0111', doubledSubtract],
  ['SQDMULL', '0', '1011', doubled],
];
const longs = [...LONG, ...DOUBLING].map(([name, U, opcode, operation]) =>
  simd(
    bothHalves(name, 'by element'),
    `0 Q:1 ${U} 01111 size L M:1 Rm:4 ${opcode} H:1 0 Rn Rd`,
    (ir, fields: VectorOperands) => {
      const { Q: q, size, Rn, Rd } = fields;
      if (!hasSize(fields)) return ir.undefined();
      operation(ir, size, q, Q[Rd], Q[Rn], element(ir, fields), Q[Rd]);
    },
  ),
);
const scalars = DOUBLING.map(([name, , opcode, operation]) =>
  simd(`${name} (scalar, by element)`, `01 0 11111 size L M:1 Rm:4 ${opcode} H:1 0 Rn Rd`, (ir, fields: Operands) => {
    const { size, Rn, Rd } = fields;
    if (!hasSize(fields)) return ir.undefined();
    const n = source(ir, 1 << size, Rn, TV[0]);
    const m = element(ir, fields);
    keep(ir, 1 << size, m, m);
    scalarLong(ir, operation, size, Rd, n, m);
  }),
);

export const SIMD_BY_ELEMENT = [...sames, ...highs, ...longs, ...scalars];
