/** What a translation context depends on in the registers of a CPU, and what its code does (law 7). */

import type { Regime } from '../../mmu/regime.ts';
import {
  HCR_DC,
  HCR_HI_CD,
  HCR_HI_ID,
  HCR_PTW,
  HCR_TGE,
  HCR_VM,
  SCTLR_EE,
  SCTLR_M,
  SCTLR_WXN,
} from '../../mmu/registers.ts';
import type { CodeFlags } from '../code-flags.ts';
import { R } from '../slots.ts';
import type { CpuState } from '../state.ts';
import { floatingPointTrap } from '../system/floating-point-access.ts';
import { isInHost } from '../system/routing.ts';
import { checksSystem } from '../system/system-checks.ts';
import { KEY_ASID } from './context-store.ts';

const SCTLR_A = 1 << 1;
const SCTLR_SA = 1 << 3;
const SCTLR_SA0 = 1 << 4;
const SCTLR_E0E = 1 << 24;
/** Bits of SCTLR_ELx and HCR_EL2 that translation and decode depend on. */
const SCTLR_KEY = SCTLR_M | SCTLR_A | SCTLR_WXN | SCTLR_EE;
const HCR_KEY = HCR_VM | HCR_PTW | HCR_DC | HCR_TGE;
const HCR_KEY_HI = HCR_HI_CD | HCR_HI_ID;

/** A number below 8 for what, besides the EL, tells the contexts of a regime apart: PSTATE.SP, PAN, and software step. */
export const levelNumber = (spsel: 0 | 1, pan: 0 | 1, step: 0 | 1): number => spsel * 4 + pan * 2 + step;

/**
 * Writes the key of a context, but for its debug pages. TTBR bases are not part of it: translations of an old base stay
 * until a TLBI, as on silicon.
 */
export function fillKey(key: Float64Array, state: CpuState, regime: Regime, el: 0 | 1 | 2, level: number): void {
  const isGuest = regime.name === 'EL1&0';
  const sctlr = state.lo(isGuest ? R.SCTLR_EL1 : R.SCTLR_EL2);
  const fpBit = floatingPointTrap(state, el) === undefined ? 32 : 0;
  const checkBit = checksSystem(state, el) ? 64 : 0;
  const hostBit = isInHost(state, el) ? 128 : 0;
  key[0] = el | (level << 2) | fpBit | checkBit | hostBit;
  key[1] = sctlr & (SCTLR_KEY | (el === 0 ? SCTLR_SA0 | SCTLR_E0E : SCTLR_SA));
  key[2] = state.lo(isGuest ? R.TCR_EL1 : R.TCR_EL2);
  key[3] = state.hi(isGuest ? R.TCR_EL1 : R.TCR_EL2);
  key[KEY_ASID] = regime.asid;
  key[5] = regime.vmid;
  key[6] = isGuest ? state.lo(R.HCR_EL2) & HCR_KEY : 0;
  key[7] = isGuest ? state.hi(R.HCR_EL2) & HCR_KEY_HI : 0;
}

/** Flags of the code that runs in a context. */
export function codeFlagsOf(state: CpuState, regime: Regime, el: 0 | 1 | 2, spsel: 0 | 1, step: 0 | 1): CodeFlags {
  const sctlr = state.lo(regime.name === 'EL1&0' ? R.SCTLR_EL1 : R.SCTLR_EL2);
  const device = !regime.stage1On && !regime.defaultCacheable;
  return {
    el,
    spsel,
    checkAlignment: (sctlr & SCTLR_A) !== 0 || device,
    device,
    checkSp: (sctlr & (el === 0 ? SCTLR_SA0 : SCTLR_SA)) !== 0,
    tbi0: regime.lower.tbi,
    tbi1: regime.upper?.tbi ?? false,
    twoRanges: regime.upper !== undefined,
    bigEndian: (sctlr & (el === 0 ? SCTLR_E0E : SCTLR_EE)) !== 0,
    fpEnabled: floatingPointTrap(state, el) === undefined,
    checkSystem: checksSystem(state, el),
    debug: step === 1,
  };
}
