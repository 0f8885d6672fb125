/** Soft TLBs as arrays in linear memory: entering a page, forgetting a range, watching a frame. */

import type { HostMemory } from '../../arch/host-memory.ts';
import {
  SOFT_TLB_ADDEND,
  SOFT_TLB_DEVICE,
  SOFT_TLB_ENTRIES,
  SOFT_TLB_ENTRY_SHIFT,
  SOFT_TLB_EXECUTE,
  SOFT_TLB_MAX_ENTRIES,
  SOFT_TLB_READ,
  SOFT_TLB_WRITE,
  softTlbMask,
} from '../soft-tlb.ts';

const NONE = 0xffff_ffff;
const READ = SOFT_TLB_READ / 4;
const WRITE = SOFT_TLB_WRITE / 4;
const ADDEND = SOFT_TLB_ADDEND / 4;
const EXECUTE = SOFT_TLB_EXECUTE / 4;
const PAGE_SHIFT = 12;
/** Bits of the low half of a tag that are those of VA[31:12]. */
const PAGE_IN_TAG = 0xf_ffff;
const WORDS = 1 << (SOFT_TLB_ENTRY_SHIFT - 2);

/** Halves of the tag of a VA's page. */
const tagLow = (vaHi: number, vaLo: number): number => ((vaLo >>> 12) | (vaHi << 20)) >>> 0;
const tagHigh = (vaHi: number): number => vaHi >>> 12;
const deviceTagHigh = (vaHi: number): number => (tagHigh(vaHi) | SOFT_TLB_DEVICE) >>> 0;

/** One array. It grows while pages take the places of others too often. */
export class SoftTlbArray {
  /** Offset in linear memory, in bytes. */
  at: number;
  /** See `softTlbMask`. */
  mask = softTlbMask(SOFT_TLB_ENTRIES);
  private entries = SOFT_TLB_ENTRIES;
  /** Pages that took the place of another since the array has its size. */
  private displaced = 0;

  constructor(private readonly memory: HostMemory) {
    this.at = this.allocate();
  }

  private allocate(): number {
    return this.memory.alloc(this.entries << SOFT_TLB_ENTRY_SHIFT, 64);
  }

  /** Forgets everything. */
  clear(): void {
    this.memory.u8.fill(0xff, this.at, this.at + (this.entries << SOFT_TLB_ENTRY_SHIFT));
  }

  /** Index, in words of linear memory, of the only entry that may hold a 4 KiB page of VA, and of the end. */
  private entryOf(vaLo: number): number {
    return (this.at + ((vaLo >>> (12 - SOFT_TLB_ENTRY_SHIFT)) & this.mask)) >>> 2;
  }
  private get end(): number {
    return (this.at >>> 2) + this.entries * WORDS;
  }

  /** Enters the page of a VA for data. `frame` is its offset in linear memory. True when the array has moved. */
  enter(vaHi: number, vaLo: number, frame: number, readable: boolean, writable: boolean): boolean {
    return this.enterData(tagHigh(vaHi), tagLow(vaHi, vaLo), vaLo, frame, readable, writable);
  }

  /** Enters the page of a VA as a device's, whose page has a number other than 0. True when the array has moved. */
  enterDevice(vaHi: number, vaLo: number, number: number, readable: boolean, writable: boolean): boolean {
    return this.enterData(deviceTagHigh(vaHi), tagLow(vaHi, vaLo), vaLo, number, readable, writable);
  }

  /** Number of the device's page at a VA that may be read, or written; 0 when none was entered. */
  deviceAt(vaHi: number, vaLo: number, write: boolean): number {
    const { u32 } = this.memory;
    const at = this.entryOf(vaLo);
    const tag = at + (write ? WRITE : READ);
    if (u32[tag] !== tagLow(vaHi, vaLo) || u32[tag + 1] !== deviceTagHigh(vaHi)) return 0;
    return (u32[at + ADDEND] + (vaLo & 0xffff_f000)) >>> 0;
  }

  private enterData(
    tagHi: number,
    tagLo: number,
    vaLo: number,
    frame: number,
    readable: boolean,
    writable: boolean,
  ): boolean {
    const moved = this.take(tagHi, tagLo, vaLo, frame);
    const at = this.entryOf(vaLo);
    this.setTag(at + READ, readable, tagHi, tagLo);
    this.setTag(at + WRITE, writable, tagHi, tagLo);
    return moved;
  }

