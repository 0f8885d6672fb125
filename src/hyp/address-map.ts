/** The IPA space of a VM: which windows of it are memory slots and devices. */

import { hex, type Ipa, type Pa, ipa as toIpa } from '../arch/addresses.ts';
import type { MapWindow } from '../devices/bus.ts';
import type { Device } from '../devices/device.ts';
import { SlotError } from './errors.ts';
import type { SlotFrames } from './slot-frames.ts';

/** Memory of a VM at [ipa, ipa + bytes). Its pages get physical memory when they are touched. */
export class MemorySlot {
  readonly kind = 'memory';
  /** Offsets of the pages written since the log was read last; undefined while nobody logs. */
  dirty: Set<number> | undefined;

  constructor(
    public ipa: Ipa,
    readonly bytes: number,
    public readOnly: boolean,
    readonly frames: SlotFrames,
  ) {}
}

/** A device whose registers the hypervisor emulates at [ipa, ipa + bytes). */
export interface DeviceSlot {
  readonly kind: 'device';
  readonly ipa: Ipa;
  readonly bytes: number;
  readonly device: Device;
}

/** Registers of the machine at PA [pa, pa + bytes) that the guest uses without an exit. */
export interface PassthroughSlot {
  readonly kind: 'passthrough';
  readonly ipa: Ipa;
  readonly bytes: number;
  readonly pa: Pa;
}

export type Slot = MemorySlot | DeviceSlot | PassthroughSlot;

/** Names the place that somebody wants for a slot as an IPA; `AddressMap` refuses what is none. */
export const placeOf = (at: number): Ipa => at as Ipa;

/** Windows of devices are multiples of this: HPFAR_EL2 names pages of 4 KiB, whatever the granule. */
const DEVICE_PAGE = 0x1000;

function whatIs(slot: Slot): string {
  if (slot.kind === 'memory') return slot.readOnly ? 'rom' : 'ram';
  return slot.kind === 'device' ? slot.device.name : `PA ${hex(slot.pa)}`;
}

/** Slots by IPA, none overlapping. */
export class AddressMap {
  private readonly slots: Slot[] = [];

  constructor(
    private readonly ipaBits: number,
    /** Bytes of a page, the unit of memory slots and mappings. */
    readonly pageBytes: number,
  ) {}

  /** Adds a slot. Throws SlotError when it is empty, unaligned, outside the IPA space, or overlaps another. */
  add(slot: Slot): void {
    this.check(slot, slot.ipa);
    this.slots.push(slot);
  }

  /** Moves a slot to another IPA; throws as `add` does, and leaves the slot where it was. */
  move(slot: MemorySlot, to: Ipa): void {
    this.check(slot, to);
    slot.ipa = to;
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

  /** The memory slot that begins at an IPA. Throws SlotError if none does. */
  memoryAt(at: number): MemorySlot {
    const slot = this.findMemory(at);
    if (slot?.ipa !== at) throw new SlotError('absent', at, 0, 'no memory slot begins there');
    return slot;
  }

  get memorySlots(): readonly MemorySlot[] {
    return this.slots.filter((slot) => slot.kind === 'memory');
  }

  /** The whole map, ascending by IPA. */
  windows(): MapWindow[] {
    return this.slots
      .map((slot) => ({ base: slot.ipa, size: slot.bytes, what: whatIs(slot) }))
      .sort((a, b) => a.base - b.base);
  }

  /** First IPA of the page around an address. */
  pageOf(at: number): Ipa {
    return toIpa(at - (at % this.pageBytes));
  }

  private check(slot: Slot, at: Ipa): void {
    const { bytes } = slot;
    const page = slot.kind === 'device' ? DEVICE_PAGE : this.pageBytes;
    const refuse = (problem: SlotError['problem'], detail: string): never => {
      throw new SlotError(problem, at, bytes, detail);
    };
    if (!(bytes > 0)) refuse('empty', 'it must have a size');
    if (!(at >= 0 && at + bytes <= 2 ** this.ipaBits)) {
      refuse('outside', `it is not inside the VM's IPA space of ${this.ipaBits} bits (${hex(2 ** this.ipaBits)})`);
    }
    if (at % page !== 0 || bytes % page !== 0)
      refuse('unaligned', `address and size must be multiples of ${hex(page)}`);
    const other = this.slots.find((s) => s !== slot && at < s.ipa + s.bytes && s.ipa < at + bytes);
    if (other !== undefined)
      refuse('overlap', `it overlaps the slot at IPA ${hex(other.ipa)}, ${hex(other.bytes)} bytes`);
  }
}
