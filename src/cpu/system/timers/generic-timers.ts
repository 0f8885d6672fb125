/** The generic timers of one CPU: when they fire, and the levels of their interrupt lines (DDI 0487, "Timers"). */

import { R, type Slot } from '../../slots.ts';
import type { CpuState } from '../../state.ts';
import { Count, TICK_NS, ticksAt } from './counter.ts';
import { EventStream } from './event-stream.ts';

/** EL1 physical timer (CNTP), virtual timer (CNTV), EL2 physical timer (CNTHP) and, with FEAT_VHE, EL2 virtual timer (CNTHV). */
export const TIMER_PHYSICAL = 0;
export const TIMER_VIRTUAL = 1;
export const TIMER_HYPERVISOR = 2;
export const TIMER_HYPERVISOR_VIRTUAL = 3;
export type Timer =
  | typeof TIMER_PHYSICAL
  | typeof TIMER_VIRTUAL
  | typeof TIMER_HYPERVISOR
  | typeof TIMER_HYPERVISOR_VIRTUAL;
const TIMERS: readonly Timer[] = [TIMER_PHYSICAL, TIMER_VIRTUAL, TIMER_HYPERVISOR, TIMER_HYPERVISOR_VIRTUAL];

/** Registers of each timer, kept in the CPU's slots. */
const CTL: readonly Slot[] = [R.CNTP_CTL_EL0, R.CNTV_CTL_EL0, R.CNTHP_CTL_EL2, R.CNTHV_CTL_EL2];
const CVAL: readonly Slot[] = [R.CNTP_CVAL_EL0, R.CNTV_CVAL_EL0, R.CNTHP_CVAL_EL2, R.CNTHV_CVAL_EL2];

const CTL_ENABLE = 1 << 0;
const CTL_IMASK = 1 << 1;
const CTL_ISTATUS = 1 << 2;

const TWO_TO_32 = 0x1_0000_0000;
/** Ticks beyond this one are past the end of exact virtual time, 2^53 ns. */
const LAST_TICK = 2 ** 53 / TICK_NS;

export interface TimerPorts {
  /** Virtual nanoseconds since power-on, an exact integer. */
  nowNs(): number;
  /** The interrupt line of a timer changed its level. */
  setLine(timer: Timer, level: boolean): void;
}

/**
 * Lines follow the registers at each `update`, and time at each `poll` that comes at `nextDeadlineNs` or later. The
 * registers live in the CPU struct: after a change there that did not come through this class, call `update`.
 */
export class GenericTimers {
  /** Virtual time at which a line changes next if no register is written; Infinity when none will. */
  nextDeadlineNs = Number.POSITIVE_INFINITY;
  /** The event streams that the counter feeds. */
  readonly events: EventStream;
  private readonly levels = [false, false, false, false];
  private readonly count = new Count();

  constructor(
    private readonly state: CpuState,
    private readonly ports: TimerPorts,
  ) {
    this.events = new EventStream(state, ports);
  }

  /** Works out lines and deadline afresh. */
  update(): void {
    const ticks = ticksAt(this.ports.nowNs());
    let next = Number.POSITIVE_INFINITY;
    for (const timer of TIMERS) {
      const on = (this.state.lo(CTL[timer]) & (CTL_ENABLE | CTL_IMASK)) === CTL_ENABLE;
      const fires = on && this.conditionMet(timer, ticks);
      if (on) next = Math.min(next, ticks + this.ticksToChange(timer, ticks, fires));
      if (fires === this.levels[timer]) continue;
      this.levels[timer] = fires;
      this.ports.setLine(timer, fires);
    }
    this.nextDeadlineNs = next < LAST_TICK ? next * TICK_NS : Number.POSITIVE_INFINITY;
  }

  /** Updates if the deadline has come. Cheap otherwise. */
  poll(): void {
    if (this.ports.nowNs() >= this.nextDeadlineNs) this.update();
  }

  /** CTL: ENABLE, IMASK and ISTATUS, which reads as zero while ENABLE is clear. */
  control(timer: Timer): number {
    const stored = this.state.lo(CTL[timer]);
    const fired = (stored & CTL_ENABLE) !== 0 && this.conditionMet(timer, ticksAt(this.ports.nowNs()));
    return fired ? stored | CTL_ISTATUS : stored;
  }
  /** Writes ENABLE and IMASK; `update` follows. */
  setControl(timer: Timer, value: number): void {
    this.state.set64(CTL[timer], 0, value & (CTL_ENABLE | CTL_IMASK));
  }

  /** TVAL: the low 32 bits of CVAL less the count, as uint32. */
  timerValue(timer: Timer): number {
    return (this.state.lo(CVAL[timer]) - this.counted(timer, ticksAt(this.ports.nowNs())).lo) >>> 0;
  }
  /** Sets CVAL to the count plus a signed 32-bit value; `update` follows. */
  setTimerValue(timer: Timer, value: number): void {
    const { hi, lo } = this.counted(timer, ticksAt(this.ports.nowNs()));
    const sum = lo + (value >>> 0);
    const carry = sum >= TWO_TO_32 ? 1 : 0;
    this.state.set64(CVAL[timer], hi + (value >> 31) + carry, sum);
  }

  /** The slot of CVAL; `update` follows a write. */
  compareSlot(timer: Timer): Slot {
    return CVAL[timer];
  }

  /** The counter that the timer compares with; the virtual offset of EL2's virtual timer is zero. */
  private counted(timer: Timer, ticks: number): Count {
    return timer === TIMER_VIRTUAL ? this.count.virtual(ticks, this.state) : this.count.physical(ticks);
  }

  /** Count - CVAL >= 0, both unsigned (DDI 0487, "Operation of the CompareValue views of the timers"). */
  private conditionMet(timer: Timer, ticks: number): boolean {
    const { hi, lo } = this.counted(timer, ticks);
    const compareHi = this.state.hi(CVAL[timer]);
    return hi > compareHi || (hi === compareHi && lo >= this.state.lo(CVAL[timer]));
  }

  /** Ticks until the condition changes: to CVAL, or once met until the counter wraps; exact below 2^53. */
  private ticksToChange(timer: Timer, ticks: number, met: boolean): number {
    const { hi, lo } = this.counted(timer, ticks);
    const toHi = met ? TWO_TO_32 : this.state.hi(CVAL[timer]);
    const toLo = met ? 0 : this.state.lo(CVAL[timer]);
    return (toHi - hi) * TWO_TO_32 + (toLo - lo);
  }
}
