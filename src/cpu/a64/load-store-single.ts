/** Loads and stores of one register: DDI 0487, "Loads and Stores", the register classes. */

import { imm } from '../ir/builder.ts';
import { access, type Operands, type Transfer, unprivilegedAccess } from './access.ts';
import { insn, noOperation } from './insn.ts';
import type { A64Ir } from './ir.ts';
import { extendedRegister, signed } from './operands.ts';

const load = (log2: number, op: Extract<Transfer, { write: false }>['op']): Transfer => ({ write: false, log2, op });
const store = (log2: number, op: Extract<Transfer, { write: true }>['op']): Transfer => ({ write: true, log2, op });

/** Mnemonic after LD or ST and R, UR or TR; size, opc; what they do by `x`. */
const TRANSFERS = [
  { ls: 'ST', data: 'B', size: '00', opc: '00', byWidth: [store(0, 'st8')] },
  { ls: 'LD', data: 'B', size: '00', opc: '01', byWidth: [load(0, 'ld8')] },
  { ls: 'LD', data: 'SB', size: '00', opc: '1 x:1', byWidth: [load(0, 'ld8s'), load(0, 'ld8s32')] },
  { ls: 'ST', data: 'H', size: '01', opc: '00', byWidth: [store(1, 'st16')] },
  { ls: 'LD', data: 'H', size: '01', opc: '01', byWidth: [load(1, 'ld16')] },
  { ls: 'LD', data: 'SH', size: '01', opc: '1 x:1', byWidth: [load(1, 'ld16s'), load(1, 'ld16s32')] },
  { ls: 'ST', data: '', size: '1 x:1', opc: '00', byWidth: [store(2, 'st32'), store(3, 'st64')] },
  { ls: 'LD', data: '', size: '1 x:1', opc: '01', byWidth: [load(2, 'ld32'), load(3, 'ld64')] },
  { ls: 'LD', data: 'SW', size: '10', opc: '10', byWidth: [load(2, 'ld32s')] },
] as const;

/**
 * Post-index and pre-index. Write-back to the register that is transferred is CONSTRAINED UNPREDICTABLE: as in QEMU, a
 * store takes the old value, and of a load the write-back remains.
 */
function indexed(ir: A64Ir, transfer: Transfer, offset: number, writeBack: number, Rn: number, Rt: number): void {
  const base = ir.XSP(Rn);
  ir.checkBase(Rn);
  const t = !transfer.write && Rt === Rn ? 31 : Rt;
  access(ir, transfer, base, offset, t);
  ir.add64(base, base, imm(writeBack));
}

const transfers = TRANSFERS.flatMap(({ ls, data, size, opc, byWidth }) => [
  insn(`${ls}UR${data}`, `${size} 111000 ${opc} 0 imm9 00 Rn Rt`, (ir, { x = 0, imm9, Rn, Rt }: Operands<'imm9'>) => {
    ir.checkBase(Rn);
    access(ir, byWidth[x], ir.XSP(Rn), signed(imm9, 9), Rt);
  }),
  insn(
    `${ls}R${data} (immediate, post-index)`,
    `${size} 111000 ${opc} 0 imm9 01 Rn Rt`,
    (ir, { x = 0, imm9, Rn, Rt }: Operands<'imm9'>) => indexed(ir, byWidth[x], 0, signed(imm9, 9), Rn, Rt),
  ),
  insn(`${ls}TR${data}`, `${size} 111000 ${opc} 0 imm9 10 Rn Rt`, (ir, { x = 0, imm9, Rn, Rt }: Operands<'imm9'>) => {
    ir.checkBase(Rn);
    unprivilegedAccess(ir, byWidth[x], ir.XSP(Rn), signed(imm9, 9), Rt);
  }),
  insn(
    `${ls}R${data} (immediate, pre-index)`,
    `${size} 111000 ${opc} 0 imm9 11 Rn Rt`,
    (ir, { x = 0, imm9, Rn, Rt }: Operands<'imm9'>) =>
      indexed(ir, byWidth[x], signed(imm9, 9), signed(imm9, 9), Rn, Rt),
  ),
  insn(
    `${ls}R${data} (register)`,
    `${size} 111000 ${opc} 1 Rm option S 10 Rn Rt`,
    (ir, { x = 0, Rm, option, S, Rn, Rt }: Operands<'Rm' | 'option' | 'S'>) => {
      if ((option & 2) === 0) return ir.undefined();
      const transfer = byWidth[x];
      ir.checkBase(Rn);
      ir.add64(ir.T(0), ir.XSP(Rn), extendedRegister(ir, Rm, option, S ? transfer.log2 : 0));
      access(ir, transfer, ir.T(0), 0, Rt);
    },
  ),
  insn(
    `${ls}R${data} (immediate, unsigned offset)`,
    `${size} 111001 ${opc} imm12 Rn Rt`,
    (ir, { x = 0, imm12, Rn, Rt }: Operands<'imm12'>) => {
      const transfer = byWidth[x];
      ir.checkBase(Rn);
      access(ir, transfer, ir.XSP(Rn), imm12 << transfer.log2, Rt);
    },
  ),
]);

export const LOAD_STORE_SINGLE = [
  ...transfers,
  insn('PRFUM', '11 111000 10 0 imm9 00 Rn Rt', noOperation),
  insn('PRFM (register)', '11 111000 10 1 Rm option S 10 Rn Rt', (ir, { option }) => {
    if ((option & 2) === 0) ir.undefined();
  }),
  insn('PRFM (immediate)', '11 111001 10 imm12 Rn Rt', noOperation),
];
