/** The Performance Monitors of one CPU: what its counters count, and their interrupt (DDI 0487, "The Performance Monitors Extension"). */

import { EVENT_COUNTERS } from '../../../arch/sysregs/registers.ts';
import { R } from '../../slots.ts';
import type { CpuState } from '../../state.ts';
import { CounterControls, CYCLE_COUNTER, PMEVCNTR } from './counter-controls.ts';

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
  private readonly controls: CounterControls;

  constructor(
    private readonly state: CpuState,
    private readonly ports: PmuPorts,
  ) {
    this.controls = new CounterControls(state);
  }

  /** Event counters that the current EL may access. */
  get accessible(): number {
    return this.controls.accessible;
  }

  /** The CPU runs from now on. */
  resume(): void {
    this.seenNs = this.ports.nowNs();
    this.seenInstructions = 0;
  }

  /** Virtual time at which an interrupt is due at the earliest, while the CPU runs. */
  get nextDeadlineNs(): number {
    return this.seenNs + this.remainingNs;
  }

  /** After a change of the registers: what is enabled now, and the interrupt. */
  update(): void {
    const was = this.counting;
    this.counting = this.controls.enabled(CYCLE_COUNTER);
    for (let n = 0; n < EVENT_COUNTERS; n++) this.counting ||= this.controls.enabled(n);
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
    const { ports } = this;
    const ns = ports.nowNs() + running;
    const instructions = ports.retiredInSlice() + running;
    const cycles = ns - this.seenNs;
    const retired = instructions - this.seenInstructions;
    this.seenNs = ns;
    this.seenInstructions = instructions;
    if (this.controls.counts(CYCLE_COUNTER)) this.addCycles(cycles);
    for (let n = 0; n < EVENT_COUNTERS; n++) {
      if (!this.controls.counts(n)) continue;
      const event = this.controls.eventOf(n);
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
      if (((among >>> n) & 1) !== 0 && this.controls.eventOf(n) === event && this.controls.counts(n)) this.add(n, 1);
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
    if (this.isChained(n) && this.controls.counts(n + 1)) this.add(n + 1, Math.floor(sum / TWO_TO_32));
  }

  /** Whether the odd counter after an even one counts its overflows. */
  private isChained(n: number): boolean {
    return n % 2 === 0 && this.controls.eventOf(n + 1) === CHAIN;
  }

  private overflowed(n: number): void {
    this.state.set64(R.PMOVSSET_EL0, 0, this.state.lo(R.PMOVSSET_EL0) | (1 << n));
  }

  /** `CheckForPMUOverflow`, and how long the interrupt stays away at least. */
  private follow(): void {
    const { state } = this;
    const interrupts = state.lo(R.PMINTENSET_EL1);
    const asserted = interrupts & state.lo(R.PMOVSSET_EL0);
    let level = asserted < 0 && this.controls.groupEnabled(CYCLE_COUNTER);
    for (let n = 0; n < EVENT_COUNTERS; n++) level ||= ((asserted >>> n) & 1) !== 0 && this.controls.groupEnabled(n);
    this.remainingNs = this.counting && interrupts !== 0 ? this.untilOverflow(interrupts) : Number.POSITIVE_INFINITY;
    if (level === this.level) return;
    this.level = level;
    this.ports.setLine(level);
  }

  /** No counter counts faster than one a nanosecond. A chained counter may overflow when the one before it does. */
  private untilOverflow(interrupts: number): number {
    const { state } = this;
    let next = Number.POSITIVE_INFINITY;
    if (interrupts >>> CYCLE_COUNTER !== 0 && this.controls.counts(CYCLE_COUNTER)) {
      next = (TWO_TO_32 - state.hi(R.PMCCNTR_EL0)) * TWO_TO_32 - state.lo(R.PMCCNTR_EL0);
    }
    for (let n = 0; n < EVENT_COUNTERS; n++) {
      const wanted = (interrupts >>> n) & (this.isChained(n) ? 3 : 1);
      if (wanted !== 0 && this.controls.counts(n)) next = Math.min(next, TWO_TO_32 - state.lo(PMEVCNTR[n]));
    }
    return next;
  }
}
