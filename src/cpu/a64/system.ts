/** System instructions: DDI 0487, "Branches, Exception Generating and System instructions", the system classes. */

import { imm } from '../ir/builder.ts';
import { R, SP, ZERO } from '../slots.ts';
import { insn, noOperation } from './insn.ts';
import type { A64Ir } from './ir.ts';

/** Hints that do something here. The others, allocated or not, are NOPs. */
const HINTS = [
  { name: 'WFE', op2: '010' },
  { name: 'WFI', op2: '011' },
  { name: 'SEV', op2: '100' },
  { name: 'SEVL', op2: '101' },
] as const;

/** Thread pointers, which nothing traps and nothing depends on; the lowest EL that reads and that writes. */
const THREAD_POINTERS = [
  { name: 'TPIDR_EL0', op1: '011', op2: '010', read: 0, write: 0 },
  { name: 'TPIDRRO_EL0', op1: '011', op2: '011', read: 0, write: 1 },
  { name: 'TPIDR_EL1', op1: '000', op2: '100', read: 1, write: 1 },
  { name: 'TPIDR_EL2', op1: '100', op2: '010', read: 2, write: 2 },
] as const;

const threadPointers = THREAD_POINTERS.flatMap(({ name, op1, op2, read, write }) => [
  insn(`MRS (${name})`, `1101010100 1 11 ${op1} 1101 0000 ${op2} Rt`, (ir, { Rt }) => {
    if (ir.flags.el < read) ir.call('MRS', Rt, true);
    else ir.mov64(ir.Xd(Rt), R[name]);
  }),
  insn(`MSR (${name})`, `1101010100 0 11 ${op1} 1101 0000 ${op2} Rt`, (ir, { Rt }) => {
    if (ir.flags.el < write) ir.call('MSR', Rt);
    else ir.mov64(R[name], ir.X(Rt));
  }),
]);

/**
 * Whether the fields name SP_EL0, which kernels keep their current thread in, and nothing forbids it: it is UNDEFINED at
 * EL0 and while it is the selected stack pointer (DDI 0487, "SP_EL0").
 */
const isSpEl0 = ({ flags }: A64Ir, { o0, op1, CRn, CRm, op2 }: Record<'o0' | 'op1' | 'CRn' | 'CRm' | 'op2', number>) =>
  o0 === 1 && op1 === 0 && CRn === 4 && CRm === 1 && op2 === 0 && flags.el > 0 && flags.spsel === 1;

/** Bytes of the block that DC ZVA zeroes: 4 << DCZID_EL0.BS. */
const ZVA_BYTES = 64;

/** AArch64.MemZero. The first access is at the address as given: faults report that, not the start of the block. */
function zeroBlock(ir: A64Ir, Rt: number): void {
  ir.st8_zva(ir.X(Rt), ZERO);
  ir.and64(ir.T(0), ir.X(Rt), imm(-ZVA_BYTES));
  for (let offset = 0; offset < ZVA_BYTES; offset += 8) ir.st64_zva(ir.T(0), ZERO, offset);
}

export const SYSTEM = [
  insn('HINT', '1101010100 0 00 011 0010 CRm op2 11111', noOperation),
  ...HINTS.map(({ name, op2 }) => insn(name, `1101010100 0 00 011 0010 0000 ${op2} 11111`, (ir) => ir.call(name))),
  insn('CLREX', '1101010100 0 00 011 0011 CRm 010 11111', (ir) => ir.monitor_clear()),
  insn('DSB', '1101010100 0 00 011 0011 CRm 100 11111', noOperation),
  insn('DMB', '1101010100 0 00 011 0011 CRm 101 11111', noOperation),
  insn('SB', '1101010100 0 00 011 0011 0000 111 11111', noOperation, 'FEAT_SB'),
  insn('ISB', '1101010100 0 00 011 0011 CRm 110 11111', (ir) => ir.call('ISB')),
  insn('MSR (immediate)', '1101010100 0 00 op1 0100 CRm op2 11111', (ir) => ir.call('MSR_IMM')),
  insn('SYS', '1101010100 0 01 op1 CRn CRm op2 Rt', (ir, { Rt }) => ir.call('SYS', Rt)),
  insn('DC ZVA', '1101010100 0 01 011 0111 0100 001 Rt', (ir, { Rt }) => {
    ir.call('DC_ZVA', Rt);
    if (ir.flags.device) ir.zva_alignment_fault(ir.X(Rt));
    else zeroBlock(ir, Rt);
  }),
  insn('SYSL', '1101010100 1 01 op1 CRn CRm op2 Rt', (ir, { Rt }) => ir.call('SYS', Rt, true)),
  insn('MSR (register)', '1101010100 0 1 o0 op1 CRn CRm op2 Rt', (ir, { Rt, ...register }) => {
    if (isSpEl0(ir, register)) ir.mov64(SP[0], ir.X(Rt));
    else ir.call('MSR', Rt);
  }),
  insn('MRS', '1101010100 1 1 o0 op1 CRn CRm op2 Rt', (ir, { Rt, ...register }) => {
    if (isSpEl0(ir, register)) ir.mov64(ir.Xd(Rt), SP[0]);
    else ir.call('MRS', Rt, true);
  }),
  ...threadPointers,
  insn('MSR (NZCV)', '1101010100 0 11 011 0100 0010 000 Rt', (ir, { Rt }) => ir.set_nzcv(ir.X(Rt))),
  insn('MRS (NZCV)', '1101010100 1 11 011 0100 0010 000 Rt', (ir, { Rt }) => ir.get_nzcv(ir.Xd(Rt))),
];
