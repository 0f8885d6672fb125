/** The PL011: registers, FIFO, interrupts, loop-back and its state. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pl011, type Pl011State } from '../../src/devices/pl011.ts';

const [DR, RSR, FR, LCR_H, CR, IFLS, IMSC, RIS, MIS, ICR] = [
  0x00, 0x04, 0x18, 0x2c, 0x30, 0x34, 0x38, 0x3c, 0x40, 0x44,
];
const FEN = 0x10;
const [RX, TX, RT, OE] = [0x10, 0x20, 0x40, 0x400];
const ENABLED = 0x301;

function ports() {
  const seen = { output: '', irq: [] as boolean[], errors: [] as string[] };
  const made = {
    onOutput: (byte: number) => {
      seen.output += String.fromCharCode(byte);
    },
    irq: (level: boolean) => {
      seen.irq.push(level);
    },
    onGuestError: (text: string) => {
      seen.errors.push(text);
    },
  };
  return { seen, ports: made };
}

class Driver {
  readonly environment = ports();
  readonly seen = this.environment.seen;
  readonly uart = new Pl011(this.environment.ports);

  read(offset: number): number {
    return this.uart.read(offset, 4);
  }
  write(offset: number, value: number): void {
    this.uart.write(offset, 4, value);
  }
  receive(text: string): void {
    this.uart.receive(Buffer.from(text));
  }
  /** Reads characters until the FIFO is empty. */
  drain(): string {
    let text = '';
    while ((this.read(FR) & 0x10) === 0) text += String.fromCharCode(this.read(DR));
    return text;
  }
}

