/** Advanced SIMD shifts by an immediate: DDI 0487, "Advanced SIMD shift by immediate" and its scalar class. */

import type { Fields } from '../decode/pattern.ts';
import { imm } from '../ir/builder.ts';
import { Q, type Slot, TV } from '../slots.ts';
import { complement, ones } from './bitmask.ts';
import { simd } from './insn.ts';
import type { A64Ir } from './ir.ts';
import {
  ADD,
  type Bits,
  bhsd,
  everyLane,
  result,
  source,
  type UnaryImmOp,
  type UnaryOp,
  vectorBytes,
  wide,
} from './simd-operands.ts';
import { bothHalves, narrow } from './simd-three-different.ts';

/** `d` = f(n) with lanes of 8 << `size` bits and the field immh:immb; `acc` is Vd before. Temporaries 1 to 3 are free. */
type Operation = (ir: A64Ir, size: number, field: number, d: Slot, n: Slot, acc: Slot) => void;

/** The size that the highest one of immh tells; immh = 0 is no shift. */
const sizeOf = (immh: number): number => 31 - Math.clz32(immh);
const rightShift = (size: number, field: number): number => (16 << size) - field;
const leftShift = (size: number, field: number): number => field - (8 << size);

/** By 1 to the width; a shift by the width leaves signs or zeros. */
const signedRight: Operation = (ir, size, field, d, n) =>
  ir[bhsd('vsshr')[size]](d, n, Math.min(rightShift(size, field), (8 << size) - 1));
const unsignedRight: Operation = (ir, size, field, d, n) => {
  const shift = rightShift(size, field);
  if (shift === 8 << size) ir.vconst(d, imm(0));
  else ir[bhsd('vushr')[size]](d, n, shift);
};
const roundedRight =
  (ops: readonly UnaryImmOp[]): Operation =>
  (ir, size, field, d, n) =>
    ir[ops[size]](d, n, rightShift(size, field));
const accumulated =
  (operation: Operation): Operation =>
  (ir, size, field, d, n, acc) => {
    operation(ir, size, field, TV[1], n, acc);
    ir[ADD[size]](d, acc, TV[1]);
  };
const left =
  (ops: readonly UnaryImmOp[]): Operation =>
  (ir, size, field, d, n) =>
    ir[ops[size]](d, n, leftShift(size, field));

/** Bits that the shifted operand does not reach are Vd's. */
const insertLeft: Operation = (ir, size, field, d, n, acc) => {
  const shift = leftShift(size, field);
  ir[bhsd('vshl')[size]](TV[1], n, shift);
  ir.vconst(TV[2], everyLane(size, complement(shift === 0 ? imm(0) : ones(shift))));
  ir.vselect(d, TV[1], acc, TV[2]);
};
const insertRight: Operation = (ir, size, field, d, n, acc) => {
  const bits = 8 << size;
  const shift = rightShift(size, field);
  unsignedRight(ir, size, field, TV[1], n, acc);
  ir.vconst(TV[2], everyLane(size, shift === bits ? imm(0) : ones(bits - shift)));
  ir.vselect(d, TV[1], acc, TV[2]);
};

const SRSHR = roundedRight(bhsd('vsrshr'));
const URSHR = roundedRight(bhsd('vurshr'));

type Row = readonly [name: string, U: '0' | '1', opcode: Bits, operation: Operation];
/** The scalar form has lanes of 64 bits only. */
const DOUBLEWORD: readonly Row[] = [
  ['SSHR', '0', '00000', signedRight],
  ['USHR', '1', '00000', unsignedRight],
  ['SSRA', '0', '00010', accumulated(signedRight)],
  ['USRA', '1', '00010', accumulated(unsignedRight)],
  ['SRSHR', '0', '00100', SRSHR],
  ['URSHR', '1', '00100', URSHR],
  ['SRSRA', '0', '00110', accumulated(SRSHR)],
  ['URSRA', '1', '00110', accumulated(URSHR)],
  ['SRI', '1', '01000', insertRight],
  ['SHL', '0', '01010', left(bhsd('vshl'))],
  ['SLI', '1', '01010', insertLeft],
];
/** These saturate. */
const ANY_SIZE: readonly Row[] = [
  ['SQSHLU', '1', '01100', left(bhsd('vsqshlu'))],
  ['SQSHL (immediate)', '0', '01110', left(bhsd('vsqshl'))],
  ['UQSHL (immediate)', '1', '01110', left(bhsd('vuqshl'))],
];

type Operands = Fields<'immh immb Rn Rd'>;
type VectorOperands = Operands & Fields<'Q'>;

function operate(ir: A64Ir, row: Row, bytes: number, { immh, immb, Rn, Rd }: Operands): void {
  const n = ANY_SIZE.includes(row) ? source(ir, bytes, Rn, TV[0]) : Q[Rn];
  result(ir, bytes, Rd, (d) => row[3](ir, sizeOf(immh), (immh << 3) | immb, d, n, Q[Rd]));
}

