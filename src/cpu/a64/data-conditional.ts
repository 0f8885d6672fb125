/** Conditional compare and conditional select: DDI 0487, "Data Processing -- Register". */

import { imm } from '../ir/builder.ts';
import { type Slot, ZERO } from '../slots.ts';
import { insn } from './insn.ts';
import type { A64Ir } from './ir.ts';
import { condition } from './operands.ts';

/** Name, bit 30 (op), IR ops for `sf` 0 and 1. */
const COMPARES = [
  { name: 'CCMN', op: '0', ccm: ['ccmn32', 'ccmn64'] },
  { name: 'CCMP', op: '1', ccm: ['ccmp32', 'ccmp64'] },
] as const;

const compares = COMPARES.flatMap(({ name, op, ccm }) => [
  insn(`${name} (register)`, `sf ${op} 1 11010010 Rm cond 0 0 Rn 0 nzcv`, (ir, { sf, Rm, cond, Rn, nzcv }) => {
    condition(ir, ir.T(0), cond);
    ir[ccm[sf]](ir.X(Rn), ir.X(Rm), ir.T(0), nzcv);
  }),
  insn(`${name} (immediate)`, `sf ${op} 1 11010010 imm5 cond 1 0 Rn 0 nzcv`, (ir, { sf, imm5, cond, Rn, nzcv }) => {
    condition(ir, ir.T(0), cond);
    ir.movi(ir.T(1), imm5);
    ir[ccm[sf]](ir.X(Rn), ir.T(1), ir.T(0), nzcv);
  }),
]);

/** Rd = Rn when the condition holds, else `other`. */
function select(ir: A64Ir, { sf, cond, Rn, Rd }: Record<'sf' | 'cond' | 'Rn' | 'Rd', number>, other: Slot): void {
  condition(ir, ir.T(0), cond);
  ir[sf ? 'select64' : 'select32'](ir.Xd(Rd), ir.X(Rn), other, ir.T(0));
}

const selects = [
  insn('CSEL', 'sf 0 0 11010100 Rm cond 0 0 Rn Rd', (ir, fields) => select(ir, fields, ir.X(fields.Rm))),
  insn('CSINC', 'sf 0 0 11010100 Rm cond 0 1 Rn Rd', (ir, fields) => {
    const { Rm, cond, Rn, Rd } = fields;
    const isCset = Rn === 31 && Rm === 31 && cond < 14;
    if (isCset) return condition(ir, ir.Xd(Rd), cond ^ 1);
    ir.add64(ir.T(1), ir.X(Rm), imm(1));
    select(ir, fields, ir.T(1));
  }),
  insn('CSINV', 'sf 1 0 11010100 Rm cond 0 0 Rn Rd', (ir, fields) => {
    ir.not64(ir.T(1), ir.X(fields.Rm));
    select(ir, fields, ir.T(1));
  }),
  insn('CSNEG', 'sf 1 0 11010100 Rm cond 0 1 Rn Rd', (ir, fields) => {
    ir.sub64(ir.T(1), ZERO, ir.X(fields.Rm));
    select(ir, fields, ir.T(1));
  }),
];

export const DATA_CONDITIONAL = [...compares, ...selects];
