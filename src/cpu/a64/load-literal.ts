/** Loads relative to the instruction: DDI 0487, "Load register (literal)". */

import { ZERO } from '../slots.ts';
import { access, type Transfer } from './access.ts';
import { insn, noOperation } from './insn.ts';
import type { A64Ir } from './ir.ts';
import { signed } from './operands.ts';

const WORD: Transfer = { write: false, log2: 2, op: 'ld32' };
const DOUBLEWORD: Transfer = { write: false, log2: 3, op: 'ld64' };
const SIGNED_WORD: Transfer = { write: false, log2: 2, op: 'ld32s' };

const literal = (ir: A64Ir, transfer: Transfer, imm19: number, Rt: number): void =>
  access(ir, transfer, ZERO, ir.va + signed(imm19, 19) * 4, Rt);

export const LOAD_LITERAL = [
  insn('LDR (literal)', '0 x:1 011 0 00 imm19 Rt', (ir, { x, imm19, Rt }) => {
    literal(ir, x ? DOUBLEWORD : WORD, imm19, Rt);
  }),
  insn('LDRSW (literal)', '10 011 0 00 imm19 Rt', (ir, { imm19, Rt }) => literal(ir, SIGNED_WORD, imm19, Rt)),
  insn('PRFM (literal)', '11 011 0 00 imm19 Rt', noOperation),
];
