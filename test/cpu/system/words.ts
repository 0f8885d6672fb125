/** Encodings of the system instructions that tests execute, and a shorthand to execute them. */

import { sysregKey } from '../../../src/arch/sysregs/row.ts';
import { SYSREGS, SYSTEM_INSTRUCTIONS_BY_KEY } from '../../../src/arch/sysregs/table.ts';
import type { CalloutName } from '../../../src/cpu/callout-names.ts';
import type { Outcome } from '../../../src/cpu/core.ts';
import { DISCARD, X, ZERO } from '../../../src/cpu/slots.ts';
import { CALLOUTS } from '../../../src/cpu/system/callouts.ts';
import type { FakeCore } from './fake-core.ts';

const rows = [...SYSREGS.values(), ...SYSTEM_INSTRUCTIONS_BY_KEY.values()];
/** Key of a register or System instruction, by name or generic notation. */
export function keyOf(name: string): number {
  const row = rows.find((r) => r.name === name);
  return row?.key ?? sysregKey(name);
}

/** MSR or SYS (Xt to register). */
export const msrWord = (name: string, rt = 0): number => (0xd500_0000 | (keyOf(name) << 5) | rt) >>> 0;
/** MRS or SYSL. */
export const mrsWord = (name: string, rt = 0): number => (0xd520_0000 | (keyOf(name) << 5) | rt) >>> 0;

export const svc = (imm: number): number => (0xd400_0001 | (imm << 5)) >>> 0;
export const hvc = (imm: number): number => (0xd400_0002 | (imm << 5)) >>> 0;
export const smc = (imm: number): number => (0xd400_0003 | (imm << 5)) >>> 0;
export const brk = (imm: number): number => (0xd420_0000 | (imm << 5)) >>> 0;
export const hlt = (imm: number): number => (0xd440_0000 | (imm << 5)) >>> 0;
export const WFI = 0xd503_207f;
export const WFE = 0xd503_205f;
export const ERET = 0xd69f_03e0;
export const DAIFSET = 0xd503_40df;
export const DAIFCLR = 0xd503_40ff;
export const SPSEL_IMMEDIATE = 0xd500_40bf;
/** MSR (immediate) with CRm. */
export const immediate = (base: number, crm: number): number => (base | (crm << 8)) >>> 0;

/** Executes a word by its handler with X<Rt> (slot `ZERO` or `DISCARD` for 31). */
export function execute(core: FakeCore, name: CalloutName, word: number): Outcome {
  const rt = word & 31;
  return CALLOUTS[name](core, word, rt === 31 ? (name === 'MRS' ? DISCARD : ZERO) : X[rt]);
}
/** MRS of a register into X0. */
export const read = (core: FakeCore, name: string): Outcome => execute(core, 'MRS', mrsWord(name));
/** MSR of a value to a register through X0. */
export function write(core: FakeCore, name: string, value: bigint): Outcome {
  core.x(0, value);
  return execute(core, 'MSR', msrWord(name));
}
