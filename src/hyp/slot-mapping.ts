/** Stage-2 mappings that follow the slots of a VM: made at faults, with the rights that slot, log and sharing leave. */

import { type Ipa, ipa, type Pa, pa } from '../arch/addresses.ts';
import { FINAL_LEVEL } from '../mmu/geometry.ts';
import type { AddressMap, MemorySlot, PassthroughSlot } from './address-map.ts';
import type { Stage2 } from './stage2.ts';
import { DEVICE, READ_ONLY, READ_WRITE } from './stage2-entries.ts';

/** What became of an access that stage 2 refused; all but `mapped` leave the tables as they were. */
export type Resolution = 'mapped' | 'readOnly' | 'device' | 'nothing' | 'outOfFrames';

export class SlotMapping {
  /** `blockBytes`: bytes of a block of level 2; undefined where the tables have pages alone. */
  constructor(
    private readonly map: AddressMap,
    private readonly stage2: Stage2,
    private readonly blockBytes: number | undefined,
  ) {}

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

  /** Makes mapped private pages writable, unless something forbids it; those of a block become one again. */
  restoreRights(slot: MemorySlot): void {
    if (slot.readOnly || slot.dirty !== undefined) return;
    for (const { offset, bytes } of slot.frames.all()) {
      const at = ipa(slot.ipa + offset);
      this.stage2.protect(at, bytes, true);
      if (bytes === this.blockBytes) this.stage2.join(at);
    }
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
}
