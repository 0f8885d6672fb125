/** The generic timers: conditions in 64 bits, levels, exact deadlines, their registers and traps, event streams. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEAVE, NEXT } from '../../src/cpu/core.ts';
import { EVENT, R, X } from '../../src/cpu/slots.ts';
import type { Timer } from '../../src/cpu/system/timers/generic-timers.ts';
import { CODE, FakeCore } from './system/fake-core.ts';
import { execute, mrsWord, msrWord } from './system/words.ts';

const NAMES = ['CNTP', 'CNTV', 'CNTHP', 'CNTHV'] as const;
const suffix = (name: string): string => (name.startsWith('CNTH') ? 'EL2' : 'EL0');
const TICK = 16;
const TWO_TO_64 = 1n << 64n;

const read = (core: FakeCore, name: string): bigint => {
  execute(core, 'MRS', mrsWord(name, 0));
  return core.state.get(X[0]);
};
const write = (core: FakeCore, name: string, value: bigint): number =>
  execute(core.x(0, value), 'MSR', msrWord(name, 0));

/** Lets time pass to an instant, polling only when the deadline says so; returns when lines changed. */
function passTo(core: FakeCore, ns: number): number[] {
  const changes: number[] = [];
  while (core.timers.nextDeadlineNs <= ns) {
    core.time = core.timers.nextDeadlineNs;
    const before = [...core.timerLines];
    core.timers.poll();
    if (before.join() !== core.timerLines.join()) changes.push(core.time);
    if (core.timers.nextDeadlineNs <= core.time) throw new Error('the deadline does not move');
  }
  core.time = ns;
  core.timers.poll();
  return changes;
}

describe.each(NAMES)('%s', (name) => {
  const timer = NAMES.indexOf(name) as Timer;
  const [ctl, cval, tval] = ['CTL', 'CVAL', 'TVAL'].map((register) => `${name}_${register}_${suffix(name)}`);

  it('fires at CVAL to the nanosecond and holds its line until it is reprogrammed', () => {
    const core = new FakeCore({ cpu: 'max' }).at(2);
    write(core, cval, 1000n);
    expect(core.timers.nextDeadlineNs).toBe(Number.POSITIVE_INFINITY);
    expect(write(core, ctl, 1n)).toBe(NEXT);
    expect(core.timers.nextDeadlineNs).toBe(1000 * TICK);
    core.time = 1000 * TICK - 1;
    core.timers.poll();
    expect([core.timerLines[timer], read(core, ctl)]).toEqual([false, 1n]);
    core.time = 1000 * TICK;
    core.timers.poll();
    expect([core.timerLines[timer], read(core, ctl)]).toEqual([true, 5n]);
    write(core, cval, 2000n);
    expect(core.timerLines[timer]).toBe(false);
  });

  it('IMASK hides the line but not ISTATUS; without ENABLE there is neither', () => {
    const core = new FakeCore({ cpu: 'max' }).at(2);
    core.time = TICK;
    write(core, ctl, 3n);
    expect([core.timerLines[timer], read(core, ctl), core.timers.nextDeadlineNs]).toEqual([
      false,
      7n,
      Number.POSITIVE_INFINITY,
    ]);
    write(core, ctl, 1n);
    expect([core.timerLines[timer], read(core, ctl)]).toEqual([true, 5n]);
    write(core, ctl, 0n);
    expect([core.timerLines[timer], read(core, ctl)]).toEqual([false, 0n]);
  });

  it('TVAL counts down, through zero, and sets CVAL from the count', () => {
    const core = new FakeCore({ cpu: 'max' }).at(2);
    core.time = 100 * TICK;
    write(core, tval, 0xffff_ffff_0000_0010n);
    expect(read(core, cval)).toBe(116n);
    core.time = 104 * TICK;
    expect(read(core, tval)).toBe(12n);
    core.time = 120 * TICK;
    expect(read(core, tval)).toBe(0xffff_fffcn);
    core.time = 100 * TICK;
    write(core, tval, 0x8000_0000n);
    expect(read(core, cval)).toBe(BigInt.asUintN(64, 100n - 0x8000_0000n));
    core.time = 0x2_0000_0000 * TICK;
    write(core, tval, 0xffff_ffffn);
    expect(read(core, cval)).toBe(0x1_ffff_ffffn);
  });

  it('a read takes 200 ns', () => {
    for (const register of [ctl, cval, tval]) {
      const core = new FakeCore({ cpu: 'max' }).at(2);
      read(core, register);
      expect(core.time).toBe(200);
    }
  });

  it('keeps CVAL in 64 bits and of CTL only ENABLE and IMASK', () => {
    const core = new FakeCore({ cpu: 'max' }).at(2);
    write(core, cval, 0xfedc_ba98_7654_3210n);
    write(core, ctl, 0xffff_ffff_ffff_fffen);
    expect([read(core, cval), read(core, ctl)]).toEqual([0xfedc_ba98_7654_3210n, 2n]);
  });
});