describe('PL011', () => {
  it('has the reset values of the manual', () => {
    const d = new Driver();
    expect([FR, CR, IFLS, LCR_H, IMSC, RIS, MIS].map((at) => d.read(at))).toEqual([0x90, 0x300, 0x12, 0, 0, 0, 0]);
  });

  it('has the PrimeCell identification that Linux looks for', () => {
    const d = new Driver();
    const ids = Array.from({ length: 8 }, (_, i) => d.read(0xfe0 + 4 * i));
    expect(ids).toEqual([0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1]);
    expect(d.seen.errors).toEqual([]);
  });

  it('transmits at once and never fills', () => {
    const d = new Driver();
    d.write(CR, ENABLED);
    for (const c of 'hello, world') d.write(DR, c.charCodeAt(0));
    d.write(DR, 0x141);
    expect(d.seen.output).toBe('hello, worldA');
    expect(d.read(FR)).toBe(0x90);
    expect(d.read(RIS)).toBe(TX);
  });

  it('is heard even when the guest never enabled it, and says so', () => {
    const d = new Driver();
    d.write(DR, 0x41);
    expect(d.seen.output).toBe('A');
    expect(d.seen.errors).toEqual(['pl011: data written while UARTCR disables the transmitter']);
  });

  it('raises the transmit interrupt until it is cleared', () => {
    const d = new Driver();
    d.write(CR, ENABLED);
    d.write(IMSC, TX);
    d.write(DR, 0x41);
    expect(d.read(MIS)).toBe(TX);
    d.write(ICR, TX);
    expect(d.read(MIS)).toBe(0);
    expect(d.seen.irq).toEqual([true, false]);
  });

  it('receives one character at a time while the FIFO is off', () => {
    const d = new Driver();
    d.receive('abc');
    expect(d.read(FR) & 0x50).toBe(0x40);
    expect(d.read(RIS)).toBe(RX | RT);
    expect(d.drain()).toBe('abc');
    expect(d.read(RIS)).toBe(0);
    expect(d.read(DR)).toBe(0);
  });

  it('raises RX at the trigger level and RT for what stays below it', () => {
    const d = new Driver();
    d.write(LCR_H, FEN);
    d.write(IFLS, 2 << 3);
    d.receive('1234567');
    expect(d.read(RIS)).toBe(RT);
    d.receive('8');
    expect(d.read(RIS)).toBe(RT | RX);
    d.read(DR);
    expect(d.read(RIS)).toBe(RT);
    expect(d.drain()).toBe('2345678');
    expect(d.read(RIS)).toBe(0);
  });

  it('keeps host input that finds the FIFO full for later', () => {
    const d = new Driver();
    d.write(LCR_H, FEN);
    const text = `${'x'.repeat(10_000)}end`;
    d.receive(text);
    expect(d.read(FR) & 0x50).toBe(0x40);
    d.write(ICR, 0x7ff);
    d.read(DR);
    expect(d.read(RIS)).toBe(RT | RX);
    expect(d.drain()).toBe(text.slice(1));
  });

  it('drives its line by level', () => {
    const d = new Driver();
    d.write(IMSC, RX | RT);
    d.receive('ab');
    d.read(DR);
    d.read(DR);
    d.receive('');
    d.receive('c');
    d.write(IMSC, 0);
    expect(d.seen.irq).toEqual([true, false, true, false]);
  });

  it('takes waiting input when the FIFO is switched on', () => {
    const d = new Driver();
    d.receive('abc');
    d.write(ICR, 0x7ff);
    d.write(LCR_H, FEN);
    expect(d.read(RIS)).toBe(RT);
    expect(d.drain()).toBe('abc');
  });

  it('loops back, and overruns there', () => {
    const d = new Driver();
    d.write(CR, ENABLED | 0x80);
    d.write(DR, 0x41);
    d.write(DR, 0x42);
    expect(d.seen.output).toBe('');
    expect(d.read(RIS)).toBe(RX | TX | RT | OE);
    expect(d.read(RSR)).toBe(8);
    expect(d.read(DR)).toBe(0x841);
    d.write(RSR, 0);
    expect(d.read(RSR)).toBe(0);
    d.write(DR, 0x43);
    expect(d.read(DR)).toBe(0x43);
  });

  it('keeps only the bits that registers have', () => {
    const d = new Driver();
    const stored = [0x20, 0x24, 0x28, LCR_H, CR, IFLS, IMSC, 0x48];
    for (const at of stored) d.write(at, 0xffff_ffff);
    expect(stored.map((at) => d.read(at))).toEqual([0xff, 0xffff, 0x3f, 0xff, 0xff87, 0x3f, 0x7ff, 7]);
  });

  it('gives and takes no more bits than the access has', () => {
    const d = new Driver();
    d.write(IMSC, 0x7ff);
    expect([d.uart.read(IMSC, 1), d.uart.read(IMSC, 2)]).toEqual([0xff, 0x7ff]);
    d.uart.write(IMSC, 1, 0x123);
    expect(d.read(IMSC)).toBe(0x23);
  });

  it('reports accesses where nothing is', () => {
    const d = new Driver();
    expect(d.read(0x50)).toBe(0);
    expect(d.read(0x19)).toBe(0);
    d.write(FR, 1);
    d.write(0xfe0, 1);
    expect(d.seen.errors).toEqual([
      'pl011: read of offset 0x50, where no readable register is',
      'pl011: read of offset 0x19, where no readable register is',
      'pl011: write of offset 0x18, where no writable register is',
      'pl011: write of offset 0xfe0, where no writable register is',
    ]);
  });

  it('is reset, and keeps what is typed meanwhile', () => {
    const d = new Driver();
    d.write(LCR_H, FEN);
    d.write(IMSC, RX | TX);
    d.write(DR, 0x41);
    d.receive('xy');
    d.uart.reset();
    expect(d.seen.irq).toEqual([true, false]);
    expect([d.read(LCR_H), d.read(IMSC), d.read(RIS)]).toEqual([0, 0, RX | RT]);
    expect([d.read(DR), d.read(DR), d.read(RIS)]).toEqual([0x78, 0x79, 0]);
    expect(d.uart.state()).toEqual(new Driver().uart.state());
  });

  it('goes on from its state as if nothing had happened', () => {
    const offset = fc.constantFrom(DR, RSR, FR, 0x20, LCR_H, CR, IFLS, IMSC, ICR, 0x48);
    const step = fc.oneof(
      fc.record({ write: offset, value: fc.nat(0xffff) }),
      fc.record({ read: offset }),
      fc.record({ receive: fc.uint8Array({ maxLength: 20 }) }),
    );
    const steps = fc.array(step, { maxLength: 20 });
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const original = new Driver();
        run(original.uart, before);
        const state: Pl011State = JSON.parse(JSON.stringify(original.uart.state()));
        const copied = ports();
        const copy = Pl011.fromState(state, copied.ports);
        const line = original.seen.irq.at(-1) ?? false;
        expect(copied.seen.irq).toEqual(line ? [true] : []);

        const rest = original.seen.output.length;
        expect(run(copy, after)).toEqual(run(original.uart, after));
        expect(copy.state()).toEqual(original.uart.state());
        expect(copied.seen.output).toBe(original.seen.output.slice(rest));
      }),
    );
  });
});

type Step = { write: number; value: number } | { read: number } | { receive: Uint8Array };

/** Does the steps; gives what was read. */
function run(uart: Pl011, steps: readonly Step[]): number[] {
  const read: number[] = [];
  for (const step of steps) {
    if ('write' in step) uart.write(step.write, 4, step.value);
    else if ('read' in step) read.push(uart.read(step.read, 4));
    else uart.receive(step.receive);
  }
  return read;
}
