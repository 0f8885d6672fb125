/** Split virtqueues: chains, indirect tables, suppression of interrupts, and rings that break the rules. */

import { describe, expect, it } from 'vitest';
import { Entropy } from '../../../src/devices/virtio/entropy.ts';
import { SeededRandom } from '../../../src/devices/virtio/random.ts';
import * as reg from '../../../src/devices/virtio/registers.ts';
import { Driver, HEAP, INDIRECT, NEXT, RAM_BASE, RAM_BYTES, VERSIONS, WRITE } from './driver.ts';

const EVENT_IDX = 1 << reg.F_EVENT_IDX;
const INDIRECT_DESC = 1 << reg.F_INDIRECT_DESC;
const without = (bits: number): [number, number] => [~bits, -1];
const part = (length: number, at = HEAP) => ({ at, length, writable: true });

function started(options: ConstructorParameters<typeof Driver>[1] = {}): Driver {
  return new Driver(new Entropy(new SeededRandom(1)), options).start();
}

describe.each(VERSIONS)('a queue of the %s transport', (_, isLegacy) => {
  it('scatters over the buffers of a chain, direct or not', () => {
    const expected = new Uint8Array(30);
    new SeededRandom(1).generate(expected);
    for (const table of [undefined, HEAP + 0x1000]) {
      const d = started({ isLegacy });
      const parts = [part(7), part(0), part(20, HEAP + 0x100), part(3, HEAP + 0x200)];
      expect(d.exchange(0, parts, table)).toEqual([[0, 30]]);
      const bytes = [...d.ram.slice(HEAP, 7), ...d.ram.slice(HEAP + 0x100, 20), ...d.ram.slice(HEAP + 0x200, 3)];
      expect(bytes).toEqual([...expected]);
    }
  });

  it('goes round its rings and past 2^16', () => {
    const d = started({ isLegacy, num: 2 });
    for (let i = 0; i < 65_600; i++) expect(d.exchange(0, [part(1)])).toEqual([[i % 2, 1]]);
    expect(d.errors).toEqual([]);
  });

  it('takes all that is available at one notification, with one interrupt', () => {
    const d = started({ isLegacy });
    for (let i = 0; i < 8; i++) d.add(0, [part(4, HEAP + 4 * i)]);
    d.notify(0);
    expect([d.returned(0).length, d.rises]).toEqual([8, 1]);
  });

  it('follows direct descriptors into a table', () => {
    const d = started({ isLegacy });
    d.descriptor(HEAP + 0x1000, 0, part(5, HEAP + 0x100), WRITE);
    d.descriptor(d.desc(0), 0, part(2), WRITE | NEXT, 3);
    d.descriptor(d.desc(0), 3, part(16, HEAP + 0x1000), INDIRECT);
    d.offer(0, 0);
    d.notify(0);
    expect(d.returned(0)).toEqual([[0, 7]]);
  });
});

describe('interrupts', () => {
  it('are suppressed by the flag', () => {
    const d = started({ accept: without(EVENT_IDX) });
    d.setU16(d.avail(0), 1);
    expect([d.exchange(0, [part(1)]).length, d.level]).toEqual([1, false]);
    d.setU16(d.avail(0), 0);
    expect([d.exchange(0, [part(1)]).length, d.level]).toEqual([1, true]);
  });

  it('come when used_event is passed, and avail_event asks for the next chain', () => {
    const d = started();
    const usedEvent = d.avail(0) + 4 + 2 * d.num;
    const availEvent = d.used(0) + 4 + 8 * d.num;
    d.setU16(d.avail(0), 1);
    d.setU16(usedEvent, 2);
    const levels = Array.from({ length: 4 }, () => {
      d.exchange(0, [part(1)]);
      const { level } = d;
      d.write(reg.INTERRUPT_ACK, 1);
      return level;
    });
    expect(levels).toEqual([false, false, true, false]);
    expect(d.u16(availEvent)).toBe(4);
    d.setU16(usedEvent, 5);
    for (let i = 0; i < 3; i++) d.add(0, [part(1)]);
    d.notify(0);
    expect(d.level).toBe(true);
  });
});

