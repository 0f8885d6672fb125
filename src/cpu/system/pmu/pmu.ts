/** The Performance Monitors of one CPU: what its counters count, and their interrupt (DDI 0487, "The Performance Monitors Extension"). */

import { EVENT_COUNTERS } from '../../../arch/sysregs/registers.ts';
import { R, type Slot, type SysregSlot } from '../../slots.ts';
import type { CpuState } from '../../state.ts';
import { MDCR_HPME, MDCR_HPMN, PMCR_E } from '../control-bits.ts';

const slots = (name: string): readonly Slot[] =>
  Array.from({ length: EVENT_COUNTERS }, (_, n) => R[`${name}${n}_EL0` as SysregSlot]);
export const PMEVCNTR = slots('PMEVCNTR');
export const PMEVTYPER = slots('PMEVTYPER');

/** Events that are counted, all exactly; PMCEID0_EL0 lists them and every other event counts nothing. */
export const SW_INCR = 0x00;
const INST_RETIRED = 0x08;
const EXC_TAKEN = 0x09;
const EXC_RETURN = 0x0a;
const CPU_CYCLES = 0x11;
const CHAIN = 0x1e;
/** Bit n: event n is counted. */
export const PMCEID0 = [SW_INCR, INST_RETIRED, EXC_TAKEN, EXC_RETURN, CPU_CYCLES, CHAIN].reduce(
  (bits, event) => bits | (1 << event),
  0,
);

/** The cycle counter's number in the registers that have a bit for each counter. */
const CYCLE_COUNTER = 31;
/** Filters of PMEVTYPER<n>_EL0 and PMCCFILTR_EL0: not at EL1, not at EL0, at EL2. */
const FILTER_P = 1 << 31;
const FILTER_U = 1 << 30;
const FILTER_NSH = 1 << 27;
const EVENT_MASK = 0x3ff;
const TWO_TO_32 = 0x1_0000_0000;

export interface PmuPorts {
  /** Virtual nanoseconds, which are cycles, before the running instruction. */
  nowNs(): number;
  /** Instructions that this CPU's slice has run before the running one. */
  retiredInSlice(): number;
  /** An instruction is executing: neither fetched nor finished. */
  isExecuting(): boolean;
  /** The overflow interrupt changed its level. */
  setLine(level: boolean): void;
}

/**
 * Counts lie in the registers' slots as of the last `sync`, and are exact when the CPU does not run. A cycle is a
 * nanosecond of virtual time in which this CPU runs: it counts none while it waits or others run.
 */
export class Pmu {
  /** Some counter is enabled. */
  counting = false;
  /** Nanoseconds of running until an interrupt is due, at the earliest, from the last `sync` on. */
  remainingNs = Number.POSITIVE_INFINITY;
  private seenNs = 0;
  private seenInstructions = 0;
  private level = false;

  constructor(
    private readonly state: CpuState,
    private readonly ports: PmuPorts,
  ) {}

  /** The CPU runs from now on. */
  resume(): void {
    this.seenNs = this.ports.nowNs();
    this.seenInstructions = 0;
  }

  /** Virtual time at which an interrupt is due at the earliest, while the CPU runs. */
  get nextDeadlineNs(): number {
    return this.seenNs + this.remainingNs;
  }

  /** Event counters that the current EL may access; MDCR_EL2.HPMN keeps the others for EL2. */
  get accessible(): number {
    return this.state.el === 2 ? EVENT_COUNTERS : this.firstReserved;
  }
  private get firstReserved(): number {
    return Math.min(this.state.lo(R.MDCR_EL2) & MDCR_HPMN, EVENT_COUNTERS);
  }

  /** PMCR_EL0.E, or MDCR_EL2.HPME for the counters that are EL2's. */
  private groupEnabled(n: number): boolean {
    if (n < this.firstReserved || n === CYCLE_COUNTER) return (this.state.lo(R.PMCR_EL0) & PMCR_E) !== 0;
    return (this.state.lo(R.MDCR_EL2) & MDCR_HPME) !== 0;
  }
  private enabled(n: number): boolean {
    return ((this.state.lo(R.PMCNTENSET_EL0) >>> n) & 1) !== 0 && this.groupEnabled(n);
  }
  /** Whether a counter with these filters counts at the current EL. */
  private admits(filter: number): boolean {
    const { el } = this.state;
    if (el === 2) return (filter & FILTER_NSH) !== 0;
    return (filter & (el === 0 ? FILTER_U : FILTER_P)) === 0;
  }
  private counts(n: number): boolean {
    return this.enabled(n) && this.admits(this.state.lo(n === CYCLE_COUNTER ? R.PMCCFILTR_EL0 : PMEVTYPER[n]));
  }
  private eventOf(n: number): number {
    return this.state.lo(PMEVTYPER[n]) & EVENT_MASK;
  }

  /** After a change of the registers: what is enabled now, and the interrupt. */
  update(): void {
    const was = this.counting;
    this.counting = this.enabled(CYCLE_COUNTER);
    for (let n = 0; n < EVENT_COUNTERS; n++) this.counting ||= this.enabled(n);
    if (this.counting && !was) {
      // From the next instruction on.
      this.seenNs = this.ports.nowNs() + 1;
      this.seenInstructions = this.ports.retiredInSlice() + 1;
    }
    this.follow();
  }