describe('behaviour 7: timer lines are levels', () => {
  it('a fired timer holds its line high through any number of polls and reads', () => {
    const core = new FakeCore({ cpu: 'max' }).at(1);
    core.time = 50 * TICK;
    write(core, 'CNTV_CTL_EL0', 1n);
    for (let i = 0; i < 3; i++) {
      passTo(core, core.time + 1000);
      expect([core.timerLines[1], read(core, 'CNTV_CTL_EL0')]).toEqual([true, 5n]);
    }
  });
});

describe('the virtual timer', () => {
  it('counts CNTVOFF_EL2 less; a write of it moves line and deadline at once', () => {
    const core = new FakeCore({ cpu: 'max' }).at(2);
    core.time = 1000 * TICK;
    write(core, 'CNTV_CVAL_EL0', 600n);
    write(core, 'CNTV_CTL_EL0', 1n);
    expect(core.timerLines[1]).toBe(true);
    expect(write(core, 'CNTVOFF_EL2', 500n)).toBe(NEXT);
    expect([core.timerLines[1], core.timers.nextDeadlineNs]).toEqual([false, 1100 * TICK]);
  });

  it('a count that wraps at 2^64 lowers the line', () => {
    const core = new FakeCore({ cpu: 'max' }).at(2);
    write(core, 'CNTVOFF_EL2', 100n);
    write(core, 'CNTV_CVAL_EL0', 7n);
    write(core, 'CNTV_CTL_EL0', 1n);
    expect(core.timerLines[1]).toBe(true);
    expect(passTo(core, 200 * TICK)).toEqual([100 * TICK, 107 * TICK]);
    expect(core.timerLines[1]).toBe(true);
  });
});

/** 64-bit values around the places where halves carry and signs change. */
const doubleword = fc.oneof(
  fc.bigInt({ min: 0n, max: 5000n }),
  fc.bigInt({ min: 0n, max: 5000n }).map((small) => TWO_TO_64 - 1n - small),
  fc
    .tuple(fc.bigInt({ min: 0n, max: 3n }), fc.integer({ min: -2000, max: 2000 }))
    .map(([high, low]) => BigInt.asUintN(64, (high << 32n) + BigInt(low))),
  fc.bigInt({ min: 0n, max: TWO_TO_64 - 1n }),
);

it('lines and deadlines are those of the manual in 64-bit arithmetic', () => {
  const settings = fc.tuple(
    fc.tuple(doubleword, doubleword, doubleword, doubleword),
    doubleword,
    fc.nat(0xff),
    fc.nat(4_000),
  );
  fc.assert(
    fc.property(
      settings,
      fc.constantFrom(0, 2 ** 32 * TICK - 20_000, 2 ** 33 * TICK),
      ([compare, offset, ctl, step], base) => {
        const core = new FakeCore({ cpu: 'max' }).at(2);
        core.time = base;
        NAMES.forEach((name, i) => {
          write(core, `${name}_CVAL_${suffix(name)}`, compare[i]);
          write(core, `${name}_CTL_${suffix(name)}`, BigInt((ctl >>> (2 * i)) & 3));
        });
        write(core, 'CNTVOFF_EL2', offset);
        const expected = (time: number): boolean[] =>
          NAMES.map((_, i) => {
            const count = BigInt.asUintN(64, BigInt(Math.floor(time / TICK)) - (i === 1 ? offset : 0n));
            return ((ctl >>> (2 * i)) & 3) === 1 && count >= compare[i];
          });
        for (let i = 0; i < 20; i++) {
          const from = core.time;
          const changes = passTo(core, from + step);
          expect(core.timerLines).toEqual(expected(core.time));
          let last = expected(from);
          for (const at of changes) {
            expect([at, expected(at - 1)]).toEqual([at, last]);
            last = expected(at);
          }
          expect(last).toEqual(expected(core.time));
        }
      },
    ),
    { numRuns: 200 },
  );
});

