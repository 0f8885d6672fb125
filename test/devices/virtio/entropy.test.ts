/** The entropy device and its seeded source. */

import { describe, expect, it } from 'vitest';
import { Entropy } from '../../../src/devices/virtio/entropy.ts';
import { SeededRandom } from '../../../src/devices/virtio/random.ts';
import { Driver, HEAP } from './driver.ts';

const bytesOf = (seed: number, count: number): Uint8Array => {
  const bytes = new Uint8Array(count);
  new SeededRandom(seed).generate(bytes);
  return bytes;
};

describe('seeded random bytes', () => {
  it('are xoshiro128** 1.1', () => {
    // The words 1, 2, 3, 4 as the state: the authors' first outputs.
    const random = SeededRandom.fromState([1, 2, 3, 4]);
    const bytes = new Uint8Array(16);
    random.generate(bytes);
    const view = new DataView(bytes.buffer);
    expect([0, 4, 8, 12].map((at) => view.getUint32(at, true))).toEqual([11_520, 0, 5_927_040, 70_819_200]);
  });

  it('differ by seed, and by nothing else', () => {
    expect(bytesOf(7, 100)).toEqual(bytesOf(7, 100));
    expect(bytesOf(7, 100)).not.toEqual(bytesOf(8, 100));
    expect(bytesOf(0, 8).some((byte) => byte !== 0)).toBe(true);
  });

  it('have no bias that a histogram shows', () => {
    const counts = new Array<number>(256).fill(0);
    for (const byte of bytesOf(3, 256 * 1000)) counts[byte]++;
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });
});

describe('the entropy device', () => {
  it('fills buffers one after the other from its source', () => {
    const d = new Driver(new Entropy(new SeededRandom(9))).start();
    d.add(0, [{ at: HEAP, length: 64, writable: true }]);
    d.add(0, [{ at: HEAP + 64, length: 36, writable: true }]);
    d.notify(0);
    expect(d.returned(0)).toEqual([
      [0, 64],
      [1, 36],
    ]);
    expect(d.ram.slice(HEAP, 100)).toEqual(bytesOf(9, 100));
  });

  it('gives a request 4 KiB at the most, and one without room nothing', () => {
    const d = new Driver(new Entropy(new SeededRandom(9))).start();
    expect(d.exchange(0, [{ at: HEAP, length: 0x8000, writable: true }])).toEqual([[0, 0x1000]]);
    expect(d.ram.slice(HEAP + 0x1000, 0x7000).every((byte) => byte === 0)).toBe(true);
    expect(d.exchange(0, [{ at: HEAP, length: 16 }])).toEqual([[1, 0]]);
  });

  it('goes on from its state', () => {
    const source = new SeededRandom(5);
    const rng = new Entropy(source);
    source.generate(new Uint8Array(40));
    const copy = Entropy.fromState(JSON.parse(JSON.stringify(rng.state())), new SeededRandom(1));
    expect(copy.state()).toEqual(rng.state());
    const d = new Driver(copy).start();
    d.exchange(0, [{ at: HEAP, length: 60, writable: true }]);
    expect(d.ram.slice(HEAP, 60)).toEqual(bytesOf(5, 100).slice(40));
    expect(new Entropy({ generate: (into) => into.fill(1) }).state()).toEqual({});
  });
});
