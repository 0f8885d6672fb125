/** Moves between lanes, vectors and general registers: DDI 0487, "Advanced SIMD copy". */

import { Q, TV } from '../slots.ts';
import { ones } from './bitmask.ts';
import { simd } from './insn.ts';
import type { A64Ir } from './ir.ts';
import { bhsd, keep, lane, result, vectorBytes } from './simd-operands.ts';

const INSERT = bhsd('vinsert');
const SPLAT = bhsd('vsplat');

/** The lane size that the lowest one of imm5 tells, 4 where there is none, and the index above it. */
const sizeOf = (imm5: number): number => (imm5 & 15 ? 31 - Math.clz32(imm5 & -imm5) : 4);
const indexOf = (imm5: number, size: number): number => imm5 >> (size + 1);

/** Temporary 0 = lane of Vn, zero-extended. */
function extractLane(ir: A64Ir, Rn: number, size: number, index: number): void {
  ir.vextract(ir.T(0), Q[Rn], index << size);
  if (size < 3) ir.and64(ir.T(0), ir.T(0), ones(8 << size));
}

const SIGN_EXTEND = ['sext8', 'sext16', 'sext32'] as const;

export const SIMD_COPY = [
  simd('DUP (element)', '0 Q:1 0 01110000 imm5 0 0000 1 Rn Rd', (ir, { Q: q, imm5, Rn, Rd }) => {
    const size = sizeOf(imm5);
    if (size === 4 || (size === 3 && q === 0)) return ir.undefined();
    result(ir, vectorBytes(q), Rd, (d) => ir.vpick(d, Q[Rn], lane(size, indexOf(imm5, size))));
  }),
  simd('DUP (scalar)', '01 0 11110000 imm5 0 0000 1 Rn Rd', (ir, { imm5, Rn, Rd }) => {
    const size = sizeOf(imm5);
    if (size === 4) return ir.undefined();
    ir.vpick(TV[0], Q[Rn], lane(size, indexOf(imm5, size)));
    keep(ir, 1 << size, Q[Rd], TV[0]);
  }),
  simd('DUP (general)', '0 Q:1 0 01110000 imm5 0 0001 1 Rn Rd', (ir, { Q: q, imm5, Rn, Rd }) => {
    const size = sizeOf(imm5);
    if (size === 4 || (size === 3 && q === 0)) return ir.undefined();
    result(ir, vectorBytes(q), Rd, (d) => ir[SPLAT[size]](d, ir.X(Rn)));
  }),
  simd('SMOV', '0 Q:1 0 01110000 imm5 0 0101 1 Rn Rd', (ir, { Q: q, imm5, Rn, Rd }) => {
    const size = sizeOf(imm5);
    if (size > 2 || (size === 2 && q === 0)) return ir.undefined();
    ir.vextract(ir.T(0), Q[Rn], indexOf(imm5, size) << size);
    ir[SIGN_EXTEND[size as 0 | 1 | 2]](q === 0 ? ir.T(0) : ir.Xd(Rd), ir.T(0));
    if (q === 0) ir.mov32(ir.Xd(Rd), ir.T(0));
  }),
  simd('UMOV', '0 Q:1 0 01110000 imm5 0 0111 1 Rn Rd', (ir, { Q: q, imm5, Rn, Rd }) => {
    const size = sizeOf(imm5);
    if (size === 4 || (size === 3) !== (q === 1)) return ir.undefined();
    extractLane(ir, Rn, size, indexOf(imm5, size));
    ir.mov64(ir.Xd(Rd), ir.T(0));
  }),
  simd('INS (general)', '01 0 01110000 imm5 0 0011 1 Rn Rd', (ir, { imm5, Rn, Rd }) => {
    const size = sizeOf(imm5);
    if (size === 4) return ir.undefined();
    ir[INSERT[size]](Q[Rd], Q[Rd], ir.X(Rn), indexOf(imm5, size));
  }),
  simd('INS (element)', '01 1 01110000 imm5 0 imm4:4 1 Rn Rd', (ir, { imm5, imm4, Rn, Rd }) => {
    const size = sizeOf(imm5);
    if (size === 4) return ir.undefined();
    ir.vextract(ir.T(0), Q[Rn], (imm4 >> size) << size);
    ir[INSERT[size]](Q[Rd], Q[Rd], ir.T(0), indexOf(imm5, size));
  }),
];
