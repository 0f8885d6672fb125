/** How the host reads and writes the memory of a VM by IPA: no fault, no right, and no touch for a read. */

import type { Ipa, Pa } from '../arch/addresses.ts';
import type { Bus } from '../devices/bus.ts';
import type { AddressMap, MemorySlot } from './address-map.ts';
import { OutOfFrames } from './errors.ts';
import type { FrameAllocator } from './frames.ts';
import type { Stage2 } from './stage2.ts';

export class HostAccess {
  constructor(
    private readonly bus: Bus,
    private readonly frames: FrameAllocator,
    private readonly map: AddressMap,
    private readonly stage2: Stage2,
  ) {}

  /** Copies memory out; untouched pages stay untouched. Undefined if a byte is in no memory slot. */
  readBytes(at: number, length: number): Uint8Array | undefined {
    const out = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const slot = this.map.findMemory(at + done);
      if (slot === undefined) return undefined;
      const { page, inPage, count } = this.piece(at + done, length - done);
      out.set(slot.frames.peek(page - slot.ipa, inPage, count), done);
      done += count;
    }
    return out;
  }

  /** Whether a range is all memory that the guest may write. */
  areWritable(at: number, length: number): boolean {
    for (let next = at; next < at + length; ) {
      const slot = this.map.findMemory(next);
      if (slot === undefined || slot.readOnly) return false;
      next = slot.ipa + slot.bytes;
    }
    return true;
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
      const { page, inPage, count } = this.piece(at + done, bytes.length - done);
      const to = this.own(this.map.findMemory(page) as MemorySlot, page);
      this.bus.writeBytes(to + inPage, bytes.subarray(done, done + count));
      done += count;
    }
    return true;
  }

  /** The part of [at, at + length) that lies in the page of its first byte. */
  private piece(at: number, length: number): { readonly page: Ipa; readonly inPage: number; readonly count: number } {
    const page = this.map.pageOf(at);
    const inPage = at - page;
    return { page, inPage, count: Math.min(this.map.pageBytes - inPage, length) };
  }

  /** The physical page that the host may write; where the tables lead to a shared page, they no longer do. */
  private own(slot: MemorySlot, page: Ipa): Pa {
    const offset = page - slot.ipa;
    const wasShared = slot.frames.isShared(offset);
    const to = slot.frames.own(offset);
    if (to === undefined) throw new OutOfFrames(this.map.pageBytes, this.frames.freeBytes);
    if (wasShared) this.stage2.unmap(page, this.map.pageBytes);
    slot.dirty?.add(offset);
    return to;
  }
}
