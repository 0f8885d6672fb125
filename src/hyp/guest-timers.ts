/** The generic timers of a vCPU that does not run: when they would fire. */

import { R, type SysregSlot } from '../cpu/slots.ts';
import { TICK_NS, ticksAt } from '../cpu/system/timers/counter.ts';
import type { VcpuRegisters } from './vcpu-registers.ts';

const TWO_TO_32 = 0x1_0000_0000;
/** CTL: ENABLE set, IMASK clear. */
const CTL_MASK = 3;
const CTL_ON = 1;

const TIMERS: readonly { ctl: SysregSlot; cval: SysregSlot; isVirtual: boolean }[] = [
  { ctl: 'CNTV_CTL_EL0', cval: 'CNTV_CVAL_EL0', isVirtual: true },
  { ctl: 'CNTP_CTL_EL0', cval: 'CNTP_CVAL_EL0', isVirtual: false },
];

/** Virtual time after `nowNs` at which a timer of the vCPU fires next, in nanoseconds; Infinity when none will. */
export function nextTimerNs(registers: VcpuRegisters, nowNs: number): number {
  const ticks = ticksAt(nowNs);
  let next = Number.POSITIVE_INFINITY;
  for (const { ctl, cval, isVirtual } of TIMERS) {
    if ((registers.lo(R[ctl]) & CTL_MASK) !== CTL_ON) continue;
    const lo = (ticks >>> 0) - (isVirtual ? registers.lo(R.CNTVOFF_EL2) : 0);
    const offsetHi = isVirtual ? registers.hi(R.CNTVOFF_EL2) : 0;
    const hi = (Math.floor(ticks / TWO_TO_32) - offsetHi - (lo < 0 ? 1 : 0)) >>> 0;
    // Both unsigned: the count has not come to CVAL while the difference is positive. Exact below 2^53.
    const left = (registers.hi(R[cval]) - hi) * TWO_TO_32 + (registers.lo(R[cval]) - (lo >>> 0));
    if (left > 0) next = Math.min(next, (ticks + left) * TICK_NS);
  }
  return next;
}