describe('a ring that breaks the rules', () => {
  const breaks: [string, RegExp, (d: Driver) => void][] = [
    ['a loop', /too long, or a loop/, (d) => d.descriptor(d.desc(0), 0, part(1), WRITE | NEXT, 0)],
    ['a head outside', /descriptor 8 of 8/, (d) => d.offer(0, 8)],
    ['a next outside', /descriptor 9 of 8/, (d) => d.descriptor(d.desc(0), 0, part(1), WRITE | NEXT, 9)],
    ['an index that runs ahead', /9 available entries/, (d) => d.setU16(d.avail(0) + 2, 9)],
    ['a table of odd length', /table of 17 bytes/, (d) => d.descriptor(d.desc(0), 0, part(17), INDIRECT)],
    ['an empty table', /table of 0 bytes/, (d) => d.descriptor(d.desc(0), 0, part(0), INDIRECT)],
    ['a table outside RAM', /not in RAM/, (d) => d.descriptor(d.desc(0), 0, part(16, RAM_BASE + RAM_BYTES), INDIRECT)],
    [
      'a table with a follower',
      /indirect descriptor where none may be/,
      (d) => d.descriptor(d.desc(0), 0, part(16), INDIRECT | NEXT, 1),
    ],
    [
      'a table in a table',
      /indirect descriptor where none may be/,
      (d) => {
        d.descriptor(HEAP, 0, part(16, HEAP), INDIRECT);
        d.descriptor(d.desc(0), 0, part(16), INDIRECT);
      },
    ],
    [
      'a loop in a table',
      /too long, or a loop/,
      (d) => {
        d.descriptor(HEAP, 0, part(1), WRITE | NEXT, 1);
        d.descriptor(HEAP, 1, part(1), WRITE | NEXT, 0);
        d.descriptor(d.desc(0), 0, part(32), INDIRECT);
      },
    ],
    [
      'a readable buffer behind',
      /readable buffer behind/,
      (d) => {
        d.descriptor(d.desc(0), 0, part(1), WRITE | NEXT, 1);
        d.descriptor(d.desc(0), 1, part(1), 0);
      },
    ],
    [
      'more than 4 GiB',
      /above 4 GiB/,
      (d) => {
        d.descriptor(d.desc(0), 0, part(0xffff_ffff), WRITE | NEXT, 1);
        d.descriptor(d.desc(0), 1, part(2), WRITE);
      },
    ],
  ];

  it.each(breaks)('%s: the device wants a reset', (_, text, spoil) => {
    const d = started();
    spoil(d);
    if (d.u16(d.avail(0) + 2) === 0) d.offer(0, 0);
    d.notify(0);
    expect(d.errors).toHaveLength(1);
    expect(d.errors[0]).toMatch(text);
    expect([d.needsReset, d.read(reg.INTERRUPT_STATUS), d.level, d.returned(0)]).toEqual([true, 2, true, []]);
    d.write(reg.STATUS, 0xf);
    d.notify(0);
    expect([d.errors.length, d.needsReset]).toEqual([1, true]);
    d.start();
    expect([d.needsReset, d.level, d.exchange(0, [part(3)]).length]).toEqual([false, false, 1]);
  });

  it.each([
    ['descriptors', 0],
    ['available', 2],
    ['used', 4],
  ])('%s outside RAM', (_, which) => {
    for (const address of [0, RAM_BASE + RAM_BYTES, 2 ** 32 - 2, 2 ** 52, 2 ** 64 - 2048]) {
      const d = started();
      d.write(reg.QUEUE_DESC_LOW + 8 * which, address % 2 ** 32);
      d.write(reg.QUEUE_DESC_HIGH + 8 * which, Math.floor(address / 2 ** 32));
      d.add(0, [part(1)]);
      d.notify(0);
      expect([d.errors, d.needsReset]).toEqual([['virtio-rng: virtqueue is not in RAM'], true]);
    }
  });

  it('no indirect table without its feature', () => {
    const d = started({ accept: without(INDIRECT_DESC) });
    expect(d.exchange(0, [part(1)], HEAP + 0x1000)).toEqual([]);
    expect(d.needsReset).toBe(true);
  });

  it('a buffer outside RAM is returned empty', () => {
    const d = started();
    expect(d.exchange(0, [part(1, RAM_BASE + RAM_BYTES - 1), part(2, RAM_BASE + RAM_BYTES)])).toEqual([[0, 0]]);
    expect(d.needsReset).toBe(false);
  });
});
