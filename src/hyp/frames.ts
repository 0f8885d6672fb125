/** Hands out physical memory of the machine: a buddy allocator, so that tables and blocks are naturally aligned. */

import { hex, type Pa, pa } from '../arch/addresses.ts';
import { OutOfHostMemory } from '../arch/host-memory.ts';
import type { Bus } from '../devices/bus.ts';
import { FRAME_BYTES } from '../devices/frames.ts';

/** log2 of the frames in the largest block: 1 GiB. */
const MAX_ORDER = 18;

/** Physical memory in blocks of 2 ** order frames of 4 KiB. What it hands out holds zeros. */
export class FrameAllocator {
  /** Frame numbers of the free blocks of each order. */
  private readonly freeBlocks: readonly Set<number>[] = Array.from({ length: MAX_ORDER + 1 }, () => new Set<number>());
  /** Order of each block handed out, by its frame number. */
  private readonly taken = new Map<number, number>();
  private freeFrames = 0;

  /** Manages RAM of the bus at [base, base + bytes), both multiples of 4 KiB, in which nothing is stored yet. */
  constructor(
    private readonly bus: Bus,
    base: Pa,
    bytes: number,
  ) {
    const end = (base + bytes) / FRAME_BYTES;
    for (let frame = base / FRAME_BYTES; frame < end; ) {
      let order = MAX_ORDER;
      while (frame % 2 ** order !== 0 || frame + 2 ** order > end) order--;
      this.freeBlocks[order].add(frame);
      frame += 2 ** order;
    }
    this.freeFrames = bytes / FRAME_BYTES;
  }

  get freeBytes(): number {
    return this.freeFrames * FRAME_BYTES;
  }

  /** A block of zeros aligned to its size, 2 ** order frames; undefined when no such block is left. */
  alloc(order = 0): Pa | undefined {
    const frame = this.take(order);
    if (frame === undefined) return undefined;
    this.taken.set(frame, order);
    this.freeFrames -= 2 ** order;
    const at = pa(frame * FRAME_BYTES);
    if (this.isBacked(at, order)) return at;
    this.free(at);
    return undefined;
  }

  /** Takes back a block that `alloc` gave. Throws when it did not. */
  free(at: Pa): void {
    const frame = at / FRAME_BYTES;
    const order = this.taken.get(frame);
    if (order === undefined) throw new Error(`physical memory at ${hex(at)} is freed, but not in use`);
    this.taken.delete(frame);
    this.freeFrames += 2 ** order;
    for (let i = 0; i < 2 ** order; i++) this.clear(at + i * FRAME_BYTES);
    this.give(frame, order);
  }

  /** Makes blocks of 2 ** order frames of a larger one that `alloc` gave, each to be freed by itself. */
  split(at: Pa, order: number): void {
    const frame = at / FRAME_BYTES;
    const from = this.taken.get(frame);
    if (from === undefined || from < order) throw new Error(`no block of physical memory to split at ${hex(at)}`);
    for (let i = 0; i < 2 ** from; i += 2 ** order) this.taken.set(frame + i, order);
  }

  private take(order: number): number | undefined {
    let from = order;
    while (from <= MAX_ORDER && this.freeBlocks[from].size === 0) from++;
    if (from > MAX_ORDER) return undefined;
    const [frame] = this.freeBlocks[from];
    this.freeBlocks[from].delete(frame);
    while (from > order) this.freeBlocks[--from].add(frame + 2 ** from);
    return frame;
  }

  /** Joins a block with its buddy as long as that is free. */
  private give(block: number, from: number): void {
    let frame = block;
    let order = from;
    for (; order < MAX_ORDER; order++) {
      const isUpper = Math.floor(frame / 2 ** order) % 2 === 1;
      const buddy = isUpper ? frame - 2 ** order : frame + 2 ** order;
      if (!this.freeBlocks[order].delete(buddy)) break;
      frame = Math.min(frame, buddy);
    }
    this.freeBlocks[order].add(frame);
  }

  /** Whether the host has memory for each frame: a machine may declare more RAM than that. */
  private isBacked(at: Pa, order: number): boolean {
    try {
      for (let i = 0; i < 2 ** order; i++) this.bus.frame(at + i * FRAME_BYTES);
      return true;
    } catch (error) {
      if (error instanceof OutOfHostMemory) return false;
      throw error;
    }
  }

  private clear(at: number): void {
    const frame = this.bus.peekFrame(at);
    if (frame === 0) return;
    this.bus.memory.u8.fill(0, frame, frame + FRAME_BYTES);
    this.bus.onWrite(at, FRAME_BYTES);
  }
}