describe('access', () => {
  const esr = (core: FakeCore, el: 1 | 2): bigint => core.reg(el === 1 ? 'ESR_EL1' : 'ESR_EL2') >> 26n;
  const allow = (bits: bigint): FakeCore => new FakeCore({ cpu: 'max' }).at(0).with('CNTKCTL_EL1', bits);

  it.each([
    ['CNTP', 0x200n],
    ['CNTV', 0x100n],
  ])('%s at EL0 needs its bit of CNTKCTL_EL1', (name, bit) => {
    for (const register of ['CTL', 'CVAL', 'TVAL']) {
      const word = mrsWord(`${name}_${register}_EL0`, 0);
      expect(execute(allow(bit), 'MRS', word)).toBe(NEXT);
      const core = allow(0x3ffn & ~bit);
      expect([execute(core, 'MRS', word), esr(core, 1), core.reg('ELR_EL1')]).toEqual([LEAVE, 0x18n, CODE]);
    }
  });

  it('CNTP below EL2 needs CNTHCTL_EL2.EL1PCEN; CNTV does not', () => {
    for (const el of [0, 1] as const) {
      for (const name of ['CNTP_CTL_EL0', 'CNTP_CVAL_EL0', 'CNTP_TVAL_EL0']) {
        const core = allow(0x300n).at(el);
        core.state.set(R.CNTHCTL_EL2, 1n);
        expect([execute(core, 'MSR', msrWord(name, 0)), esr(core, 2)]).toEqual([LEAVE, 0x18n]);
      }
      const core = allow(0x300n).at(el);
      core.state.set(R.CNTHCTL_EL2, 0n);
      expect(execute(core, 'MRS', mrsWord('CNTV_CTL_EL0', 0))).toBe(NEXT);
    }
    const core = new FakeCore({ cpu: 'max' }).at(2);
    core.state.set(R.CNTHCTL_EL2, 0n);
    expect(execute(core, 'MRS', mrsWord('CNTP_CTL_EL0', 0))).toBe(NEXT);
  });

  it('the trap of EL1 comes first', () => {
    const core = allow(0n);
    core.state.set(R.CNTHCTL_EL2, 0n);
    execute(core, 'MRS', mrsWord('CNTP_CTL_EL0', 0));
    expect([esr(core, 1), esr(core, 2)]).toEqual([0x18n, 0n]);
  });

  it('is UNDEFINED on a CPU without timers', () => {
    const core = new FakeCore({ cpu: 'max' }).at(1);
    Object.assign(core, { timers: undefined });
    expect([execute(core, 'MRS', mrsWord('CNTV_CTL_EL0', 0)), esr(core, 1)]).toEqual([LEAVE, 0n]);
  });
});

describe('event streams', () => {
  const EVNTEN = 4n;
  const control = (bit: number, falling: boolean): bigint => EVNTEN | (falling ? 8n : 0n) | (BigInt(bit) << 4n);
  const collected = (core: FakeCore): boolean => {
    core.state.set32(EVENT, 0);
    core.timers.events.collect();
    return core.state.lo(EVENT) === 1;
  };

  it('are off after reset', () => {
    const core = new FakeCore({ cpu: 'max' }).at(2);
    core.time = 1e9;
    expect([collected(core), core.timers.events.nextEventNs()]).toEqual([false, Number.POSITIVE_INFINITY]);
  });

  it('an event comes at each transition of the chosen bit, and only then', () => {
    fc.assert(
      fc.property(
        fc.nat(15),
        fc.boolean(),
        fc.nat(200_000),
        fc.nat(200_000),
        doubleword,
        (bit, falling, from, to, offset) => {
          const core = new FakeCore({ cpu: 'max' }).at(2);
          core.state.set(R.CNTVOFF_EL2, offset);
          core.time = from * TICK;
          core.timers.events.collect();
          core.state.set(R.CNTKCTL_EL1, control(bit, falling));
          const event = core.timers.events.nextEventNs() / TICK;
          const phase = (tick: number): bigint =>
            ((BigInt.asUintN(64, BigInt(tick) - offset) >> BigInt(bit)) & 1n) ^ (falling ? 1n : 0n);
          expect([phase(event - 1), phase(event), event > from]).toEqual([0n, 1n, true]);
          expect(event - from).toBeLessThanOrEqual(2 ** (bit + 1));
          core.time = Math.max(from, to) * TICK;
          expect(collected(core)).toBe(event <= Math.max(from, to));
          expect(collected(core)).toBe(false);
        },
      ),
    );
  });

  it('that of CNTHCTL_EL2 follows the physical count', () => {
    const core = new FakeCore({ cpu: 'max' }).at(2);
    core.state.set(R.CNTVOFF_EL2, 3n);
    core.state.set(R.CNTHCTL_EL2, control(4, false));
    expect(core.timers.events.nextEventNs()).toBe(16 * TICK);
  });
});
