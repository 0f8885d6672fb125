/** Soft TLBs as arrays in linear memory: entering a page, forgetting a range, watching a frame. */

import type { HostMemory } from '../../arch/host-memory.ts';
import {
  SOFT_TLB_ADDEND,
  SOFT_TLB_BYTES,
  SOFT_TLB_ENTRIES,
  SOFT_TLB_ENTRY_SHIFT,
  SOFT_TLB_READ,
  SOFT_TLB_WRITE,
} from '../soft-tlb.ts';

const NONE = 0xffff_ffff;
const READ = SOFT_TLB_READ / 4;
const WRITE = SOFT_TLB_WRITE / 4;
const ADDEND = SOFT_TLB_ADDEND / 4;
const WORDS = 1 << (SOFT_TLB_ENTRY_SHIFT - 2);

/** One array: `at` is its offset in linear memory, in bytes. */
export class SoftTlbArray {
  constructor(
    private readonly memory: HostMemory,
    readonly at: number = memory.alloc(SOFT_TLB_BYTES, 64),
  ) {}

  /** Forgets everything. */
  clear(): void {
    this.memory.u8.fill(0xff, this.at, this.at + SOFT_TLB_BYTES);
  }

  /** Index, in words of linear memory, of the only entry that may hold a 4 KiB page of VA. */
  private entryOf(vaLo: number): number {
    return (this.at + (((vaLo >>> 12) & (SOFT_TLB_ENTRIES - 1)) << SOFT_TLB_ENTRY_SHIFT)) >>> 2;
  }

  /** Enters the page of a VA. `frame` is its offset in linear memory. */
  enter(vaHi: number, vaLo: number, frame: number, readable: boolean, writable: boolean): void {
    const at = this.entryOf(vaLo);
    const { u32 } = this.memory;
    const tagLo = ((vaLo >>> 12) | (vaHi << 20)) >>> 0;
    const tagHi = vaHi >>> 12;
    u32[at + READ] = readable ? tagLo : NONE;
    u32[at + READ + 1] = readable ? tagHi : NONE;
    u32[at + WRITE] = writable ? tagLo : NONE;
    u32[at + WRITE + 1] = writable ? tagHi : NONE;
    u32[at + ADDEND] = (frame - (vaLo & 0xffff_f000)) >>> 0;
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
    const last = (this.at >>> 2) + SOFT_TLB_ENTRIES * WORDS;
    for (let at = this.at >>> 2; at < last; at += WORDS) {
      if ((u32[at + READ] << 12) >>> shift === page || (u32[at + WRITE] << 12) >>> shift === page) {
        u32.fill(NONE, at, at + ADDEND);
      }
    }
  }

  /** Makes stores to a frame take the slow path. */
  watch(frame: number): void {
    const { u32 } = this.memory;
    const last = (this.at >>> 2) + SOFT_TLB_ENTRIES * WORDS;
    for (let at = this.at >>> 2; at < last; at += WORDS) {
      const tagLo = u32[at + WRITE];
      if (tagLo !== NONE && (u32[at + ADDEND] + ((tagLo << 12) >>> 0)) >>> 0 === frame) {
        u32[at + WRITE] = u32[at + WRITE + 1] = NONE;
      }
    }
  }
}
