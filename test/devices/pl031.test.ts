/** PL031: time from virtual time, the alarm at its exact second, and the state. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pl031, type Pl031Ports } from '../../src/devices/pl031.ts';

const [DR, MR, LR, CR, IMSC, RIS, MIS, ICR] = [0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c];
const START = Date.UTC(2024, 0, 1) / 1000;
const SECOND = 1e9;

class Driver {
  now = 0;
  level = false;
  errors: string[] = [];
  readonly ports: Pl031Ports = {
    nowNs: () => this.now,
    irq: (level) => {
      if (level === this.level) throw new Error('no change');
      this.level = level;
    },
    onGuestError: (text) => this.errors.push(text),
  };
  rtc = new Pl031(this.ports);

  read(offset: number): number {
    return this.rtc.read(offset, 4);
  }
  write(offset: number, value: number): void {
    this.rtc.write(offset, 4, value);
  }
  /** Lets time pass as a machine does: to the next deadline, and on. */
  pass(ns: number): void {
    const end = this.now + ns;
    while (this.rtc.nextDeadlineNs <= end) {
      this.now = Math.max(this.now, this.rtc.nextDeadlineNs);
      this.rtc.poll();
    }
    this.now = end;
    this.rtc.poll();
  }
}

describe('PL031', () => {
  it('counts seconds from 2024 unless told another start', () => {
    const d = new Driver();
    expect(d.read(DR)).toBe(START);
    d.now = 2 * SECOND - 1;
    expect(d.read(DR)).toBe(START + 1);
    expect(new Pl031(d.ports, 0xffff_ffff).read(DR, 4)).toBe(0);
  });

  it('takes a new time by LR and keeps what was written', () => {
    const d = new Driver();
    d.now = 5 * SECOND;
    d.write(LR, 1000);
    d.now = 7 * SECOND;
    expect([d.read(DR), d.read(LR)]).toEqual([1002, 1000]);
  });

  it('raises the alarm at its second, until it is cleared', () => {
    const d = new Driver();
    d.write(IMSC, 1);
    d.write(MR, START + 3);
    expect(d.rtc.nextDeadlineNs).toBe(3 * SECOND);
    d.pass(3 * SECOND - 1);
    expect([d.level, d.read(RIS)]).toEqual([false, 0]);
    d.pass(1);
    expect([d.level, d.read(RIS), d.read(MIS), d.rtc.nextDeadlineNs]).toEqual([true, 1, 1, Number.POSITIVE_INFINITY]);
    d.write(IMSC, 0);
    expect([d.level, d.read(RIS), d.read(MIS)]).toEqual([false, 1, 0]);
    d.write(IMSC, 1);
    d.write(ICR, 1);
    expect([d.level, d.read(RIS)]).toEqual([false, 0]);
    d.write(MR, START + 5);
    expect(d.rtc.nextDeadlineNs).toBe(5 * SECOND);
  });

  it('raises it at once when the match register or the time is set to the other', () => {
    const d = new Driver();
    d.write(IMSC, 1);
    d.write(MR, START);
    expect(d.level).toBe(true);
    d.write(ICR, 1);
    d.write(MR, 77);
    d.write(LR, 77);
    expect(d.level).toBe(true);
  });

  it('awaits no alarm past the end of exact virtual time, 2 ** 53 ns', () => {
    const last = Math.floor(2 ** 53 / SECOND);
    const d = new Driver();
    d.write(IMSC, 1);
    d.write(MR, START + last);
    expect(d.rtc.nextDeadlineNs).toBe(last * SECOND);
    d.write(MR, START + last + 1);
    expect(d.rtc.nextDeadlineNs).toBe(Number.POSITIVE_INFINITY);
  });

  it('notices a match that was not awaited when RIS is read', () => {
    const d = new Driver();
    d.write(MR, START + 1);
    d.now = 10 * SECOND;
    expect([d.rtc.nextDeadlineNs, d.read(RIS), d.level]).toEqual([Number.POSITIVE_INFINITY, 1, false]);
  });

  it('is always enabled and identifies itself', () => {
    const d = new Driver();
    d.write(CR, 0);
    expect(d.read(CR)).toBe(1);
    const ids = Array.from({ length: 8 }, (_, i) => d.read(0xfe0 + 4 * i));
    expect(ids).toEqual([0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1]);
    expect(d.errors).toEqual([]);
    d.read(0x20);
    d.write(DR, 1);
    expect(d.errors).toHaveLength(2);
  });

  it('comes back from its state after any accesses', () => {
    const step = fc.record({
      offset: fc.constantFrom(DR, MR, LR, CR, IMSC, RIS, MIS, ICR),
      value: fc.oneof(fc.nat(4), fc.integer({ min: START, max: START + 20 }), fc.nat(0xffff_ffff)),
      seconds: fc.nat(8),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const d = new Driver();
        for (const { offset, value, seconds } of steps) {
          d.write(offset, value);
          d.pass(seconds * SECOND);
          expect(d.level).toBe(d.read(MIS) === 1);
        }
        const copy = new Driver();
        copy.now = d.now;
        copy.rtc = Pl031.fromState(JSON.parse(JSON.stringify(d.rtc.state())), copy.ports);
        expect([copy.rtc.state(), copy.level]).toEqual([d.rtc.state(), d.level]);
        expect(copy.rtc.nextDeadlineNs).toBe(d.rtc.nextDeadlineNs);
      }),
    );
  });

  it('answers every offset in every size', () => {
    const d = new Driver();
    for (const size of [1, 2, 4] as const) {
      for (let offset = 0; offset < 0x1000; offset += size) {
        d.rtc.write(offset, size, 0xffff_ffff);
        expect(d.rtc.read(offset, size)).toBeGreaterThanOrEqual(0);
      }
    }
  });
});