  /** The same for code. */
  enterCode(vaHi: number, vaLo: number, frame: number): boolean {
    const moved = this.take(tagHigh(vaHi), tagLow(vaHi, vaLo), vaLo, frame);
    this.setTag(this.entryOf(vaLo) + EXECUTE, true, tagHigh(vaHi), tagLow(vaHi, vaLo));
    return moved;
  }

  private setTag(at: number, isAllowed: boolean, tagHi: number, tagLo: number): void {
    const { u32 } = this.memory;
    u32[at] = isAllowed ? tagLo : NONE;
    u32[at + 1] = isAllowed ? tagHi : NONE;
  }

  /** Makes the entry of a page be this page's, keeping its tags if it is already. True when the array has moved. */
  private take(tagHi: number, tagLo: number, vaLo: number, frame: number): boolean {
    const { memory } = this;
    const addend = (frame - (vaLo & 0xffff_f000)) >>> 0;
    let at = this.entryOf(vaLo);
    if (memory.u32[at + ADDEND] === addend && this.holds(at, tagHi, tagLo)) return false;
    const isHeld = memory.u32[at + READ] !== NONE || memory.u32[at + EXECUTE] !== NONE;
    // The views of the memory may be others then.
    const grows = isHeld && this.grow();
    at = this.entryOf(vaLo);
    this.clearEntry(at);
    memory.u32[at + ADDEND] = addend;
    return grows;
  }

  /** Faster than `fill` on so few words. */
  private clearEntry(at: number): void {
    const { u32 } = this.memory;
    for (let i = at; i < at + WORDS; i++) u32[i] = NONE;
  }

  /** Whether an entry has a tag. */
  private holds(at: number, tagHi: number, tagLo: number): boolean {
    const { u32 } = this.memory;
    return (
      (u32[at + READ] === tagLo && u32[at + READ + 1] === tagHi) ||
      (u32[at + WRITE] === tagLo && u32[at + WRITE + 1] === tagHi) ||
      (u32[at + EXECUTE] === tagLo && u32[at + EXECUTE + 1] === tagHi)
    );
  }

  /** Doubles the array once as many pages were displaced as it has room for. */
  private grow(): boolean {
    if (++this.displaced < this.entries || this.entries === SOFT_TLB_MAX_ENTRIES) return false;
    this.entries *= 2;
    this.mask = softTlbMask(this.entries);
    this.displaced = 0;
    this.at = this.allocate();
    this.clear();
    return true;
  }

  /** Forgets the 4 KiB page of a VA under every tag byte (TBI). */
  forgetPage(vaLo: number): void {
    this.forgetInside(this.entryOf(vaLo), vaLo >>> PAGE_SHIFT, 0);
  }

  /** Forgets the 2 ** `shift` bytes, more than a page and at most 4 GiB, that a VA is the first of, in the same way. */
  forget(vaLo: number, shift: number): void {
    const number = vaLo >>> shift;
    for (let at = this.at >>> 2; at < this.end; at += WORDS) this.forgetInside(at, number, shift - PAGE_SHIFT);
  }

  /** Clears an entry whose page, divided by 2 ** `bits`, is `number`. */
  private forgetInside(at: number, number: number, bits: number): void {
    const { u32 } = this.memory;
    const isInside =
      (u32[at + READ] & PAGE_IN_TAG) >>> bits === number ||
      (u32[at + WRITE] & PAGE_IN_TAG) >>> bits === number ||
      (u32[at + EXECUTE] & PAGE_IN_TAG) >>> bits === number;
    if (isInside) this.clearEntry(at);
  }

  /** Makes stores to a frame take the slow path. */
  watch(frame: number): void {
    this.clearTags(WRITE, frame);
  }

  /** Makes reads and writes of a frame take the slow path. */
  forgetFrame(frame: number): void {
    this.clearTags(READ, frame);
    this.clearTags(WRITE, frame);
  }

  /** Clears one of the tags of all pages that lie in a frame. */
  private clearTags(tag: number, frame: number): void {
    const { u32 } = this.memory;
    for (let at = this.at >>> 2; at < this.end; at += WORDS) {
      const tagLo = u32[at + tag];
      if (tagLo !== NONE && (u32[at + ADDEND] + ((tagLo << 12) >>> 0)) >>> 0 === frame) {
        u32[at + tag] = u32[at + tag + 1] = NONE;
      }
    }
  }
}
