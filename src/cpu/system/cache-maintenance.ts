/** IC and DC instructions by VA: nothing to maintain in a coherent machine, but their faults are the guest's to see. */

import { ISS_CM, ISS_WNR } from '../../arch/syndrome.ts';
import { type READ, Translation, UNPRIVILEGED, WRITE } from '../../mmu/translation.ts';
import { type Core, LEAVE, NEXT, type Outcome } from '../core.ts';
import type { Slot } from '../slots.ts';
import { watchpointTaken } from './debug/debug-exceptions.ts';
import { dataAbort } from './exceptions.ts';
import { currentRegime } from './regimes.ts';

/** CTR_EL0.DminLine of every CPU model. */
const LINE_BYTES = 64;
const translation = new Translation();

/**
 * Translates the VA in `rt` for READ or WRITE permission, of EL0 when that is the EL. A fault is a Data Abort with CM = 1
 * and WnR = 1 (DDI 0487, "ISS encoding for an exception from a Data Abort").
 */
export function maintainByVa(core: Core, rt: Slot, access: typeof READ | typeof WRITE): Outcome {
  const { state } = core;
  const vaHi = state.hi(rt) | 0;
  const vaLo = state.lo(rt) | 0;
  const word = state.el === 0 ? access | UNPRIVILEGED : access;
  if (!core.mmu.translate(currentRegime(core), vaHi, vaLo, word, translation)) {
    dataAbort(core, translation.fault, vaHi, vaLo, ISS_CM | ISS_WNR);
    return LEAVE;
  }
  core.translated(vaHi, vaLo, translation);
  // Only DC IVAC, which may change memory, is watched: as a store of the line.
  const line = vaLo & ~(LINE_BYTES - 1);
  const taken =
    access === WRITE && watchpointTaken(core, vaHi >>> 0, line >>> 0, LINE_BYTES, true, state.el === 0, true);
  return taken ? LEAVE : NEXT;
}
