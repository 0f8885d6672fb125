/** Advanced SIMD permutations: DDI 0487, "Advanced SIMD permute", "extract" and "table lookup". */

import { imm } from '../ir/builder.ts';
import { Q, TV } from '../slots.ts';
import { simd } from './insn.ts';
import type { A64Ir } from './ir.ts';
import { everyLane, result, vectorBytes } from './simd-operands.ts';

/** Name, opcode, IR ops by size; those of doublewords are zips. */
const PERMUTE = [
  { name: 'UZP1', opcode: '001', ops: ['vuzp1_b', 'vuzp1_h', 'vuzp1_s', 'vzip1_d'] },
  { name: 'TRN1', opcode: '010', ops: ['vtrn1_b', 'vtrn1_h', 'vtrn1_s', 'vzip1_d'] },
  { name: 'ZIP1', opcode: '011', ops: ['vzip1_b', 'vzip1_h', 'vzip1_s', 'vzip1_d'] },
  { name: 'UZP2', opcode: '101', ops: ['vuzp2_b', 'vuzp2_h', 'vuzp2_s', 'vzip2_d'] },
  { name: 'TRN2', opcode: '110', ops: ['vtrn2_b', 'vtrn2_h', 'vtrn2_s', 'vzip2_d'] },
] as const;

const permutes = [
  ...PERMUTE.map(({ name, opcode, ops }) =>
    simd(name, `0 Q:1 001110 size 0 Rm 0 ${opcode} 10 Rn Rd`, (ir, { Q: q, size, Rm, Rn, Rd }) => {
      if (size === 3 && q === 0) return ir.undefined();
      let [n, m] = [Q[Rn], Q[Rm]];
      // Of two vectors of 64 bits as one the even and the odd lanes are those of the pair.
      if (q === 0 && name.startsWith('UZP')) {
        ir.vzip1_d(TV[1], n, m);
        n = m = TV[1];
      }
      result(ir, vectorBytes(q), Rd, (d) => ir[ops[size]](d, n, m));
    }),
  ),
  simd('ZIP2', '0 Q:1 001110 size 0 Rm 0 111 10 Rn Rd', (ir, { Q: q, size, Rm, Rn, Rd }) => {
    if (size === 3 && q === 0) return ir.undefined();
    const [lower, upper] = [
      (['vzip1_b', 'vzip1_h', 'vzip1_s', 'vzip1_d'] as const)[size],
      (['vzip2_b', 'vzip2_h', 'vzip2_s', 'vzip2_d'] as const)[size],
    ];
    if (q === 1) return ir[upper](Q[Rd], Q[Rn], Q[Rm]);
    // The lower halves zipped make 128 bits, of which the upper ones count.
    ir[lower](TV[0], Q[Rn], Q[Rm]);
    upperHalf(ir, Rd);
  }),
];

/** Vd = the upper half of temporary 0. */
function upperHalf(ir: A64Ir, Rd: number): void {
  ir.vconst(TV[1], imm(0));
  ir.vzip2_d(Q[Rd], TV[0], TV[1]);
}

const extract = simd('EXT', '0 Q:1 101110 00 0 Rm 0 imm4:4 0 Rn Rd', (ir, { Q: q, Rm, imm4, Rn, Rd }) => {
  if (q === 1) return ir.vext(Q[Rd], Q[Rn], Q[Rm], imm4);
  if (imm4 > 7) return ir.undefined();
  ir.vzip1_d(TV[1], Q[Rn], Q[Rm]);
  result(ir, 8, Rd, (d) => ir.vext(d, TV[1], TV[1], imm4));
});

/** Temporary 1 = bytes of the table in `len` + 1 registers from Vn on that Vm numbers, 0 past its end. */
function lookUp(ir: A64Ir, Rn: number, len: number, Rm: number): void {
  ir.vtbl(TV[1], Q[Rn], Q[Rm]);
  for (let i = 1; i <= len; i++) {
    ir.vconst(TV[2], everyLane(0, imm(16 * i)));
    ir.vsub_b(TV[2], Q[Rm], TV[2]);
    ir.vtbl(TV[2], Q[(Rn + i) % 32], TV[2]);
    ir.vorr(TV[1], TV[1], TV[2]);
  }
}

const tables = [
  simd('TBL', '0 Q:1 001110 000 Rm 0 len:2 0 00 Rn Rd', (ir, { Q: q, Rm, len, Rn, Rd }) => {
    lookUp(ir, Rn, len, Rm);
    result(ir, vectorBytes(q), Rd, (d) => ir.vmov(d, TV[1]));
  }),
  simd('TBX', '0 Q:1 001110 000 Rm 0 len:2 1 00 Rn Rd', (ir, { Q: q, Rm, len, Rn, Rd }) => {
    lookUp(ir, Rn, len, Rm);
    ir.vconst(TV[2], everyLane(0, imm(16 * (len + 1))));
    ir.vcmhs_b(TV[2], Q[Rm], TV[2]);
    result(ir, vectorBytes(q), Rd, (d) => ir.vselect(d, Q[Rd], TV[1], TV[2]));
  }),
];

export const SIMD_PERMUTE = [...permutes, extract, ...tables];
