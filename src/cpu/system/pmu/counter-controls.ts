/** Which counters count: their enables, filters and events, and whose they are (DDI 0487, "The Performance Monitors Extension"). */

import { EVENT_COUNTERS } from '../../../arch/sysregs/registers.ts';
import { R, type Slot, type SysregSlot } from '../../slots.ts';
import type { CpuState } from '../../state.ts';
import { MDCR_HPME, MDCR_HPMN, PMCR_E } from '../control-bits.ts';

const slots = (name: string): readonly Slot[] =>
  Array.from({ length: EVENT_COUNTERS }, (_, n) => R[`${name}${n}_EL0` as SysregSlot]);
export const PMEVCNTR = slots('PMEVCNTR');
export const PMEVTYPER = slots('PMEVTYPER');

/** The cycle counter's number in the registers that have a bit for each counter. */
export const CYCLE_COUNTER = 31;
/** Filters of PMEVTYPER<n>_EL0 and PMCCFILTR_EL0: not at EL1, not at EL0, at EL2. */
const FILTER_P = 1 << 31;
const FILTER_U = 1 << 30;
const FILTER_NSH = 1 << 27;
const EVENT_MASK = 0x3ff;

/** Of one CPU; nothing is kept but in its registers. */
export class CounterControls {
  constructor(private readonly state: CpuState) {}

  /** Event counters that the current EL may access; MDCR_EL2.HPMN keeps the others for EL2. */
  get accessible(): number {
    return this.state.el === 2 ? EVENT_COUNTERS : this.firstReserved;
  }
  private get firstReserved(): number {
    return Math.min(this.state.lo(R.MDCR_EL2) & MDCR_HPMN, EVENT_COUNTERS);
  }

  /** PMCR_EL0.E, or MDCR_EL2.HPME for the counters that are EL2's. */
  groupEnabled(n: number): boolean {
    if (n < this.firstReserved || n === CYCLE_COUNTER) return (this.state.lo(R.PMCR_EL0) & PMCR_E) !== 0;
    return (this.state.lo(R.MDCR_EL2) & MDCR_HPME) !== 0;
  }
  enabled(n: number): boolean {
    return ((this.state.lo(R.PMCNTENSET_EL0) >>> n) & 1) !== 0 && this.groupEnabled(n);
  }
  /** Whether a counter with these filters counts at the current EL. */
  private admits(filter: number): boolean {
    const { el } = this.state;
    if (el === 2) return (filter & FILTER_NSH) !== 0;
    return (filter & (el === 0 ? FILTER_U : FILTER_P)) === 0;
  }
  /** Whether a counter counts its event at the current EL. */
  counts(n: number): boolean {
    return this.enabled(n) && this.admits(this.state.lo(n === CYCLE_COUNTER ? R.PMCCFILTR_EL0 : PMEVTYPER[n]));
  }
  /** The event that a counter has selected. */
  eventOf(n: number): number {
    return this.state.lo(PMEVTYPER[n]) & EVENT_MASK;
  }
}
