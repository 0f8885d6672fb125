/** Memory of one VM: its slots, and the stage-2 mappings that follow the physical memory behind them. */

import { hex, type Ipa, ipa, type Pa, pa } from '../arch/addresses.ts';
import type { Bus } from '../devices/bus.ts';
import { FINAL_LEVEL, levelShift } from '../mmu/geometry.ts';
import { AddressMap, type DeviceSlot, MemorySlot, type PassthroughSlot } from './address-map.ts';
import { type Contents, contentsOf, type SharedImage } from './contents.ts';
import { OutOfFrames, SlotError } from './errors.ts';
import type { FrameAllocator } from './frames.ts';
import { SlotFrames } from './slot-frames.ts';
import { type Leaf, Stage2 } from './stage2.ts';
import { DEVICE, READ_ONLY, READ_WRITE } from './stage2-entries.ts';
import type { Stage2Shape } from './stage2-shape.ts';
import type { Stage2Maintenance } from './stage2-tree.ts';

/** What became of an access that stage 2 refused; all but `mapped` leave the tables as they were. */
export type Resolution = 'mapped' | 'readOnly' | 'device' | 'nothing' | 'outOfFrames';

export interface SlotOptions {
  /** First IPA and size, multiples of the page. */
  readonly ipa: number;
  readonly bytes: number;
  /** Writes of the guest abort. */
  readonly readOnly?: boolean;
  /** Bytes at the start of the slot: its own from the first, from a file when touched, or shared until written. */
  readonly image?: Uint8Array;
  readonly contents?: Contents;
  readonly shared?: SharedImage;
  /**
   * Take memory in blocks of level 2 (2 MiB with 4K pages) where they fit, as soon as one byte is touched. Not with
   * `shared`.
   */
  readonly hugePages?: boolean;
}

export class GuestMemory {
  readonly stage2: Stage2;
  readonly map: AddressMap;
  /** Bytes of a block of level 2; undefined where the tables have pages alone. */
  private readonly blockBytes: number | undefined;

  /** Throws OutOfFrames when there is no room for the stage-2 root. */
  constructor(
    private readonly bus: Bus,
    private readonly frames: FrameAllocator,
    shape: Stage2Shape,
    maintenance: Stage2Maintenance,
  ) {
    this.map = new AddressMap(shape.ipaBits, 2 ** shape.granuleBits);
    this.stage2 = new Stage2(bus, frames, shape, maintenance);
    const level = FINAL_LEVEL - 1;
    this.blockBytes = shape.startLevel <= level ? 2 ** levelShift(shape.granuleBits, level) : undefined;
  }

  /** Adds memory. Throws SlotError, and OutOfFrames when `image` does not fit into physical memory. */
  addSlot(options: SlotOptions): MemorySlot {
    const { ipa: at, bytes, readOnly = false, image, contents, shared, hugePages = false } = options;
    const first = image === undefined ? (contents ?? shared?.contents) : contentsOf(image);
    if (first !== undefined && first.bytes > bytes) {
      throw new SlotError('tooSmall', at, bytes, `its contents have ${hex(first.bytes)} bytes`);
    }
    const blockBytes = hugePages && shared === undefined ? this.blockBytes : undefined;
    const { pageBytes } = this.map;
    const firstBlock = blockBytes === undefined ? 0 : (blockBytes - (at % blockBytes)) % blockBytes;
    const behind = new SlotFrames(this.bus, this.frames, {
      bytes,
      contents,
      shared,
      pageBytes,
      blockBytes,
      firstBlock,
    });
    const slot = new MemorySlot(ipa(at), bytes, readOnly, behind);
    this.map.add(slot);
    if (image === undefined) return slot;
    try {
      this.writeBytes(slot.ipa, image);
    } catch (error) {
      this.removeSlot(slot.ipa);
      throw error;
    }
    return slot;
  }

  /** Adds registers. Throws SlotError. */
  addDevice(slot: DeviceSlot | PassthroughSlot): void {
    this.map.add(slot);
  }

  /** Takes memory away: unmaps its pages and frees what was behind them. Throws SlotError if no slot begins there. */
  removeSlot(at: number): void {
    const slot = this.map.memoryAt(at);
    this.map.remove(slot);
    this.stage2.unmap(slot.ipa, slot.bytes);
    slot.frames.release();
  }

