/** What is behind virtio devices: consoles, chance, networks and disks of a command line, asked by a driver. */

import { describe, expect, it } from 'vitest';
import { parse } from '../../src/cli/parse.ts';
import { Backends } from '../../src/cli/virtio/backends.ts';
import type { DeviceModel } from '../../src/devices/virtio/model.ts';
import { Driver, HEAP } from '../devices/virtio/driver.ts';
import { FakeHost } from './fake-host.ts';

const [RECEIVE, TRANSMIT] = [0, 1];
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const bytesOf = (line: string): Uint8Array => Uint8Array.from(Buffer.from(line, 'latin1'));

/** The backends of flags for guests with these prefixes. */
class Session {
  stops = 0;
  readonly host: FakeHost;
  readonly backends: Backends;

  constructor(flags: string, prefixes: readonly string[] = [''], files: Readonly<Record<string, Uint8Array>> = {}) {
    this.host = new FakeHost(files);
    const request = parse(['run', 'image', ...flags.split(' ')]);
    if (request.kind !== 'guest') throw new Error('no run');
    const { virtio, until, failOn } = request.settings;
    this.backends = new Backends(virtio, {
      ...{ host: this.host, until, failOn, prefixes },
      stop: () => {
        this.stops++;
      },
    });
  }

  /** A driver that has started a device of a guest. */
  driver(guest: number, index = 0): Driver {
    const model = this.backends.of(guest).virtio?.[index] as DeviceModel;
    return new Driver(model, { num: 8 }).start();
  }

  print(driver: Driver, line: string): void {
    driver.ram.write(HEAP, bytesOf(line));
    driver.exchange(TRANSMIT, [{ at: HEAP, length: line.length }]);
  }

  random(guest: number, index = 0): string {
    const driver = this.driver(guest, index);
    driver.exchange(0, [{ at: HEAP, length: 16, writable: true }]);
    return Buffer.from(driver.ram.slice(HEAP, 16)).toString('hex');
  }
}

const CONSOLE = '-device virtio-serial-device -device virtconsole,chardev=c';

describe('a virtconsole', () => {
  it('on stdio prints there, ends a run by its text, and is typed on', () => {
    const s = new Session(`-chardev stdio,id=c ${CONSOLE} --until done`, ['a: ', 'b: ']);
    const [first, second] = [s.driver(0), s.driver(1)];
    s.print(first, 'one\n');
    s.print(second, 'two\n');
    expect([s.stops, s.backends.chardevs.seen]).toEqual([0, undefined]);
    s.print(second, 'done');
    expect([s.stops, s.backends.chardevs.seen]).toEqual([1, 'until']);
    s.backends.chardevs.flush();
    expect(s.host.stdout.text).toBe('a: one\nb: two\n');
    s.backends.input?.(bytesOf('hi'));
    first.add(RECEIVE, [{ at: HEAP, length: 8, writable: true }]);
    first.notify(RECEIVE);
    expect([text(first.ram.slice(HEAP, 2)), first.returned(RECEIVE).length]).toEqual(['hi', 1]);
  });

  it('goes into a file, or nowhere', () => {
    const s = new Session(`-chardev file,id=c,path=out ${CONSOLE}`);
    s.print(s.driver(0), 'text');
    s.backends.chardevs.flush();
    expect([s.host.written.out, s.host.stdout.text, s.backends.input]).toEqual(['text', '', undefined]);
    const none = new Session('-device virtio-serial-device');
    none.print(none.driver(0), 'text');
    expect(none.host.stdout.text).toBe('');
  });
});

describe('random bytes', () => {
  it('follow the seed, the guest and the device', () => {
    const flags = '-device virtio-rng-device -device virtio-rng-device';
    const all = (seed: string): string[] => {
      const s = new Session(`${flags} ${seed}`, ['a: ', 'b: ']);
      return [s.random(0), s.random(0, 1), s.random(1), s.random(1, 1)];
    };
    expect(all('-nic none')).toEqual(all('-seed 0'));
    expect(new Set([...all('-seed 0'), ...all('-seed 1000')]).size).toBe(8);
  });

  it('are those of the host where an object says so', () => {
    const s = new Session('-object rng-random,id=r -object rng-builtin,id=q -device virtio-rng-device,rng=r');
    expect(s.random(0)).toBe('77'.repeat(16));
    const seeded = new Session('-object rng-builtin,id=q -device virtio-rng-device,rng=q');
    expect(seeded.random(0)).toBe(new Session('-device virtio-rng-device').random(0));
  });
});

describe('networks', () => {
  it('connect devices and guests with the same hub', () => {
    const flags = '-netdev hubport,id=n -netdev hubport,id=m,hubid=1';
    const devices = '-device virtio-net-device,netdev=n -device virtio-net-device,netdev=m';
    const s = new Session(`${flags} ${devices}`, ['a: ', 'b: ']);
    const cards = [s.driver(0), s.driver(0, 1), s.driver(1), s.driver(1, 1)];
    for (const card of cards) {
      card.add(RECEIVE, [{ at: HEAP + 0x1000, length: 1526, writable: true }]);
      card.notify(RECEIVE);
    }
    cards[0].exchange(TRANSMIT, [{ at: HEAP, length: 12 + 60 }]);
    expect(cards.map((card) => card.returned(RECEIVE).length)).toEqual([0, 0, 1, 0]);
  });
});

describe('disks', () => {
  const read = (driver: Driver, header: number[]): number => {
    driver.ram.write(HEAP, Uint8Array.of(...header, ...new Array(16 - header.length).fill(0)));
    driver.exchange(0, [
      { at: HEAP, length: 16 },
      { at: HEAP + 0x1000, length: 512, writable: header[0] === 0 },
      { at: HEAP + 16, length: 1, writable: true },
    ]);
    return driver.ram.slice(HEAP + 0x1000, 1)[0];
  };

  it('that are snapshots differ by VM and leave the file alone', () => {
    const files = { d: new Uint8Array(512).fill(0x11) };
    const s = new Session('-drive file=d -snapshot', ['a: ', 'b: '], files);
    const [first, second] = [s.driver(0), s.driver(1)];
    first.ram.bytes.fill(0x22, 0x1_1000, 0x1_1200);
    read(first, [1]);
    first.ram.bytes.fill(0, 0x1_1000, 0x1_1200);
    expect([read(first, [0]), read(second, [0]), files.d[0]]).toEqual([0x22, 0x11, 0x11]);
  });

  it('let the host have its turn when much is moved', () => {
    const s = new Session('-drive file=d', [''], { d: new Uint8Array(512) });
    s.backends.of(0).onTransfer?.(2 ** 24 - 1);
    expect(s.stops).toBe(0);
    s.backends.of(0).onTransfer?.(1);
    s.backends.of(0).onTransfer?.(1);
    expect(s.stops).toBe(1);
  });
});
