/** Soft TLBs as arrays in linear memory: entering a page, forgetting a range, watching a frame. */

import type { HostMemory } from '../../arch/host-memory.ts';
import {
  SOFT_TLB_ADDEND,
  SOFT_TLB_ENTRIES,
  SOFT_TLB_ENTRY_SHIFT,
  SOFT_TLB_MAX_ENTRIES,
  SOFT_TLB_READ,
  SOFT_TLB_WRITE,
  softTlbMask,
} from '../soft-tlb.ts';

const NONE = 0xffff_ffff;
const READ = SOFT_TLB_READ / 4;
const WRITE = SOFT_TLB_WRITE / 4;
const ADDEND = SOFT_TLB_ADDEND / 4;
const WORDS = 1 << (SOFT_TLB_ENTRY_SHIFT - 2);

/** One array. It grows while pages take the places of others too often. */
export class SoftTlbArray {
  /** Offset in linear memory, in bytes. */
  at: number;
  private entries = SOFT_TLB_ENTRIES;
  /** Pages that took the place of another since the array has its size. */
  private displaced = 0;

  constructor(private readonly memory: HostMemory) {
    this.at = this.allocate();
  }

  private allocate(): number {
    return this.memory.alloc(this.entries << SOFT_TLB_ENTRY_SHIFT, 64);
  }

  /** See `softTlbMask`. */
  get mask(): number {
    return softTlbMask(this.entries);
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

  /** Enters the page of a VA. `frame` is its offset in linear memory. True when the array has moved and is empty else. */
  enter(vaHi: number, vaLo: number, frame: number, readable: boolean, writable: boolean): boolean {
    const tagLo = ((vaLo >>> 12) | (vaHi << 20)) >>> 0;
    const tagHi = vaHi >>> 12;
    const grows = this.displaces(this.entryOf(vaLo), tagLo) && this.grow();
    const at = this.entryOf(vaLo);
    const { u32 } = this.memory;
    u32[at + READ] = readable ? tagLo : NONE;
    u32[at + READ + 1] = readable ? tagHi : NONE;
    u32[at + WRITE] = writable ? tagLo : NONE;
    u32[at + WRITE + 1] = writable ? tagHi : NONE;
    u32[at + ADDEND] = (frame - (vaLo & 0xffff_f000)) >>> 0;
    return grows;
  }

  private displaces(at: number, tagLo: number): boolean {
    const held = this.memory.u32[at + READ];
    return held !== NONE && held !== tagLo;
  }

  /** Doubles the array once as many pages were displaced as it has room for. */
  private grow(): boolean {
    if (++this.displaced < this.entries || this.entries === SOFT_TLB_MAX_ENTRIES) return false;
    this.entries *= 2;
    this.displaced = 0;
    this.at = this.allocate();
    this.clear();
    return true;
  }

  /** Forgets the 2 ** `shift` bytes, at most 4 GiB, that a VA is the first of, under every tag byte (TBI). */
  forget(vaLo: number, shift: number): void {
    const { u32 } = this.memory;
    if (shift === 12) {
      const at = this.entryOf(vaLo);
      u32.fill(NONE, at, at + ADDEND);
      return;
    }
    const page = vaLo >>> shift;
    for (let at = this.at >>> 2; at < this.end; at += WORDS) {
      if ((u32[at + READ] << 12) >>> shift === page || (u32[at + WRITE] << 12) >>> shift === page) {
        u32.fill(NONE, at, at + ADDEND);
      }
    }
  }

  /** Makes stores to a frame take the slow path. */
  watch(frame: number): void {
    const { u32 } = this.memory;
    for (let at = this.at >>> 2; at < this.end; at += WORDS) {
      const tagLo = u32[at + WRITE];
      if (tagLo !== NONE && (u32[at + ADDEND] + ((tagLo << 12) >>> 0)) >>> 0 === frame) {
        u32[at + WRITE] = u32[at + WRITE + 1] = NONE;
      }
    }
  }
}
