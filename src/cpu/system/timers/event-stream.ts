/** Event streams: events for WFE at the transitions of a counter bit (DDI 0487, "Event streams"). */

import { EVENT, R, type Slot } from '../../slots.ts';
import type { CpuState } from '../../state.ts';
import { Count, TICK_NS, ticksAt } from './counter.ts';

/** Fields of CNTKCTL_EL1 and CNTHCTL_EL2. */
const EVNTEN = 1 << 2;
const EVNTDIR = 1 << 3;
const EVNTI_SHIFT = 4;
const EVNTI_MASK = 0xf;

/** The streams of one CPU: of CNTVCT_EL0 by CNTKCTL_EL1, of CNTPCT_EL0 by CNTHCTL_EL2. Looked at only when WFE asks. */
export class EventStream {
  private readonly count = new Count();
  private seenTicks = 0;

  constructor(
    private readonly state: CpuState,
    private readonly clock: { nowNs(): number },
  ) {}

  /** Sets the event register if an event came since the last call. */
  collect(): void {
    const ticks = ticksAt(this.clock.nowNs());
    if (this.next(this.seenTicks) <= ticks) this.state.set32(EVENT, 1);
    this.seenTicks = ticks;
  }

  /** Virtual time of the next event, in nanoseconds; Infinity when both streams are off. */
  nextEventNs(): number {
    return this.next(ticksAt(this.clock.nowNs())) * TICK_NS;
  }

  private next(ticks: number): number {
    const { count, state } = this;
    return Math.min(
      ticks + this.distance(R.CNTKCTL_EL1, count.virtual(ticks, state).lo),
      ticks + this.distance(R.CNTHCTL_EL2, count.physical(ticks).lo),
    );
  }

  /** Ticks from a count, of which bits [31:0] are given, to the next event of the stream that a register controls. */
  private distance(register: Slot, count: number): number {
    const control = this.state.lo(register);
    if ((control & EVNTEN) === 0) return Number.POSITIVE_INFINITY;
    const half = 1 << ((control >>> EVNTI_SHIFT) & EVNTI_MASK);
    const period = 2 * half;
    const transition = (control & EVNTDIR) === 0 ? half : 0;
    const ahead = (transition - count) & (period - 1);
    return ahead === 0 ? period : ahead;
  }
}
