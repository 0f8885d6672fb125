/** A memory slot as its user asks for it, and as it is made. */

import { hex } from '../arch/addresses.ts';
import type { Bus } from '../devices/bus.ts';
import { MemorySlot, placeOf } from './address-map.ts';
import { type Contents, contentsOf, type SharedImage } from './contents.ts';
import { SlotError } from './errors.ts';
import type { FrameAllocator } from './frames.ts';
import { SlotFrames } from './slot-frames.ts';

export interface SlotOptions {
  /** First IPA and size, multiples of the page. */
  readonly ipa: number;
  readonly bytes: number;
  /** Writes of the guest abort. */
  readonly readOnly?: boolean;
  /** At most one of these. Bytes at the start of the slot: its own from the first, from a file when touched, or shared. */
  readonly image?: Uint8Array;
  readonly contents?: Contents;
  readonly shared?: SharedImage;
  /**
   * Take memory in blocks of level 2 (2 MiB with 4K pages) where they fit, as soon as one byte is touched. Not with
   * `shared`.
   */
  readonly hugePages?: boolean;
}

/**
 * A slot with nothing behind it yet. `blockBytes`: bytes of a block of level 2, where the tables have such. Throws
 * SlotError when the contents do not fit.
 */
export function makeSlot(
  bus: Bus,
  frames: FrameAllocator,
  pageBytes: number,
  blockBytes: number | undefined,
  options: SlotOptions,
): MemorySlot {
  const { ipa: at, bytes, readOnly = false, image, contents, shared, hugePages = false } = options;
  const first = contents ?? shared?.contents ?? (image && contentsOf(image));
  if (first !== undefined && first.bytes > bytes) {
    throw new SlotError('tooSmall', at, bytes, `its contents have ${hex(first.bytes)} bytes`);
  }
  const block = hugePages && shared === undefined ? blockBytes : undefined;
  const firstBlock = block === undefined ? 0 : (block - (at % block)) % block;
  const behind = new SlotFrames(bus, frames, { bytes, contents, shared, pageBytes, blockBytes: block, firstBlock });
  return new MemorySlot(placeOf(at), bytes, readOnly, behind);
}
