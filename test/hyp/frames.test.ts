/** The allocator of physical frames: blocks never overlap, and come back. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Pa, pa } from '../../src/arch/addresses.ts';
import { HostMemory } from '../../src/arch/host-memory.ts';
import { Bus } from '../../src/devices/bus.ts';
import { FRAME_BYTES } from '../../src/devices/frames.ts';
import { FrameAllocator } from '../../src/hyp/frames.ts';

const BASE = 0x8000_3000;

function allocator(frames: number): { bus: Bus; frames: FrameAllocator } {
  const bus = new Bus(new HostMemory());
  bus.addRam(BASE, frames * FRAME_BYTES);
  return { bus, frames: new FrameAllocator(bus, pa(BASE), frames * FRAME_BYTES) };
}

describe('FrameAllocator', () => {
  it('hands out aligned zeros that never overlap, and gets everything back', () => {
    const step = fc.record({ order: fc.nat(4), free: fc.boolean(), pick: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { bus, frames } = allocator(64);
        const held: { at: Pa; bytes: number }[] = [];
        for (const { order, free, pick } of steps) {
          if (free && held.length > 0) {
            const [block] = held.splice(pick % held.length, 1);
            frames.free(block.at);
            continue;
          }
          const at = frames.alloc(order);
          if (at === undefined) continue;
          const bytes = FRAME_BYTES << order;
          expect(at % bytes).toBe(0);
          expect(at >= BASE && at + bytes <= BASE + 64 * FRAME_BYTES).toBe(true);
          expect(held.some((other) => at < other.at + other.bytes && other.at < at + bytes)).toBe(false);
          expect(bus.readBytes(at, bytes)?.every((byte) => byte === 0)).toBe(true);
          bus.writeBytes(at, new Uint8Array(bytes).fill(0xa5));
          held.push({ at, bytes });
        }
        expect(frames.freeBytes).toBe(64 * FRAME_BYTES - held.reduce((sum, { bytes }) => sum + bytes, 0));
        for (const { at } of held) frames.free(at);
        expect(frames.freeBytes).toBe(64 * FRAME_BYTES);
        // Everything has joined again: the largest aligned block, 32 frames, is there twice or once with its rest.
        expect(frames.alloc(5)).toBeDefined();
      }),
      { numRuns: 60 },
    );
  });

  it('says when nothing is left', () => {
    const { frames } = allocator(3);
    expect([frames.alloc(), frames.alloc(), frames.alloc()].every((at) => at !== undefined)).toBe(true);
    expect(frames.alloc()).toBeUndefined();
    expect(frames.freeBytes).toBe(0);
  });

  it('throws when a block is freed twice', () => {
    const { frames } = allocator(2);
    const at = frames.alloc() as Pa;
    frames.free(at);
    expect(() => frames.free(at)).toThrow('not in use');
  });

  it('reports code that was in a freed frame', () => {
    const { bus, frames } = allocator(2);
    const at = frames.alloc() as Pa;
    const written: number[] = [];
    bus.onWrite = (where) => written.push(where);
    frames.free(at);
    expect(written).toEqual([at]);
  });
});
