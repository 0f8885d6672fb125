/** Data processing (immediate): DDI 0487, "Data Processing -- Immediate", all but its bitfield and extract classes. */

import { imm, immOf } from '../ir/builder.ts';
import { complement, decodeBitMasks, ones } from './bitmask.ts';
import { ADD_SUBTRACT } from './data-arithmetic.ts';
import { insn } from './insn.ts';
import type { A64Ir } from './ir.ts';
import { signed } from './operands.ts';

const PAGE_BYTES = 4096;

/** Name, opc, IR ops for `sf` 0 and 1, and whether Rd may be SP. */
const LOGICAL = [
  { name: 'AND', opc: '00', op: ['and32', 'and64'], sp: true },
  { name: 'ORR', opc: '01', op: ['or32', 'or64'], sp: true },
  { name: 'EOR', opc: '10', op: ['xor32', 'xor64'], sp: true },
  { name: 'ANDS', opc: '11', op: ['ands32', 'ands64'], sp: false },
] as const;

const logical = LOGICAL.map(({ name, opc, op, sp }) =>
  insn(`${name} (immediate)`, `sf ${opc} 100100 N immr imms Rn Rd`, (ir, { sf, N, immr, imms, Rn, Rd }) => {
    const mask = decodeBitMasks(N, imms, immr, sf);
    if (mask === undefined) return ir.undefined();
    ir[op[sf]](sp ? ir.XSP(Rd) : ir.Xd(Rd), ir.X(Rn), mask);
  }),
);

const addSubtract = ADD_SUBTRACT.map(({ name, opS, op, setsFlags }) =>
  insn(`${name} (immediate)`, `sf ${opS} 100010 sh imm12 Rn Rd`, (ir, { sf, sh, imm12, Rn, Rd }) => {
    ir[op[sf]](setsFlags ? ir.Xd(Rd) : ir.XSP(Rd), ir.XSP(Rn), imm(sh ? imm12 << 12 : imm12));
  }),
);

/** Name and opc of the moves that do not keep Rd, and whether the value is complemented. */
const MOVE_WIDE = [
  { name: 'MOVN', opc: '00', inverted: true },
  { name: 'MOVZ', opc: '10', inverted: false },
] as const;

/** imm16 at the halfword that `hw` selects. */
const wide = (hw: number, imm16: number) => imm(imm16 * 2 ** (hw * 16));

const moveWide = MOVE_WIDE.map(({ name, opc, inverted }) =>
  insn(name, `sf ${opc} 100101 hw imm16 Rd`, (ir, { sf, hw, imm16, Rd }) => {
    if (!sf && hw > 1) return ir.undefined();
    const value = inverted ? complement(wide(hw, imm16)) : wide(hw, imm16);
    ir.movi(ir.Xd(Rd), sf ? value : immOf(0, value.lo));
  }),
);

/** Writes an address that is relative to the instruction. */
const address = (ir: A64Ir, Rd: number, base: number, offset: number): void => ir.movi(ir.Xd(Rd), imm(base + offset));

export const DATA_IMMEDIATE = [
  insn('ADR', '0 immlo 10000 immhi Rd', (ir, { immlo, immhi, Rd }) => {
    address(ir, Rd, ir.va, signed((immhi << 2) | immlo, 21));
  }),
  insn('ADRP', '1 immlo 10000 immhi Rd', (ir, { immlo, immhi, Rd }) => {
    address(ir, Rd, Math.floor(ir.va / PAGE_BYTES) * PAGE_BYTES, signed((immhi << 2) | immlo, 21) * PAGE_BYTES);
  }),
  ...addSubtract,
  ...logical,
  ...moveWide,
  insn('MOVK', 'sf 11 100101 hw imm16 Rd', (ir, { sf, hw, imm16, Rd }) => {
    if (!sf && hw > 1) return ir.undefined();
    const t = ir.T(0);
    ir[sf ? 'and64' : 'and32'](t, ir.X(Rd), complement(ones(16, hw * 16)));
    ir.or64(ir.Xd(Rd), t, wide(hw, imm16));
  }),
];
