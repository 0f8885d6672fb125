/** The jump cache: blocks by VA and context in linear memory, where running code looks them up. */

import type { HostMemory } from '../../arch/host-memory.ts';
import {
  JUMP_CACHE_CONTEXT,
  JUMP_CACHE_ENTRIES,
  JUMP_CACHE_ENTRY_SHIFT,
  JUMP_CACHE_START,
  jumpCacheIndex,
} from '../ir/records.ts';
import { PAGE_SHIFT } from './code-page.ts';
import { PageFilter } from './page-filter.ts';

/** Words of an entry, and of the entries that the instructions of one page may be in: they lie together. */
const WORDS = 1 << (JUMP_CACHE_ENTRY_SHIFT - 2);
const PAGE_ENTRIES = 1 << (PAGE_SHIFT - 2);

export class JumpCache {
  /** Offset in linear memory, in bytes. */
  readonly at: number;
  /** VAs that there may be blocks of; a block that was forgotten may yet be found again. */
  private readonly filter = new PageFilter();

  constructor(private readonly memory: HostMemory) {
    this.at = memory.alloc(JUMP_CACHE_ENTRIES << JUMP_CACHE_ENTRY_SHIFT, 64);
  }

  /** Makes running code find a block, whose first record is at `start`, at its VA under an id of a context. */
  remember({ vaHi, vaLo, start }: { vaHi: number; vaLo: number; start: number }, context: number): void {
    const { u32 } = this.memory;
    const at = (this.at >>> 2) + jumpCacheIndex(vaLo) * WORDS;
    this.filter.add(vaLo);
    u32[at] = vaLo;
    u32[at + 1] = vaHi;
    u32[at + JUMP_CACHE_CONTEXT / 4] = context;
    u32[at + JUMP_CACHE_START / 4] = start;
  }

  /** Address of the first record of the block that was last found at a VA, in whatever context; 0 when it is not known. */
  startAt(vaHi: number, vaLo: number): number {
    const { u32 } = this.memory;
    const at = (this.at >>> 2) + jumpCacheIndex(vaLo) * WORDS;
    return u32[at] === vaLo && u32[at + 1] === vaHi ? u32[at + JUMP_CACHE_START / 4] : 0;
  }

  /** Forgets, in all contexts, that the blocks of the 4 KiB page of a VA are there (see `jumpCacheShares`). */
  forgetPage(vaHi: number, vaLo: number): void {
    if (!this.filter.has(vaLo)) return;
    const { u32 } = this.memory;
    const pageLo = vaLo >>> PAGE_SHIFT;
    const first = jumpCacheIndex(vaLo) & ~(PAGE_ENTRIES - 1);
    const from = (this.at >>> 2) + first * WORDS;
    for (let at = from; at < from + PAGE_ENTRIES * WORDS; at += WORDS) {
      if (u32[at] >>> PAGE_SHIFT === pageLo && u32[at + 1] === vaHi >>> 0) u32[at + JUMP_CACHE_CONTEXT / 4] = 0;
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.filter.clear();
    this.memory.u8.fill(0, this.at, this.at + (JUMP_CACHE_ENTRIES << JUMP_CACHE_ENTRY_SHIFT));
  }
}
