/** The physical memory behind a slot: private pages and blocks, made at first touch, and pages of a shared image. */

import { type Pa, pa } from '../arch/addresses.ts';
import type { Bus } from '../devices/bus.ts';
import { FRAME_SHIFT } from '../devices/frames.ts';
import { allocFilled, type Contents, type SharedImage } from './contents.ts';
import type { FrameAllocator } from './frames.ts';

export interface SlotFramesOptions {
  readonly bytes: number;
  /** First contents of the pages, by offset in the slot: of private pages, or of an image that others use too. */
  readonly contents?: Contents | undefined;
  readonly shared?: SharedImage | undefined;
  readonly pageBytes: number;
  /** Bytes of a block, and the offset of the first one, where the slot wants blocks. */
  readonly blockBytes?: number | undefined;
  readonly firstBlock?: number;
}

/** Offsets are of pages, in bytes from the start of the slot. "Undefined": there is no room, and nothing changed. */
export class SlotFrames {
  private readonly pages = new Map<number, Pa>();
  private readonly blocks = new Map<number, Pa>();
  private readonly pageOrder: number;
  /** Whether this is a user of the shared image. */
  private isAttached = false;

  constructor(
    private readonly bus: Bus,
    private readonly frames: FrameAllocator,
    private readonly options: SlotFramesOptions,
  ) {
    this.pageOrder = Math.log2(options.pageBytes) - FRAME_SHIFT;
  }

  /** The private physical page, if there is one. */
  at(offset: number): Pa | undefined {
    const block = this.blockStart(offset);
    const base = block === undefined ? undefined : this.blocks.get(block);
    return base === undefined || block === undefined ? this.pages.get(offset) : pa(base + (offset - block));
  }

  /** The private block that a page lies in, with its offset in the slot. */
  blockAt(offset: number): { readonly offset: number; readonly pa: Pa } | undefined {
    const start = this.blockStart(offset);
    const base = start === undefined ? undefined : this.blocks.get(start);
    return start === undefined || base === undefined ? undefined : { offset: start, pa: base };
  }

  /** Whether a page is still that of the shared image. */
  isShared(offset: number): boolean {
    const { shared } = this.options;
    return shared !== undefined && offset < shared.contents.bytes && this.at(offset) === undefined;
  }

  /** The page as it may be read: that of the shared image, else a private one, which is made. */
  readable(offset: number): Pa | undefined {
    const { shared } = this.options;
    if (shared === undefined || !this.isShared(offset)) return this.own(offset);
    if (!this.isAttached) shared.attach();
    this.isAttached = true;
    return shared.page(offset, this.pageOrder);
  }

  /** The private page, made when absent: with the first contents, or a copy of the shared page. */
  own(offset: number): Pa | undefined {
    const known = this.at(offset);
    if (known !== undefined) return known;
    const { shared, contents } = this.options;
    if (this.makeBlock(offset)) return this.at(offset);
    const made = allocFilled(this.frames, this.bus, this.pageOrder, shared?.contents ?? contents, offset);
    if (made !== undefined) this.pages.set(offset, made);
    return made;
  }

  /** Bytes of a page that nobody needs to touch for it, from `inPage` on. */
  peek(offset: number, inPage: number, length: number): Uint8Array {
    const known = this.at(offset);
    if (known !== undefined) return this.bus.readBytes(pa(known + inPage), length) ?? new Uint8Array(length);
    const contents = this.options.shared?.contents ?? this.options.contents;
    const out = new Uint8Array(length);
    const at = offset + inPage;
    if (contents !== undefined && at < contents.bytes) {
      out.set(contents.read(at, Math.min(length, contents.bytes - at)));
    }
    return out;
  }

  /** Offsets of the private pages and blocks, with their physical memory and its size. */
  *all(): Generator<{ offset: number; pa: Pa; bytes: number }> {
    const { pageBytes, blockBytes = 0 } = this.options;
    for (const [offset, at] of this.pages) yield { offset, pa: at, bytes: pageBytes };
    for (const [offset, at] of this.blocks) yield { offset, pa: at, bytes: blockBytes };
  }

  /** Gives a private page back; it has its first contents again. A block is left with the other pages that it has. */
  discard(offset: number): void {
    const block = this.blockAt(offset);
    if (block !== undefined) this.breakBlock(block.offset, block.pa);
    const page = this.pages.get(offset);
    if (page === undefined) return;
    this.pages.delete(offset);
    this.frames.free(page);
  }

  /** Gives everything back. */
  release(): void {
    for (const { pa: at } of this.all()) this.frames.free(at);
    this.pages.clear();
    this.blocks.clear();
    if (this.isAttached) this.options.shared?.detach();
    this.isAttached = false;
  }

  /** Offset of the block around a page, where the slot has room for a whole one. */
  private blockStart(offset: number): number | undefined {
    const { blockBytes, firstBlock = 0, bytes } = this.options;
    if (blockBytes === undefined || offset < firstBlock) return undefined;
    const start = offset - ((offset - firstBlock) % blockBytes);
    return start + blockBytes <= bytes ? start : undefined;
  }

  /** Makes the block around a page, unless one of its pages is there already. */
  private makeBlock(offset: number): boolean {
    const { blockBytes = 0, pageBytes, contents } = this.options;
    const start = this.blockStart(offset);
    if (start === undefined) return false;
    for (let page = start; page < start + blockBytes; page += pageBytes) if (this.pages.has(page)) return false;
    const made = allocFilled(this.frames, this.bus, Math.log2(blockBytes) - FRAME_SHIFT, contents, start);
    if (made === undefined) return false;
    this.blocks.set(start, made);
    return true;
  }

  private breakBlock(start: number, at: Pa): void {
    const { blockBytes = 0, pageBytes } = this.options;
    this.blocks.delete(start);
    this.frames.split(at, this.pageOrder);
    for (let i = 0; i < blockBytes; i += pageBytes) this.pages.set(start + i, pa(at + i));
  }
}
