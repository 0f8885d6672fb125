/** Logical operations on a shifted register: DDI 0487, "Data Processing -- Register". */

import { insn } from './insn.ts';
import { shiftedRegister } from './operands.ts';

/** Name, opc, N, IR ops for `sf` 0 and 1. */
const LOGICAL = [
  { name: 'AND', opc: '00', N: '0', op: ['and32', 'and64'] },
  { name: 'BIC', opc: '00', N: '1', op: ['bic32', 'bic64'] },
  { name: 'ORR', opc: '01', N: '0', op: ['or32', 'or64'] },
  { name: 'ORN', opc: '01', N: '1', op: ['orn32', 'orn64'] },
  { name: 'EOR', opc: '10', N: '0', op: ['xor32', 'xor64'] },
  { name: 'EON', opc: '10', N: '1', op: ['eon32', 'eon64'] },
  { name: 'ANDS', opc: '11', N: '0', op: ['ands32', 'ands64'] },
  { name: 'BICS', opc: '11', N: '1', op: ['bics32', 'bics64'] },
] as const;

export const DATA_LOGICAL = LOGICAL.map(({ name, opc, N, op }) =>
  insn(
    `${name} (shifted register)`,
    `sf ${opc} 01010 shift ${N} Rm imm6 Rn Rd`,
    (ir, { sf, shift, Rm, imm6, Rn, Rd }) => {
      if (!sf && imm6 > 31) return ir.undefined();
      ir[op[sf]](ir.Xd(Rd), ir.X(Rn), shiftedRegister(ir, sf, Rm, shift, imm6));
    },
  ),
);
