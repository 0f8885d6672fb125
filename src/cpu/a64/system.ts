/** System instructions: DDI 0487, "Branches, Exception Generating and System instructions", the system classes. */

import { type EffectName, keyOfWord } from '../../arch/sysregs/row.ts';
import { SYSREGS, SYSTEM_INSTRUCTIONS_BY_KEY } from '../../arch/sysregs/table.ts';
import { imm } from '../ir/builder.ts';
import { maintainDirectly } from './cache-instructions.ts';
import { readDirectly, writeDirectly } from './direct-registers.ts';
import { insn, noOperation } from './insn.ts';
import type { A64Ir } from './ir.ts';

/** Hints that do something here. The others, allocated or not, are NOPs. */
const HINTS = [
  { name: 'WFE', op2: '010' },
  { name: 'WFI', op2: '011' },
  { name: 'SEV', op2: '100' },
  { name: 'SEVL', op2: '101' },
] as const;

/** op1:op2 of the fields of MSR (immediate) that decoded code writes itself. */
const DAIFSET = 0b011_110;
const DAIFCLR = 0b011_111;

/** PSTATE.DAIF with the bits of `crm`, as MSR (immediate) has them, set or cleared; above EL0, where nothing traps it. */
function changeDaif(ir: A64Ir, crm: number, clear: boolean): void {
  const [value, bits] = [ir.T(0), imm(crm << 6)];
  ir.callIfMasksMatter('MSR_IMM', ir.X(31));
  ir.get_daif(value);
  if (clear) ir.bic64(value, value, bits);
  else ir.or64(value, value, bits);
  ir.set_daif(value);
}

/** Effects of writes after which the engine leaves whatever was written. */
const LEAVING: ReadonlySet<EffectName | undefined> = new Set(['context', 'level', 'masking', 'pmu'] as const);

/** Whether the engine leaves after the MSR; contexts below EL2 can wait at EL2. */
const leavesAfterWrite = ({ word, flags }: A64Ir): boolean => {
  const effect = SYSREGS.get(keyOfWord(word))?.effect;
  return LEAVING.has(effect) || (effect === 'lowerContext' && flags.el < 2);
};

export const SYSTEM = [
  insn('HINT', '1101010100 0 00 011 0010 CRm op2 11111', noOperation),
  ...HINTS.map(({ name, op2 }) => insn(name, `1101010100 0 00 011 0010 0000 ${op2} 11111`, (ir) => ir.call(name))),
  insn('CLREX', '1101010100 0 00 011 0011 CRm 010 11111', (ir) => ir.monitor_clear()),
  insn('DSB', '1101010100 0 00 011 0011 CRm 100 11111', noOperation),
  insn('DMB', '1101010100 0 00 011 0011 CRm 101 11111', noOperation),
  insn('SB', '1101010100 0 00 011 0011 0000 111 11111', noOperation, 'FEAT_SB'),
  // What it would make visible is visible at once: an instruction that changes it ends its block.
  insn('ISB', '1101010100 0 00 011 0011 CRm 110 11111', noOperation),
  insn('MSR (immediate)', '1101010100 0 00 op1 0100 CRm op2 11111', (ir, { op1, CRm, op2 }) => {
    const field = (op1 << 3) | op2;
    if (ir.flags.el === 0 || (field !== DAIFSET && field !== DAIFCLR)) ir.call('MSR_IMM');
    else changeDaif(ir, CRm, field === DAIFCLR);
  }),
  insn('SYS', '1101010100 0 01 op1 CRn CRm op2 Rt', (ir, { Rt }) => {
    const row = SYSTEM_INSTRUCTIONS_BY_KEY.get(keyOfWord(ir.word));
    if (row?.operation === 'tlbi') ir.callAndLeave('SYS', Rt);
    else if (row === undefined || !maintainDirectly(ir, row, Rt)) ir.call('SYS', Rt);
  }),
  insn('DC ZVA', '1101010100 0 01 011 0111 0100 001 Rt', (ir, { Rt }) => {
    if (ir.flags.checkSystem) ir.call('DC_ZVA', Rt);
    if (ir.flags.device) ir.zva_alignment_fault(ir.X(Rt));
    else ir.zero_block(ir.X(Rt));
  }),
  insn('SYSL', '1101010100 1 01 op1 CRn CRm op2 Rt', (ir, { Rt }) => ir.call('SYS', Rt, true)),
  insn('MSR (register)', '1101010100 0 1 o0 op1 CRn CRm op2 Rt', (ir, { Rt }) => {
    if (writeDirectly(ir, ir.X(Rt))) return;
    if (leavesAfterWrite(ir)) ir.callAndLeave('MSR', Rt);
    else ir.call('MSR', Rt);
  }),
  insn('MRS', '1101010100 1 1 o0 op1 CRn CRm op2 Rt', (ir, { Rt }) => {
    if (!readDirectly(ir, ir.Xd(Rt))) ir.call('MRS', Rt, true);
  }),
  insn('MSR (NZCV)', '1101010100 0 11 011 0100 0010 000 Rt', (ir, { Rt }) => ir.set_nzcv(ir.X(Rt))),
  insn('MRS (NZCV)', '1101010100 1 11 011 0100 0010 000 Rt', (ir, { Rt }) => ir.get_nzcv(ir.Xd(Rt))),
];
