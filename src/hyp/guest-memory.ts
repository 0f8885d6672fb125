/** Memory of one VM: physical pages behind its slots, made at first touch, and their stage-2 mappings. */

import { hex, type Ipa, ipa, type Pa } from '../arch/addresses.ts';
import { type Bus, FRAME_SHIFT } from '../devices/bus.ts';
import { AddressMap, type DeviceSlot, MemorySlot } from './address-map.ts';
import { OutOfFrames, SlotError } from './errors.ts';
import type { FrameAllocator } from './frames.ts';
import { Stage2, type Stage2Maintenance } from './stage2.ts';
import type { Stage2Shape } from './stage2-shape.ts';

/** What became of an access that stage 2 refused; all but `mapped` leave the tables as they were. */
export type Resolution = 'mapped' | 'readOnly' | 'device' | 'nothing' | 'outOfFrames';

export interface SlotOptions {
  /** First IPA and size, multiples of the page. */
  readonly ipa: number;
  readonly bytes: number;
  /** Writes of the guest abort. */
  readonly readOnly?: boolean;
  /** Bytes at the start of the slot. */
  readonly image?: Uint8Array;
}

export class GuestMemory {
  readonly stage2: Stage2;
  readonly map: AddressMap;

  /** Throws OutOfFrames when there is no room for the stage-2 root. */
  constructor(
    private readonly bus: Bus,
    private readonly frames: FrameAllocator,
    private readonly shape: Stage2Shape,
    maintenance: Stage2Maintenance,
  ) {
    this.map = new AddressMap(shape.ipaBits, 2 ** shape.granuleBits);
    this.stage2 = new Stage2(bus, frames, shape, maintenance);
  }

  /** Adds memory. Throws SlotError, and OutOfFrames when the image does not fit into physical memory. */
  addSlot({ ipa: at, bytes, readOnly = false, image }: SlotOptions): MemorySlot {
    const slot = new MemorySlot(ipa(at), bytes, readOnly);
    if (image !== undefined && image.length > bytes) {
      throw new SlotError('tooSmall', at, bytes, `its image has ${hex(image.length)} bytes`);
    }
    this.map.add(slot);
    if (image !== undefined) this.writeBytes(slot.ipa, image);
    return slot;
  }

  addDevice(slot: DeviceSlot): void {
    this.map.add(slot);
  }

  /** Takes memory away: unmaps its pages and frees what was behind them. Throws SlotError if no slot begins there. */
  removeSlot(at: number): void {
    const slot = this.map.findMemory(at);
    if (slot?.ipa !== at) throw new SlotError('absent', at, 0, 'no memory slot begins there');
    this.map.remove(slot);
    for (const page of slot.backing.keys()) this.stage2.unmap(ipa(page));
    this.release(slot);
  }

  /** Maps the page around an IPA for an access that faulted, or makes it writable. */
  resolve(at: Ipa, write: boolean): Resolution {
    const slot = this.map.find(at);
    if (slot === undefined) return 'nothing';
    if (slot.kind === 'device') return 'device';
    if (write && slot.readOnly) return 'readOnly';
    const page = this.map.pageOf(at);
    const backing = this.back(slot, page);
    if (backing === undefined) return 'outOfFrames';
    if (write) slot.dirty?.add(page);
    const writable = !slot.readOnly && (slot.dirty === undefined || write);
    const leaf = this.stage2.lookUp(page);
    if (leaf === undefined) return this.stage2.map(page, backing, writable) ? 'mapped' : 'outOfFrames';
    if (writable && !leaf.writable) this.stage2.protect(page, true);
    return 'mapped';
  }

  /** Copies memory out; untouched pages read as zeros and stay untouched. Undefined if a byte is in no memory slot. */
  readBytes(at: number, length: number): Uint8Array | undefined {
    const out = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const slot = this.map.findMemory(at + done);
      if (slot === undefined) return undefined;
      const page = this.map.pageOf(at + done);
      const inPage = at + done - page;
      const count = Math.min(this.map.pageBytes - inPage, length - done);
      const backing = slot.backing.get(page);
      if (backing !== undefined) out.set(this.bus.readBytes(backing + inPage, count) ?? [], done);
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
      const backing = this.back(slot, page);
      if (backing === undefined) throw new OutOfFrames(this.map.pageBytes, this.frames.freeBytes);
      this.bus.writeBytes(backing + inPage, bytes.subarray(done, done + count));
      slot.dirty?.add(page);
      done += count;
    }
    return true;
  }

  /** Begins to log writes to a slot: its pages become read-only until each is written. */
  startDirtyLog(slot: MemorySlot): void {
    slot.dirty = new Set();
    for (const page of slot.backing.keys()) this.stage2.protect(ipa(page), false);
  }

  /** IPAs of the pages written since the log began or was read last, ascending; they are logged afresh from now on. */
  takeDirtyLog(slot: MemorySlot): Ipa[] {
    const pages = [...(slot.dirty ?? [])].sort((a, b) => a - b).map(ipa);
    slot.dirty?.clear();
    for (const page of pages) this.stage2.protect(page, false);
    return pages;
  }

  /** Returns every page and table to the machine. */
  destroy(): void {
    this.stage2.destroy();
    for (const slot of this.map.memorySlots) this.release(slot);
  }

  /** The physical page behind a page of a slot, made when absent; undefined when there is no room. */
  private back(slot: MemorySlot, page: Ipa): Pa | undefined {
    const known = slot.backing.get(page);
    if (known !== undefined) return known;
    const made = this.frames.alloc(this.shape.granuleBits - FRAME_SHIFT);
    if (made !== undefined) slot.backing.set(page, made);
    return made;
  }

  private release(slot: MemorySlot): void {
    for (const page of slot.backing.values()) this.frames.free(page);
    slot.backing.clear();
  }
}
