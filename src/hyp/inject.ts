/** Gives a guest exceptions at EL1, as a hypervisor must: by writing the registers that exception entry would. */

import { hex64 } from '../arch/addresses.ts';
import { EC, type ExceptionClass, esr } from '../arch/syndrome.ts';
import { R, type Slot } from '../cpu/slots.ts';
import { type CpuState, SPSR_PAN, SPSR_SSBS, SPSR_UAO } from '../cpu/state.ts';
import { SCTLR_HI_DSSBS, SCTLR_SPAN } from '../cpu/system/control-bits.ts';
import type { Exit } from './exit.ts';
import { PSTATE_EL1H } from './vcpu-registers.ts';

/** Offsets of the synchronous vectors (DDI 0487, "Exception vectors"). */
const FROM_EL1_SP0 = 0x000;
const FROM_EL1_SP1 = 0x200;
const FROM_EL0 = 0x400;
/** PSTATE.N, Z, C, V and PAN, which exception entry leaves alone. */
const KEPT = 0xf000_0000 | SPSR_PAN;
/** Fields of PSTATE that come with features. */
const OPTIONAL = SPSR_PAN | SPSR_UAO | SPSR_SSBS;

/** PSTATE.EL of the guest is 0. */
const isEl0 = (state: CpuState): boolean => (state.lo(R.SPSR_EL2) & 0b1100) === 0;

function vectorOffset(state: CpuState): number {
  if (isEl0(state)) return FROM_EL0;
  return (state.lo(R.SPSR_EL2) & 1) === 0 ? FROM_EL1_SP0 : FROM_EL1_SP1;
}

const same = (state: CpuState, a: Slot, b: Slot): boolean => state.lo(a) === state.lo(b) && state.hi(a) === state.hi(b);

/** PSTATE of the guest as entry to EL1 leaves it (DDI 0487, `AArch64.TakeException`). */
function entryPstate(state: CpuState): number {
  const setsPan = (state.lo(R.SCTLR_EL1) & SCTLR_SPAN) === 0;
  const setsSsbs = (state.hi(R.SCTLR_EL1) & SCTLR_HI_DSSBS) !== 0;
  const added = (setsPan ? SPSR_PAN : 0) | (setsSsbs ? SPSR_SSBS : 0);
  return ((state.lo(R.SPSR_EL2) & KEPT) | PSTATE_EL1H | added) & (~OPTIONAL | state.optionalPstate);
}

/**
 * Enters EL1 for the instruction at the guest's PC. A vector entry that does not get past its own first instruction
 * ends the VM: nothing in it would ever change again.
 */
function inject(exit: Exit, ec: ExceptionClass, iss: number): void {
  const { state, vm } = exit;
  const vectorHi = state.hi(R.VBAR_EL1);
  const vectorLo = (state.lo(R.VBAR_EL1) | vectorOffset(state)) >>> 0;
  const isAtVector = state.lo(R.ELR_EL2) === vectorLo && state.hi(R.ELR_EL2) === vectorHi;
  if (isAtVector && same(state, R.ELR_EL1, R.ELR_EL2) && same(state, R.SPSR_EL1, R.SPSR_EL2)) {
    vm.finish({ reason: 'stuck', what: `the exception vector at VA ${hex64(vectorHi, vectorLo)} faults to itself` });
  }
  state.copy(R.SPSR_EL1, R.SPSR_EL2);
  state.copy(R.ELR_EL1, R.ELR_EL2);
  state.set64(R.ESR_EL1, 0, esr(ec, iss));
  state.set64(R.SPSR_EL2, 0, entryPstate(state));
  state.set64(R.ELR_EL2, vectorHi, vectorLo);
  vm.stats.injected++;
}

/** Gives the Undefined Instruction exception for the instruction at the guest's PC. */
export function injectUndefined(exit: Exit): void {
  inject(exit, EC.UNKNOWN, 0);
}

/** Gives a synchronous external abort with the VA in FAR_EL2; `iss` is that of an abort taken to EL1. */
export function injectAbort(exit: Exit, fetch: boolean, iss: number): void {
  const { state } = exit;
  state.copy(R.FAR_EL1, R.FAR_EL2);
  if (fetch) inject(exit, isEl0(state) ? EC.INSTRUCTION_ABORT_LOWER : EC.INSTRUCTION_ABORT_SAME, iss);
  else inject(exit, isEl0(state) ? EC.DATA_ABORT_LOWER : EC.DATA_ABORT_SAME, iss);
}
