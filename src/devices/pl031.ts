/** PL031 real-time clock (DDI 0224): seconds of virtual time from a fixed start, and an alarm. */

import type { Device } from './device.ts';

const DR = 0x000;
const MR = 0x004;
const LR = 0x008;
const CR = 0x00c;
const IMSC = 0x010;
const RIS = 0x014;
const MIS = 0x018;
const ICR = 0x01c;
/** RTCPeriphID0 to 3 and RTCPCellID0 to 3. */
const ID = 0xfe0;
const ID_BYTES = [0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1];
const SIZE_MASK = { 1: 0xff, 2: 0xffff, 4: -1 } as const;

const SECOND_NS = 1e9;
/** The end of exact virtual time: what would come later never does, as with the generic timers. */
const LAST_NS = 2 ** 53;
/** 2024-01-01T00:00:00Z in seconds since 1970. */
export const DEFAULT_START = 1_704_067_200;

export interface Pl031Ports {
  /** Virtual nanoseconds since power-on. */
  nowNs(): number;
  /** RTCINTR, called when the level changes. */
  irq(level: boolean): void;
  /** An access that no correct driver makes, as one line. */
  onGuestError(text: string): void;
}

/** The whole state, plain JSON. */
export interface Pl031State {
  /** What the counter is ahead of virtual time, in seconds modulo 2^32. */
  readonly offset: number;
  readonly match: number;
  readonly load: number;
  readonly mask: number;
  readonly raw: number;
  /** Virtual second at which the counter is equal to the match register next. */
  readonly matchSecond: number;
}

/** The device. It counts from power-on, whatever RTCCR says, as on QEMU. */
export class Pl031 implements Device {
  readonly name = 'pl031';
  private offset: number;
  private match = 0;
  private load = 0;
  private mask = 0;
  private raw = 0;
  private matchSecond: number;
  private level = false;

  /** `startSeconds`: the time at virtual time 0, in seconds since 1970. */
  constructor(
    private readonly ports: Pl031Ports,
    startSeconds: number = DEFAULT_START,
  ) {
    this.offset = startSeconds >>> 0;
    this.matchSecond = this.nextMatch(0);
  }

  read(offset: number, size: 1 | 2 | 4): number {
    this.poll();
    return (this.readRegister(offset) & SIZE_MASK[size]) >>> 0;
  }

  private readRegister(offset: number): number {
    switch (offset) {
      case DR:
        return this.count;
      case MR:
        return this.match;
      case LR:
        return this.load;
      case CR:
        return 1;
      case IMSC:
        return this.mask;
      case RIS:
        return this.raw;
      case MIS:
        return this.raw & this.mask;
    }
    const id = (offset - ID) / 4;
    if (id >= 0 && id < ID_BYTES.length && Number.isInteger(id)) return ID_BYTES[id];
    this.ports.onGuestError(`pl031: read of offset 0x${offset.toString(16)}, where no readable register is`);
    return 0;
  }

  write(offset: number, size: 1 | 2 | 4, value: number): void {
    this.poll();
    this.writeRegister(offset, (value & SIZE_MASK[size]) >>> 0);
    this.poll();
    this.drive();
  }

  private writeRegister(offset: number, value: number): void {
    switch (offset) {
      case MR:
        this.match = value;
        this.matchSecond = this.nextMatch(this.seconds);
        break;
      case LR:
        this.load = value;
        this.offset = (value - this.seconds) >>> 0;
        this.matchSecond = this.nextMatch(this.seconds);
        break;
      case CR:
        break;
      case IMSC:
        this.mask = value & 1;
        break;
      case ICR:
        this.raw &= ~value;
        break;
      default:
        this.ports.onGuestError(`pl031: write of offset 0x${offset.toString(16)}, where no writable register is`);
    }
  }

  /** Virtual time at which the interrupt line rises if no register is written; Infinity when it will not. */
  get nextDeadlineNs(): number {
    const deadline = this.matchSecond * SECOND_NS;
    return this.mask === 0 || this.raw !== 0 || deadline >= LAST_NS ? Number.POSITIVE_INFINITY : deadline;
  }

  /** Notices a match that has come. Cheap otherwise. */
  poll(): void {
    const { seconds } = this;
    if (seconds < this.matchSecond) return;
    this.raw = 1;
    this.matchSecond = this.nextMatch(seconds + 1);
    this.drive();
  }

  /** Whole seconds of virtual time. */
  private get seconds(): number {
    return Math.floor(this.ports.nowNs() / SECOND_NS);
  }
  /** RTCDR. */
  private get count(): number {
    return (this.seconds + this.offset) >>> 0;
  }

  /** The first virtual second, `from` or later, at which the counter is equal to the match register. */
  private nextMatch(from: number): number {
    return from + ((this.match - this.offset - from) >>> 0);
  }

  private drive(): void {
    const level = (this.raw & this.mask) !== 0;
    if (level === this.level) return;
    this.level = level;
    this.ports.irq(level);
  }

  /** A copy of the state. */
  state(): Pl031State {
    const { offset, match, load, mask, raw, matchSecond } = this;
    return { offset, match, load, mask, raw, matchSecond };
  }

  /** Makes a clock from a `state()`; drives `irq` if the line is high. */
  static fromState(state: Pl031State, ports: Pl031Ports): Pl031 {
    const rtc = new Pl031(ports);
    Object.assign(rtc, state);
    rtc.drive();
    return rtc;
  }
}
