/** What pages hold before anybody writes them: files and images, read a page at a time. */

import type { Pa } from '../arch/addresses.ts';
import type { Bus } from '../devices/bus.ts';
import { FRAME_SHIFT } from '../devices/frames.ts';
import type { FrameAllocator } from './frames.ts';

/** A file, or anything that can be read at an offset. */
export interface Contents {
  /** Its size; what lies beyond reads as zeros. */
  readonly bytes: number;
  /** Up to `length` bytes from `offset`, fewer at the end. Called once for each page that is touched. */
  read(offset: number, length: number): Uint8Array;
}

/** Contents that are in memory already. */
export const contentsOf = (bytes: Uint8Array): Contents => ({
  bytes: bytes.length,
  read: (offset, length) => bytes.subarray(offset, offset + length),
});

/** Physical memory with `length` bytes of contents from `offset`, zeros after them; undefined when there is no room. */
export function allocFilled(
  frames: FrameAllocator,
  bus: Bus,
  order: number,
  contents: Contents | undefined,
  offset: number,
): Pa | undefined {
  const at = frames.alloc(order);
  if (at === undefined || contents === undefined || offset >= contents.bytes) return at;
  const bytes = contents.read(offset, Math.min(2 ** (order + FRAME_SHIFT), contents.bytes - offset));
  if (bytes.length > 0) bus.writeBytes(at, bytes);
  return at;
}

/**
 * An image that several VMs read from the same physical pages; who writes to a page gets a copy of it. A page is filled
 * when the first VM touches it, and freed with the last slot that uses the image.
 */
export class SharedImage {
  /** Physical pages by offset; of each page size its own. */
  private readonly pages = new Map<number, Map<number, Pa>>();
  private users = 0;

  constructor(
    private readonly frames: FrameAllocator,
    private readonly bus: Bus,
    readonly contents: Contents,
  ) {}

  /** Physical bytes in use. */
  get residentBytes(): number {
    let bytes = 0;
    for (const [order, pages] of this.pages) bytes += pages.size * 2 ** (order + FRAME_SHIFT);
    return bytes;
  }

  /** The physical page of 2 ** order frames at an offset, never to be written; undefined when there is no room. */
  page(offset: number, order: number): Pa | undefined {
    let pages = this.pages.get(order);
    if (pages === undefined) {
      pages = new Map();
      this.pages.set(order, pages);
    }
    const known = pages.get(offset);
    if (known !== undefined) return known;
    const made = allocFilled(this.frames, this.bus, order, this.contents, offset);
    if (made !== undefined) pages.set(offset, made);
    return made;
  }

  /** A slot begins or ends to use the image; it has unmapped all of its pages before it ends. */
  attach(): void {
    this.users++;
  }
  detach(): void {
    if (--this.users > 0) return;
    for (const pages of this.pages.values()) for (const page of pages.values()) this.frames.free(page);
    this.pages.clear();
  }
}
