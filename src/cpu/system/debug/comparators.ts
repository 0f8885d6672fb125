/** What breakpoints and watchpoints have in common: the state that their control registers select, and links. */

import { BREAKPOINTS, WATCHPOINTS } from '../../../arch/sysregs/debug-registers.ts';
import type { CpuModel } from '../../models.ts';
import { R, type Slot, type SysregSlot } from '../../slots.ts';
import type { CpuState } from '../../state.ts';
import { isInHost } from '../routing.ts';

const slots = (name: string, count: number): readonly Slot[] =>
  Array.from({ length: count }, (_, n) => R[`${name}${n}_EL1` as SysregSlot]);

export const DBGBVR = slots('DBGBVR', BREAKPOINTS);
export const DBGBCR = slots('DBGBCR', BREAKPOINTS);
export const DBGWVR = slots('DBGWVR', WATCHPOINTS);
export const DBGWCR = slots('DBGWCR', WATCHPOINTS);

/** DBGBCR<n>_EL1.E and DBGWCR<n>_EL1.E. */
export const ENABLE = 1 << 0;
/** Bits 48 to 32 of a VA, which the comparators compare; the bits above are their sign extension, or a tag. */
export const VA_HI = 0x1_ffff;
/** Breakpoints that can match a context: the last ID_AA64DFR0_EL1.CTX_CMPs + 1. */
const FIRST_CONTEXT_AWARE = BREAKPOINTS - 2;

/** DBGBCR<n>_EL1.BT: what is compared; with FEAT_VHE HOST makes VMID mean CONTEXTIDR_EL2, and CONTEXT that of EL1 alone. */
export const BT_CONTEXT = 0b0010;
const BT_VMID = 0b1000;
export const BT_LINKED = 0b0001;
const BT_HOST = 0b0100;
/** Breakpoint type of DBGBCR<n>_EL1 or undefined for a type that is reserved, or that this breakpoint cannot have. */
export function breakpointType(state: CpuState, n: number, { FEAT_VHE }: Features): number | undefined {
  const type = (state.lo(DBGBCR[n]) >>> 20) & 15;
  const isReserved = FEAT_VHE ? (type & 0b1110) === BT_HOST : (type & BT_HOST) !== 0;
  if (isReserved) return undefined;
  return type < BT_CONTEXT || n >= FIRST_CONTEXT_AWARE ? type : undefined;
}
type Features = CpuModel['features'];

/** `AArch64.BreakpointValueMatch` of DBGBVR<n>_EL1 for the types that compare contexts. */
export function contextMatches(state: CpuState, n: number, type: number): boolean {
  const { el } = state;
  const inHost = isInHost(state, el);
  const ofGuest = el < 2 && !inHost;
  if ((type & BT_CONTEXT) !== 0) {
    const byHost = inHost && (type & BT_HOST) === 0;
    if (!byHost && !ofGuest) return false;
    if (state.lo(byHost ? R.CONTEXTIDR_EL2 : R.CONTEXTIDR_EL1) !== state.lo(DBGBVR[n])) return false;
  }
  if ((type & BT_VMID) === 0) return true;
  if ((type & BT_HOST) !== 0) return state.lo(R.CONTEXTIDR_EL2) === state.hi(DBGBVR[n]);
  if (!ofGuest) return false;
  const vmid = VMID_MASK[state.lo(R.VTCR_EL2) & VTCR_VS ? 16 : 8];
  return ((state.hi(R.VTTBR_EL2) >>> 16) & vmid) === (state.hi(DBGBVR[n]) & vmid);
}

/** VTCR_EL2.VS, RES0 without 16-bit VMIDs. */
const VTCR_VS = 1 << 19;
const VMID_MASK = { 8: 0xff, 16: 0xffff } as const;

/** The breakpoint that LBN of a control register links to is enabled, made for links, and matches. */
function linkMatches(state: CpuState, control: number, features: Features): boolean {
  const n = (control >>> 16) & 15;
  if (n >= BREAKPOINTS || (state.lo(DBGBCR[n]) & ENABLE) === 0) return false;
  const type = breakpointType(state, n, features);
  if (type === undefined || (type & BT_LINKED) === 0 || type < BT_CONTEXT) return false;
  return contextMatches(state, n, type);
}

const HMC = 1 << 13;

/**
 * `AArch64.StateMatch`: whether HMC, SSC and PMC (PAC) of a control register select `el`, and its link matches.
 * Reserved combinations select nothing; without EL3 and Secure state SSC is 0b00, or 0b11 for EL2 alone.
 */
export function stateMatches(
  state: CpuState,
  control: number,
  el: number,
  linked: boolean,
  { hasEl2, features }: CpuModel,
): boolean {
  const ssc = (control >>> 14) & 3;
  const pxc = (control >>> 1) & 3;
  const hmc = (control & HMC) !== 0;
  const valid = hmc
    ? hasEl2 && ((ssc === 0b00 && (pxc & 1) !== 0) || (ssc === 0b11 && pxc === 0))
    : ssc === 0b00 && pxc !== 0;
  if (!valid) return false;
  const selected = el === 2 ? hmc : (pxc & (el === 1 ? 1 : 2)) !== 0;
  return selected && (!linked || linkMatches(state, control, features));
}