  /** Moves a slot and what it holds to another IPA. Throws SlotError; the slot then stays where it is. */
  moveSlot(from: number, to: number): void {
    const slot = this.map.memoryAt(from);
    this.map.move(slot, ipa(to));
    this.stage2.unmap(ipa(from), slot.bytes);
  }

  /** Takes the guest's right to write to a slot, or gives it back. Throws SlotError if no slot begins there. */
  setReadOnly(at: number, readOnly: boolean): void {
    const slot = this.map.memoryAt(at);
    slot.readOnly = readOnly;
    if (readOnly) this.stage2.protect(slot.ipa, slot.bytes, false);
    else this.restoreRights(slot);
  }

  /**
   * Takes mappings out; memory behind them stays, and comes back at the next touch. The range is whole pages. Throws
   * SlotError if a part of it is in no memory slot.
   */
  unmap(at: number, bytes: number): void {
    this.slotsOf(at, bytes);
    this.stage2.unmap(ipa(at), bytes);
  }

  /** Gives the memory of a range back, which has its first contents when it is touched again. Throws as `unmap`. */
  discard(at: number, bytes: number): void {
    const slots = this.slotsOf(at, bytes);
    this.stage2.unmap(ipa(at), bytes);
    for (const slot of slots) {
      for (const piece of [...slot.frames.all()]) {
        const first = Math.max(at - slot.ipa, piece.offset);
        const end = Math.min(at + bytes - slot.ipa, piece.offset + piece.bytes);
        for (let offset = first; offset < end; offset += this.map.pageBytes) slot.frames.discard(offset);
      }
    }
  }

  /** Which pages and blocks of a range the guest used since the last time (its access flags were set). Throws as `unmap`. */
  age(at: number, bytes: number): readonly Leaf[] {
    this.slotsOf(at, bytes);
    return this.stage2.age(ipa(at), bytes);
  }

  /** Maps the page around an IPA for an access that faulted, makes it writable, or marks it used. */
  resolve(at: Ipa, write: boolean): Resolution {
    const slot = this.map.find(at);
    if (slot === undefined) return 'nothing';
    if (slot.kind === 'device') return 'device';
    if (slot.kind === 'passthrough') return this.passThrough(slot, this.map.pageOf(at));
    if (write && slot.readOnly) return 'readOnly';
    const page = this.map.pageOf(at);
    const offset = page - slot.ipa;
    const to = write ? slot.frames.own(offset) : slot.frames.readable(offset);
    if (to === undefined) return 'outOfFrames';
    if (write) slot.dirty?.add(offset);
    const isLogged = slot.dirty !== undefined && !write;
    const writable = !slot.readOnly && !isLogged && !slot.frames.isShared(offset);
    return this.enter(slot, page, to, writable) ? 'mapped' : 'outOfFrames';
  }