const vectors = [...DOUBLEWORD, ...ANY_SIZE].map((row) =>
  simd(
    `${row[0].split(' ')[0]} (vector, immediate)`,
    `0 Q:1 ${row[1]} 011110 immh:4 immb:3 ${row[2]} 1 Rn Rd`,
    (ir, fields: VectorOperands) => {
      if (fields.immh === 0 || (fields.immh >= 8 && fields.Q === 0)) return ir.undefined();
      operate(ir, row, vectorBytes(fields.Q), fields);
    },
  ),
);
const scalars = [...DOUBLEWORD, ...ANY_SIZE].map((row) =>
  simd(
    `${row[0].split(' ')[0]} (scalar, immediate)`,
    `01 ${row[1]} 111110 immh:4 immb:3 ${row[2]} 1 Rn Rd`,
    (ir, fields: Operands) => {
      if (fields.immh === 0 || (DOUBLEWORD.includes(row) && fields.immh < 8)) return ir.undefined();
      operate(ir, row, 1 << sizeOf(fields.immh), fields);
    },
  ),
);

/** A shift of lanes of twice the width, then how their halves saturate. */
type NarrowRow = readonly [
  name: string,
  U: '0' | '1',
  opcode: Bits,
  shift: Operation,
  saturate: readonly (UnaryOp | undefined)[] | undefined,
];
const NARROW: readonly NarrowRow[] = [
  ['SHRN', '0', '10000', unsignedRight, undefined],
  ['RSHRN', '0', '10001', URSHR, undefined],
];
const SATURATING_NARROW: readonly NarrowRow[] = [
  ['SQSHRN', '0', '10010', signedRight, wide('vsat_s')],
  ['UQSHRN', '1', '10010', unsignedRight, wide('vsat_u')],
  ['SQRSHRN', '0', '10011', SRSHR, wide('vsat_s')],
  ['UQRSHRN', '1', '10011', URSHR, wide('vsat_u')],
  ['SQSHRUN', '1', '10000', signedRight, wide('vsat_su')],
  ['SQRSHRUN', '1', '10001', SRSHR, wide('vsat_su')],
];

/** `to` = n, of lanes twice as wide as immh tells, shifted right and saturated. */
function shiftNarrow(ir: A64Ir, [, , , shift, saturate]: NarrowRow, { immh, immb }: Operands, to: Slot, n: Slot): void {
  const size = sizeOf(immh);
  // The same amount in the encoding of the wider size.
  const field = ((immh << 3) | immb) + (16 << size);
  shift(ir, size + 1, field, to, n, n);
  if (saturate !== undefined) ir[saturate[size] as UnaryOp](to, to);
}

const narrows = [...NARROW, ...SATURATING_NARROW].map((row) =>
  simd(bothHalves(row[0]), `0 Q:1 ${row[1]} 011110 immh:4 immb:3 ${row[2]} 1 Rn Rd`, (ir, fields: VectorOperands) => {
    if (fields.immh === 0 || fields.immh >= 8) return ir.undefined();
    shiftNarrow(ir, row, fields, TV[1], Q[fields.Rn]);
    narrow(ir, 'even', sizeOf(fields.immh), fields.Q, fields.Rd, TV[1]);
  }),
);
const scalarNarrows = SATURATING_NARROW.map((row) =>
  simd(`${row[0]} (scalar)`, `01 ${row[1]} 111110 immh:4 immb:3 ${row[2]} 1 Rn Rd`, (ir, fields: Operands) => {
    const { immh, Rn, Rd } = fields;
    if (immh === 0 || immh >= 8) return ir.undefined();
    const bytes = 1 << sizeOf(immh);
    shiftNarrow(ir, row, fields, TV[1], source(ir, 2 * bytes, Rn, TV[0]));
    result(ir, bytes, Rd, (d) => ir.vmov(d, TV[1]));
  }),
);

const LONG = [
  { name: 'SSHLL', U: '0', ops: [wide('vsxtl'), wide('vsxtl2')] },
  { name: 'USHLL', U: '1', ops: [wide('vuxtl'), wide('vuxtl2')] },
] as const;
const longs = LONG.map(({ name, U, ops }) =>
  simd(bothHalves(name), `0 Q:1 ${U} 011110 immh:4 immb:3 10100 1 Rn Rd`, (ir, { Q: q, immh, immb, Rn, Rd }) => {
    const size = sizeOf(immh);
    const extend: UnaryOp | undefined = ops[q][size];
    if (immh === 0 || extend === undefined) return ir.undefined();
    ir[extend](TV[0], Q[Rn]);
    ir[bhsd('vshl')[size + 1]](Q[Rd], TV[0], leftShift(size, (immh << 3) | immb));
  }),
);

export const SIMD_SHIFT = [...vectors, ...scalars, ...narrows, ...scalarNarrows, ...longs];
