/** The console device: output, input that waits for buffers, state. */

import { describe, expect, it } from 'vitest';
import { VirtioConsole } from '../../../src/devices/virtio/console.ts';
import { Driver, HEAP, RAM_BASE, RAM_BYTES, VERSIONS } from './driver.ts';

const [RECEIVE, TRANSMIT] = [0, 1];
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const typed = (line: string): Uint8Array => Uint8Array.from(Buffer.from(line, 'latin1'));

class Session {
  output = '';
  readonly console = new VirtioConsole({
    onOutput: (bytes) => {
      this.output += text(bytes);
    },
  });
  readonly driver: Driver;

  constructor(isLegacy = false) {
    this.driver = new Driver(this.console, { isLegacy, num: 16 });
  }
}

describe.each(VERSIONS)('the console on the %s transport', (_, isLegacy) => {
  it('prints what the guest sends', () => {
    const s = new Session(isLegacy);
    const d = s.driver.start();
    d.ram.write(HEAP, typed('hello, world'));
    const parts = [
      { at: HEAP, length: 7 },
      { at: HEAP + 7, length: 5 },
    ];
    expect([d.exchange(TRANSMIT, parts), s.output]).toEqual([[[0, 0]], 'hello, world']);
  });

  it('keeps what is typed until there are buffers', () => {
    const s = new Session(isLegacy);
    const d = s.driver;
    s.console.receive(typed('early '));
    d.start();
    d.add(RECEIVE, [{ at: HEAP, length: 4, writable: true }]);
    d.notify(RECEIVE);
    expect([d.returned(RECEIVE), text(d.ram.slice(HEAP, 4)), d.level]).toEqual([[[0, 4]], 'earl', true]);
    d.add(RECEIVE, [{ at: HEAP, length: 64, writable: true }]);
    d.add(RECEIVE, [{ at: HEAP + 64, length: 64, writable: true }]);
    d.notify(RECEIVE);
    expect([d.returned(RECEIVE), text(d.ram.slice(HEAP, 2))]).toEqual([[[1, 2]], 'y ']);
    s.console.receive(typed('late'));
    expect([d.returned(RECEIVE), text(d.ram.slice(HEAP + 64, 4))]).toEqual([[[2, 4]], 'late']);
  });
});

describe('the console', () => {
  it('drops what is beyond 1 MiB of one chain, or outside RAM', () => {
    const s = new Session();
    const d = s.driver.start();
    const all = { at: RAM_BASE, length: RAM_BYTES };
    expect([d.exchange(TRANSMIT, [all, all, all]).length, s.output.length]).toEqual([1, RAM_BYTES]);
    s.output = '';
    expect(d.exchange(TRANSMIT, [{ at: RAM_BASE - 1, length: 2 }])).toHaveLength(1);
    expect([s.output, d.needsReset]).toEqual(['', false]);
  });

  it('comes back with the input that waits', () => {
    const s = new Session();
    s.driver.start();
    s.console.receive(typed('abc'));
    const state = JSON.parse(JSON.stringify(s.console.state()));
    const copy = VirtioConsole.fromState(state, { onOutput() {} });
    expect(copy.state()).toEqual(s.console.state());
    const d = new Driver(copy).start();
    d.add(RECEIVE, [{ at: HEAP, length: 8, writable: true }]);
    d.notify(RECEIVE);
    expect(text(d.ram.slice(HEAP, 3))).toBe('abc');
  });
});