  /**
   * Counts what happened since the last call at the EL that is still the current one; `running`: 1 to include the
   * instruction that is executing. Comes before each change of the EL or of a register.
   */
  sync(running: 0 | 1): void {
    if (!this.counting) return;
    const { ports, state } = this;
    const ns = ports.nowNs() + running;
    const instructions = ports.retiredInSlice() + running;
    const cycles = ns - this.seenNs;
    const retired = instructions - this.seenInstructions;
    this.seenNs = ns;
    this.seenInstructions = instructions;
    if (this.counts(CYCLE_COUNTER)) this.addCycles(cycles);
    for (let n = 0; n < EVENT_COUNTERS; n++) {
      if (!this.counts(n)) continue;
      const event = state.lo(PMEVTYPER[n]) & EVENT_MASK;
      if (event === CPU_CYCLES) this.add(n, cycles);
      else if (event === INST_RETIRED) this.add(n, retired);
    }
    this.follow();
  }

  /** A synchronous exception is about to be taken; `retires`: its instruction (SVC, HVC) has been executed. */
  synchronousException(retires: boolean): void {
    if (!this.counting) return;
    if (retires) {
      this.sync(1);
    } else if (this.ports.isExecuting()) {
      this.sync(0);
      this.seenInstructions++;
    } else {
      // The slice has paid for the fetch that failed as for an instruction.
      this.seenInstructions++;
      this.sync(0);
    }
    this.event(EXC_TAKEN);
  }
  /** An interrupt is about to be taken. */
  asynchronousException(): void {
    if (!this.counting) return;
    this.sync(0);
    this.event(EXC_TAKEN);
  }
  /** ERET is about to return. */
  exceptionReturn(): void {
    if (!this.counting) return;
    this.sync(1);
    this.event(EXC_RETURN);
  }

  /** Counts one event at the current EL, in those of the counters in the mask `among` that select it. */
  event(event: number, among = -1): void {
    for (let n = 0; n < EVENT_COUNTERS; n++) {
      if (((among >>> n) & 1) !== 0 && this.eventOf(n) === event && this.counts(n)) this.add(n, 1);
    }
    this.follow();
  }

  private addCycles(count: number): void {
    const { state } = this;
    const sum = state.lo(R.PMCCNTR_EL0) + count;
    const hi = state.hi(R.PMCCNTR_EL0) + Math.floor(sum / TWO_TO_32);
    state.set64(R.PMCCNTR_EL0, hi, sum);
    if (hi >= TWO_TO_32) this.overflowed(CYCLE_COUNTER);
  }

  private add(n: number, count: number): void {
    const { state } = this;
    const sum = state.lo(PMEVCNTR[n]) + count;
    state.set64(PMEVCNTR[n], 0, sum);
    if (sum < TWO_TO_32) return;
    this.overflowed(n);
    if (this.isChained(n) && this.counts(n + 1)) this.add(n + 1, Math.floor(sum / TWO_TO_32));
  }

  /** Whether the odd counter after an even one counts its overflows. */
  private isChained(n: number): boolean {
    return n % 2 === 0 && this.eventOf(n + 1) === CHAIN;
  }

  private overflowed(n: number): void {
    this.state.set64(R.PMOVSSET_EL0, 0, this.state.lo(R.PMOVSSET_EL0) | (1 << n));
  }

  /** `CheckForPMUOverflow`, and how long the interrupt stays away at least. */
  private follow(): void {
    const { state } = this;
    const interrupts = state.lo(R.PMINTENSET_EL1);
    const asserted = interrupts & state.lo(R.PMOVSSET_EL0);
    let level = asserted < 0 && this.groupEnabled(CYCLE_COUNTER);
    for (let n = 0; n < EVENT_COUNTERS; n++) level ||= ((asserted >>> n) & 1) !== 0 && this.groupEnabled(n);
    this.remainingNs = this.counting && interrupts !== 0 ? this.untilOverflow(interrupts) : Number.POSITIVE_INFINITY;
    if (level === this.level) return;
    this.level = level;
    this.ports.setLine(level);
  }

  /** No counter counts faster than one a nanosecond. A chained counter may overflow when the one before it does. */
  private untilOverflow(interrupts: number): number {
    const { state } = this;
    let next = Number.POSITIVE_INFINITY;
    if (interrupts >>> CYCLE_COUNTER !== 0 && this.counts(CYCLE_COUNTER)) {
      next = (TWO_TO_32 - state.hi(R.PMCCNTR_EL0)) * TWO_TO_32 - state.lo(R.PMCCNTR_EL0);
    }
    for (let n = 0; n < EVENT_COUNTERS; n++) {
      const wanted = (interrupts >>> n) & (this.isChained(n) ? 3 : 1);
      if (wanted !== 0 && this.counts(n)) next = Math.min(next, TWO_TO_32 - state.lo(PMEVCNTR[n]));
    }
    return next;
  }
}
