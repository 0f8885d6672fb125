/** The IPA space of a VM: which windows of it are memory slots and devices. */

import { hex, type Ipa, type Pa, ipa as toIpa } from '../arch/addresses.ts';
import type { Device } from '../devices/bus.ts';
import { SlotError } from './errors.ts';

/** Memory of a VM at [ipa, ipa + bytes). Its pages get physical memory when they are touched. */
export class MemorySlot {
  readonly kind = 'memory';
  /** Physical page behind each page of the slot, by the page's IPA. */
  readonly backing = new Map<number, Pa>();
  /** IPAs of the pages written since the log was read last; undefined while nobody logs. */
  dirty: Set<number> | undefined;

  constructor(
    readonly ipa: Ipa,
    readonly bytes: number,
    readonly readOnly: boolean,
  ) {}
}

/** A device whose registers the hypervisor emulates at [ipa, ipa + bytes). */
export interface DeviceSlot {
  readonly kind: 'device';
  readonly ipa: Ipa;
  readonly bytes: number;
  readonly device: Device;
}

export type Slot = MemorySlot | DeviceSlot;

/** Slots by IPA, none overlapping. */
export class AddressMap {
  private readonly slots: Slot[] = [];

  constructor(
    private readonly ipaBits: number,
    /** Bytes of a page, the unit of slots and mappings. */
    readonly pageBytes: number,
  ) {}

  /** Adds a slot. Throws SlotError when it is empty, unaligned, outside the IPA space, or overlaps another. */
  add(slot: Slot): void {
    const { bytes } = slot;
    const page = this.pageBytes;
    const refuse = (problem: SlotError['problem'], detail: string): never => {
      throw new SlotError(problem, slot.ipa, bytes, detail);
    };
    if (!(bytes > 0)) refuse('empty', 'it must have a size');
    if (slot.ipa % page !== 0 || bytes % page !== 0)
      refuse('unaligned', `address and size must be multiples of ${hex(page)}`);
    if (slot.ipa + bytes > 2 ** this.ipaBits) {
      refuse('outside', `it ends beyond the VM's IPA space of ${this.ipaBits} bits (${hex(2 ** this.ipaBits)})`);
    }
    const other = this.slots.find((s) => slot.ipa < s.ipa + s.bytes && s.ipa < slot.ipa + bytes);
    if (other !== undefined)
      refuse('overlap', `it overlaps the slot at IPA ${hex(other.ipa)}, ${hex(other.bytes)} bytes`);
    this.slots.push(slot);
  }

  /** Takes a slot out that `add` put in. */
  remove(slot: Slot): void {
    this.slots.splice(this.slots.indexOf(slot), 1);
  }

  /** The slot that an IPA lies in. */
  find(at: number): Slot | undefined {
    return this.slots.find((s) => at >= s.ipa && at < s.ipa + s.bytes);
  }

  /** The memory slot that an IPA lies in. */
  findMemory(at: number): MemorySlot | undefined {
    const slot = this.find(at);
    return slot?.kind === 'memory' ? slot : undefined;
  }

  get memorySlots(): readonly MemorySlot[] {
    return this.slots.filter((slot) => slot.kind === 'memory');
  }

  /** First IPA of the page around an address. */
  pageOf(at: number): Ipa {
    return toIpa(at - (at % this.pageBytes));
  }
}
