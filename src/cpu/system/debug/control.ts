/** Whether debug exceptions are taken, and where to (DDI 0487, "Enabling debug exceptions", "Routing debug exceptions"). */

import { R } from '../../slots.ts';
import type { CpuState } from '../../state.ts';
import type { TargetEl } from '../banked.ts';
import { MDCR_TDE, MDSCR_KDE, MDSCR_MDE, MDSCR_SS } from '../control-bits.ts';
import { tgeSet } from '../routing.ts';

/** Whether HCR_EL2.TGE or MDCR_EL2.TDE sends debug exceptions to EL2. */
const routedToEl2 = (state: CpuState): boolean => tgeSet(state) || (state.lo(R.MDCR_EL2) & MDCR_TDE) !== 0;

/** EL that takes a debug exception of the current EL. */
export const debugTarget = (state: CpuState): TargetEl => (state.el === 2 || routedToEl2(state) ? 2 : 1);

/** The bit that chose `debugTarget`, for traces; undefined for the default. */
export function debugRouting(state: CpuState): string | undefined {
  if (state.el === 2 || !routedToEl2(state)) return undefined;
  return tgeSet(state) ? 'HCR_EL2.TGE' : 'MDCR_EL2.TDE';
}

/** The OS lock, or the OS double lock while DBGPRCR_EL1.CORENPDRQ does not hold the core up, is locked. */
const isLocked = (state: CpuState): boolean =>
  state.lo(R.OSLAR_EL1) !== 0 || (state.lo(R.OSDLR_EL1) !== 0 && state.lo(R.DBGPRCR_EL1) === 0);

/** Whether some EL could take debug exceptions other than that of BRK: MDSCR_EL1.MDE or SS, and no lock. */
export const debugArmed = (state: CpuState): boolean =>
  (state.lo(R.MDSCR_EL1) & (MDSCR_MDE | MDSCR_SS)) !== 0 && !isLocked(state);

/** `AArch64.GenerateDebugExceptionsFrom`: whether `from` takes them with PSTATE.D as given. */
export function debugEnabledFrom(state: CpuState, from: number, masked: boolean): boolean {
  if (isLocked(state)) return false;
  const target = routedToEl2(state) ? 2 : 1;
  if (from === target) return (state.lo(R.MDSCR_EL1) & MDSCR_KDE) !== 0 && !masked;
  return target > from;
}
