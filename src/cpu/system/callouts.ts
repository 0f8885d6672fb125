/** Handlers of the instructions that leave the engine, by the names that decoded rows use. */

import type { CalloutName } from '../callout-names.ts';
import type { Core, Outcome } from '../core.ts';
import type { Slot } from '../slots.ts';
import { brk, hlt, hvc, smc, svc, undefinedEncoding } from './calls.ts';
import { eret } from './exception-return.ts';
import { trapFloatingPoint } from './floating-point-access.ts';
import { msrImmediate } from './pstate-immediate.ts';
import { mrs, msr } from './register-access.ts';
import { systemInstruction } from './system-instructions.ts';
import { sev, sevl, wfe, wfi } from './waiting.ts';

/** Executes an instruction. PC is its address; on NEXT the engine goes on after it, on LEAVE at PC. */
export type Callout = (core: Core, word: number, rt: Slot) => Outcome;

export const CALLOUTS: Readonly<Record<CalloutName, Callout>> = {
  UNDEFINED: undefinedEncoding,
  MRS: mrs,
  MSR: msr,
  MSR_IMM: msrImmediate,
  SYS: systemInstruction,
  DC_ZVA: systemInstruction,
  SVC: svc,
  HVC: hvc,
  SMC: smc,
  BRK: brk,
  HLT: hlt,
  DCPS: undefinedEncoding,
  DRPS: undefinedEncoding,
  ERET: eret,
  WFI: wfi,
  WFE: wfe,
  SEV: sev,
  SEVL: sevl,
  FP_TRAP: trapFloatingPoint,
};
