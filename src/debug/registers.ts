/** A CPU's registers for people, in the layout of QEMU's `-d cpu`, and for programs. */

import { hex } from '../arch/addresses.ts';
import { R, SYSREG_SLOTS, type SysregSlot, X } from '../cpu/slots.ts';
import type { CpuState } from '../cpu/state.ts';

/** The registers that a dump reads. */
export type RegisterView = Pick<CpuState, 'get' | 'pc' | 'pstate' | 'spSlot'>;

/** PSTATE as flags and mode, `-ZC- EL1h` (DDI 0487, "SPSR_EL1": NZCV in [31:28], M in [3:0]). */
function pstateText(pstate: number): string {
  const flags = ['N', 'Z', 'C', 'V'].map((flag, index) => ((pstate >>> (31 - index)) & 1 ? flag : '-'));
  return `${flags.join('')} EL${(pstate >>> 2) & 3}${pstate & 1 ? 'h' : 't'}`;
}

/** PC, X0 to X30, SP and PSTATE, in lines of three registers without a final line end. */
export function registerDump(state: RegisterView): string {
  const cells = [
    ` PC=${digits(state.pc)}`,
    ...X.map((slot, index) => `X${String(index).padStart(2, '0')}=${digits(state.get(slot))}`),
    ` SP=${digits(state.get(state.spSlot))}`,
  ];
  let text = '';
  for (const [index, cell] of cells.entries()) text += cell + (index % 3 === 2 ? '\n' : ' ');
  return `${text}PSTATE=${state.pstate.toString(16).padStart(8, '0')} ${pstateText(state.pstate)}`;
}

const digits = (value: bigint): string => value.toString(16).padStart(16, '0');

/** General registers in hexadecimal text. */
export interface GeneralRegisters {
  pc: string;
  sp: string;
  pstate: string;
  /** X0 to X30. */
  x: string[];
}

/** PC, SP, PSTATE and X0 to X30, 64 bits as 16 digits. */
export function generalRegisters(state: RegisterView): GeneralRegisters {
  return {
    pc: hex(state.pc, 16),
    sp: hex(state.get(state.spSlot), 16),
    pstate: hex(state.pstate, 8),
    x: X.map((slot) => hex(state.get(slot), 16)),
  };
}

/** The system registers that are not zero, by name, in hexadecimal text; those of EL2 where the machine has it. */
export function systemRegisters(state: RegisterView, hasEl2 = true): Partial<Record<SysregSlot, string>> {
  const names = SYSREG_SLOTS.filter((name) => hasEl2 || !name.endsWith('_EL2'));
  const values = names.map((name) => [name, state.get(R[name])] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== 0n).map(([name, value]) => [name, hex(value, 16)]));
}
