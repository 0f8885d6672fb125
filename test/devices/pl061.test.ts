/** PL061: masked data, directions, interrupts by level and edge, identification, state. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pl061, type Pl061Ports } from '../../src/devices/pl061.ts';

const [DIR, IS, IBE, IEV, IE, RIS, MIS, IC, AFSEL] = [0x400, 0x404, 0x408, 0x40c, 0x410, 0x414, 0x418, 0x41c, 0x420];
const ALL = 0x3fc;

class Driver {
  level = false;
  errors: string[] = [];
  readonly ports: Pl061Ports = {
    irq: (level) => {
      if (level === this.level) throw new Error('no change');
      this.level = level;
    },
    onGuestError: (text) => this.errors.push(text),
  };
  gpio = new Pl061(this.ports);

  read = (offset: number): number => this.gpio.read(offset);
  write = (offset: number, value: number): void => this.gpio.write(offset, 4, value);
  pulse(line: number): void {
    this.gpio.setInput(line, true);
    this.gpio.setInput(line, false);
  }
}

describe('PL061', () => {
  it('reads inputs and drives outputs through the mask in the address', () => {
    const d = new Driver();
    d.gpio.setInput(0, true);
    d.gpio.setInput(7, true);
    expect([d.read(ALL), d.read(1 << 2), d.read(0x80 << 2), d.read(2 << 2)]).toEqual([0x81, 1, 0x80, 0]);
    d.write(DIR, 0x0f);
    expect(d.read(ALL)).toBe(0x80);
    d.write(0x33 << 2, 0xff);
    expect(d.read(ALL)).toBe(0x83);
    d.write(ALL, 0);
    d.write(DIR, 0);
    expect(d.read(ALL)).toBe(0x81);
  });

  it('interrupts by level while the level lasts', () => {
    const d = new Driver();
    d.write(IS, 1);
    d.write(IEV, 1);
    d.write(IE, 1);
    expect(d.level).toBe(false);
    d.gpio.setInput(0, true);
    d.write(IC, 0xff);
    expect([d.level, d.read(RIS), d.read(MIS)]).toEqual([true, 1, 1]);
    d.gpio.setInput(0, false);
    expect([d.level, d.read(RIS)]).toEqual([false, 0]);
    d.write(IEV, 0);
    expect(d.level).toBe(true);
  });

  it.each([
    ['rising', 0, 8, true, false],
    ['falling', 0, 0, false, true],
    ['both', 8, 0, true, true],
  ])('interrupts by %s edges until cleared', (_, both, event, rising, falling) => {
    const d = new Driver();
    d.write(IBE, both);
    d.write(IEV, event);
    d.write(IE, 8);
    d.gpio.setInput(3, true);
    expect(d.level).toBe(rising);
    d.write(IC, 8);
    expect(d.level).toBe(false);
    d.gpio.setInput(3, false);
    expect(d.level).toBe(falling);
  });

  it('shows masked edges in RIS alone', () => {
    const d = new Driver();
    d.write(IEV, 0xff);
    d.pulse(3);
    d.pulse(5);
    d.write(IE, 0x20);
    expect([d.read(RIS), d.read(MIS), d.level]).toEqual([0x28, 0x20, true]);
  });

  it('keeps what is written, identifies itself, and reports the rest', () => {
    const d = new Driver();
    for (const offset of [DIR, IS, IBE, IEV, IE, AFSEL]) {
      d.write(offset, 0x1a5);
      expect(d.read(offset)).toBe(0xa5);
    }
    const ids = Array.from({ length: 8 }, (_, i) => d.read(0xfe0 + 4 * i));
    expect(ids).toEqual([0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1]);
    expect(d.errors).toEqual([]);
    d.read(IC);
    d.write(RIS, 1);
    d.read(0x424);
    expect(d.errors).toHaveLength(3);
    expect(() => d.gpio.setInput(8, true)).toThrow(RangeError);
  });

  it('comes back from its state after any accesses, and is fresh after a reset but for its inputs', () => {
    const step = fc.record({
      offset: fc.oneof(fc.constantFrom(DIR, IS, IBE, IEV, IE, IC, AFSEL), fc.nat(0x3ff)),
      value: fc.nat(0xff),
      line: fc.nat(7),
      high: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const d = new Driver();
        for (const { offset, value, line, high } of steps) {
          d.write(offset, value);
          d.gpio.setInput(line, high);
          expect(d.level).toBe(d.read(MIS) !== 0);
        }
        const copy = new Driver();
        copy.gpio = Pl061.fromState(JSON.parse(JSON.stringify(d.gpio.state())), copy.ports);
        expect([copy.gpio.state(), copy.level]).toEqual([d.gpio.state(), d.level]);
        const { inputs } = d.gpio.state();
        d.gpio.reset();
        expect([d.gpio.state(), d.level]).toEqual([{ ...new Driver().gpio.state(), inputs }, false]);
      }),
    );
  });
});
