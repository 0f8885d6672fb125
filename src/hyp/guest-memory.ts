/** Memory of one VM as its user changes it: slots, rights, logs of writes, and what is given back. */

import { hex, type Ipa, ipa } from '../arch/addresses.ts';
import type { Bus } from '../devices/bus.ts';
import { FINAL_LEVEL, levelShift } from '../mmu/geometry.ts';
import { AddressMap, type DeviceSlot, type MemorySlot, type PassthroughSlot, placeOf } from './address-map.ts';
import { SlotError } from './errors.ts';
import type { FrameAllocator } from './frames.ts';
import { HostAccess } from './host-access.ts';
import { SlotMapping } from './slot-mapping.ts';
import { makeSlot, type SlotOptions } from './slot-options.ts';
import { Stage2 } from './stage2.ts';
import type { Leaf } from './stage2-leaves.ts';
import type { Stage2Shape } from './stage2-shape.ts';
import type { Stage2Maintenance } from './stage2-tree.ts';

export class GuestMemory {
  readonly stage2: Stage2;
  readonly map: AddressMap;
  readonly mapping: SlotMapping;
  readonly host: HostAccess;
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
    this.mapping = new SlotMapping(this.map, this.stage2, this.blockBytes);
    this.host = new HostAccess(bus, frames, this.map, this.stage2);
  }

  /** Adds memory. Throws SlotError, and OutOfFrames when `image` does not fit into physical memory. */
  addSlot(options: SlotOptions): MemorySlot {
    const slot = makeSlot(this.bus, this.frames, this.map.pageBytes, this.blockBytes, options);
    this.map.add(slot);
    if (options.image === undefined) return slot;
    try {
      this.host.writeBytes(slot.ipa, options.image);
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
    this.map.move(slot, placeOf(to));
    this.stage2.unmap(ipa(from), slot.bytes);
  }

  /** Takes the guest's right to write to a slot, or gives it back. Throws SlotError if no slot begins there. */
  setReadOnly(at: number, readOnly: boolean): void {
    const slot = this.map.memoryAt(at);
    slot.readOnly = readOnly;
    if (readOnly) this.stage2.protect(slot.ipa, slot.bytes, false);
    else this.mapping.restoreRights(slot);
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

  /** Begins to log writes to a slot: what is mapped becomes read-only until it is written, a page at a time. */
  startDirtyLog(slot: MemorySlot): void {
    slot.dirty = new Set();
    this.stage2.protect(slot.ipa, slot.bytes, false);
  }

  /** IPAs of the pages written since the log began or was read last, ascending; they are logged afresh from now on. */
  takeDirtyLog(slot: MemorySlot): Ipa[] {
    const { pageBytes } = this.map;
    const pages = [...(slot.dirty ?? [])].sort((a, b) => a - b).map((offset) => ipa(slot.ipa + offset));
    slot.dirty?.clear();
    for (let first = 0, next = 1; first < pages.length; first = next++) {
      while (pages[next] === pages[next - 1] + pageBytes) next++;
      this.stage2.protect(pages[first], (next - first) * pageBytes, false);
    }
    return pages;
  }

  /** Ends the log: pages become writable again, and blocks that were split for it join. */
  stopDirtyLog(slot: MemorySlot): void {
    slot.dirty = undefined;
    this.mapping.restoreRights(slot);
  }

  /** Returns every page and table to the machine. */
  destroy(): void {
    this.stage2.destroy();
    for (const slot of this.map.memorySlots) slot.frames.release();
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