  /** Copies memory out; untouched pages stay untouched. Undefined if a byte is in no memory slot. */
  readBytes(at: number, length: number): Uint8Array | undefined {
    const out = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const slot = this.map.findMemory(at + done);
      if (slot === undefined) return undefined;
      const page = this.map.pageOf(at + done);
      const inPage = at + done - page;
      const count = Math.min(this.map.pageBytes - inPage, length - done);
      out.set(slot.frames.peek(page - slot.ipa, inPage, count), done);
      done += count;
    }
    return out;
  }

  /**
   * Copies bytes in, read-only slots included; false, and nothing is written, if one is in no memory slot. Throws
   * OutOfFrames.
   */
  writeBytes(at: number, bytes: Uint8Array): boolean {
    for (let page: number = this.map.pageOf(at); page < at + bytes.length; page += this.map.pageBytes) {
      if (this.map.findMemory(page) === undefined) return false;
    }
    for (let done = 0; done < bytes.length; ) {
      const page = this.map.pageOf(at + done);
      const inPage = at + done - page;
      const count = Math.min(this.map.pageBytes - inPage, bytes.length - done);
      const slot = this.map.findMemory(page) as MemorySlot;
      const to = this.ownForHost(slot, page);
      this.bus.writeBytes(to + inPage, bytes.subarray(done, done + count));
      done += count;
    }
    return true;
  }

  /** Begins to log writes to a slot: what is mapped becomes read-only until it is written, a page at a time. */
  startDirtyLog(slot: MemorySlot): void {
    slot.dirty = new Set();
    this.stage2.protect(slot.ipa, slot.bytes, false);
  }

  /** IPAs of the pages written since the log began or was read last, ascending; they are logged afresh from now on. */
  takeDirtyLog(slot: MemorySlot): Ipa[] {
    const pages = [...(slot.dirty ?? [])].sort((a, b) => a - b).map((offset) => ipa(slot.ipa + offset));
    slot.dirty?.clear();
    for (const page of pages) this.stage2.protect(page, this.map.pageBytes, false);
    return pages;
  }

  /** Ends the log: pages become writable again, and blocks that were split for it join. */
  stopDirtyLog(slot: MemorySlot): void {
    slot.dirty = undefined;
    this.restoreRights(slot);
  }

  /** Returns every page and table to the machine. */
  destroy(): void {
    this.stage2.destroy();
    for (const slot of this.map.memorySlots) slot.frames.release();
  }

  /** Maps registers of the machine; an access that faults on what is mapped asked for more than a device gives. */
  private passThrough(slot: PassthroughSlot, page: Ipa): Resolution {
    if (this.stage2.lookUp(page) !== undefined) return 'device';
    return this.stage2.map(page, pa(slot.pa + (page - slot.ipa)), DEVICE) ? 'mapped' : 'outOfFrames';
  }

  /** Makes the tables lead from a page to the physical page that it has now. */
  private enter(slot: MemorySlot, page: Ipa, to: Pa, writable: boolean): boolean {
    const { stage2 } = this;
    const leaf = stage2.lookUp(page);
    if (leaf !== undefined && leaf.pa + (page - leaf.ipa) === to) {
      if (!leaf.used) stage2.markUsed(page);
      return leaf.writable || !writable || stage2.protect(page, this.map.pageBytes, true);
    }
    const attributes = writable ? READ_WRITE : READ_ONLY;
    const block = slot.dirty === undefined ? slot.frames.blockAt(page - slot.ipa) : undefined;
    // A slot that was moved may no longer lie as its blocks do.
    if (block !== undefined && (slot.ipa + block.offset - block.pa) % (this.blockBytes as number) === 0) {
      return stage2.map(page, block.pa, attributes, FINAL_LEVEL - 1);
    }
    if (!stage2.map(page, to, attributes)) return false;
    if (slot.dirty === undefined) stage2.join(page);
    return true;
  }

  /** Makes mapped private pages writable, unless something forbids it; those of a block become one again. */
  private restoreRights(slot: MemorySlot): void {
    if (slot.readOnly || slot.dirty !== undefined) return;
    for (const { offset, bytes } of slot.frames.all()) {
      const at = ipa(slot.ipa + offset);
      this.stage2.protect(at, bytes, true);
      if (bytes === this.blockBytes) this.stage2.join(at);
    }
  }

  /** The physical page that the host may write; where the tables lead to a shared page, they no longer do. */
  private ownForHost(slot: MemorySlot, page: Ipa): Pa {
    const offset = page - slot.ipa;
    const wasShared = slot.frames.isShared(offset);
    const to = slot.frames.own(offset);
    if (to === undefined) throw new OutOfFrames(this.map.pageBytes, this.frames.freeBytes);
    if (wasShared) this.stage2.unmap(page, this.map.pageBytes);
    slot.dirty?.add(offset);
    return to;
  }

  /** The slots of a range of memory that has no gap. */
  private slotsOf(at: number, bytes: number): MemorySlot[] {
    const { pageBytes } = this.map;
    if (!(bytes > 0) || at % pageBytes !== 0 || bytes % pageBytes !== 0) {
      throw new SlotError('unaligned', at, bytes, `address and size must be multiples of ${hex(pageBytes)}`);
    }
    const slots: MemorySlot[] = [];
    for (let next = at; next < at + bytes; ) {
      const slot = this.map.findMemory(next);
      if (slot === undefined) throw new SlotError('absent', at, bytes, `no memory is at IPA ${hex(next)}`);
      slots.push(slot);
      next = slot.ipa + slot.bytes;
    }
    return slots;
  }
}
