/** Gives a guest exceptions at EL1, as a hypervisor must: by writing the registers that exception entry would. */

import { EC, type ExceptionClass, esr } from '../arch/syndrome.ts';
import { R } from '../cpu/slots.ts';
import type { CpuState } from '../cpu/state.ts';
import type { Exit } from './exit.ts';
import { PSTATE_EL1H } from './vcpu-registers.ts';

/** Offsets of the groups of synchronous vectors (DDI 0487, "Exception vectors"). */
const FROM_EL1_SP0 = 0x000;
const FROM_EL1_SP1 = 0x200;
const FROM_EL0 = 0x400;
const NZCV = 0xf000_0000;

/** PSTATE.EL of the guest. */
export const guestEl = (state: CpuState): number => (state.lo(R.SPSR_EL2) >>> 2) & 3;

function vectorGroup(state: CpuState): number {
  if (guestEl(state) === 0) return FROM_EL0;
  return (state.lo(R.SPSR_EL2) & 1) === 0 ? FROM_EL1_SP0 : FROM_EL1_SP1;
}

const same = (state: CpuState, a: number, b: number): boolean => state.hi(a as never) === state.hi(b as never);

/** Gives the Undefined Instruction exception for the instruction at the guest's PC. */
export function injectUndefined(exit: Exit): void {
  inject(exit, EC.UNKNOWN, 0);
}

/** Gives a synchronous external abort with the VA in FAR_EL2; `iss` is that of an abort at EL1, without ISV. */
export function injectAbort(exit: Exit, fetch: boolean, iss: number): void {
  const { state } = exit;
  const fromEl0 = guestEl(state) === 0;
  state.copy(R.FAR_EL1, R.FAR_EL2);
  if (fetch) inject(exit, fromEl0 ? EC.INSTRUCTION_ABORT_LOWER : EC.INSTRUCTION_ABORT_SAME, iss);
  else inject(exit, fromEl0 ? EC.DATA_ABORT_LOWER : EC.DATA_ABORT_SAME, iss);
}
