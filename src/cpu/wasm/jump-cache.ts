/** How generated code looks up a VA in the jump cache. */

import type { Block } from '../block.ts';
import { assign, type Code, get, i32c, i64c, type Scratch, tee, use, when } from '../ir/code.ts';
import { i32, i64, w } from '../ir/expr.ts';
import {
  HEADER_CODE_AT,
  HEADER_FLAGS,
  JUMP_CACHE_CONTEXT,
  JUMP_CACHE_ENTRIES,
  JUMP_CACHE_ENTRY_SHIFT,
  JUMP_CACHE_START,
  jumpCacheIndex,
} from '../ir/records.ts';
import { CODE_FLAGS, CONTEXT, CONTEXT_UPPER, SOFT_TLB, SOFT_TLB_MASK } from '../slots.ts';
import { SOFT_TLB_ADDEND, SOFT_TLB_ENTRY_SHIFT, SOFT_TLB_EXECUTE } from '../soft-tlb.ts';

/** Identity of the current context at the VA in `pc`: CONTEXT, or CONTEXT_UPPER behind it. */
const contextAt = (cpu: Code, pc: Scratch): Code =>
  i32.load(i32.add(cpu, i32.shl(w(i64.shr_u(use(pc), i64c(63))), i32c(2))), CONTEXT);

/** True (i32) when the cache has the VA in `pc` for the current context; `entry` becomes the entry's address either way. */
export function jumpCacheHit(base: Code, cpu: Code, pc: Scratch, entry: Scratch): Code {
  const word = i32.shr_u(tee(entry, w(use(pc))), i32c(2));
  const index = i32.and(i32.xor(word, i32.shr_u(use(entry), i32c(12))), i32c(JUMP_CACHE_ENTRIES - 1));
  return [
    assign(entry, i32.add(base, i32.shl(index, i32c(JUMP_CACHE_ENTRY_SHIFT)))),
    i32.and(
      i64.eq(i64.load(use(entry)), use(pc)),
      i32.eq(i32.load(use(entry), JUMP_CACHE_CONTEXT), contextAt(cpu, pc)),
    ),
  ];
}

const header = (start: Scratch, field: number): Code => i32.load(i32.sub(use(start), i32c(-field)));

/**
 * True (i32) after a miss when `entry` has a block for the VA in `pc` that another context found, and the soft TLB of the
 * current one has that code at the VA; `start` becomes the address of its first record, `page` is scratch.
 */
export function jumpCacheShares(pc: Scratch, entry: Scratch, start: Scratch, page: Scratch): Code {
  const offset = i32.and(w(i64.shr_u(use(pc), i64c(12 - SOFT_TLB_ENTRY_SHIFT))), get(SOFT_TLB_MASK));
  const isMapped = i64.eq(
    i64.load(tee(page, i32.add(get(SOFT_TLB), offset)), SOFT_TLB_EXECUTE),
    i64.shr_u(use(pc), i64c(12)),
  );
  const isThere = i32.eq(i32.add(i32.load(use(page), SOFT_TLB_ADDEND), w(use(pc))), header(start, HEADER_CODE_AT));
  const isSame = i32.eq(header(start, HEADER_FLAGS), get(CODE_FLAGS));
  const isKnown = when(
    tee(start, i32.load(use(entry), JUMP_CACHE_START)),
    i32.and(i32.and(isMapped, isThere), isSame),
    i32c(0),
    'i32',
  );
  return when(i64.eq(i64.load(use(entry)), use(pc)), isKnown, i32c(0), 'i32');
}

/** Makes `entry` the current context's. */
export const jumpCacheTake = (cpu: Code, pc: Scratch, entry: Scratch): Code =>
  i32.store(use(entry), contextAt(cpu, pc), JUMP_CACHE_CONTEXT);

/**
 * True (i32) in a region when running code would find a block at its VA now, so that its page needs no fetch.
 * @param jumpCache where the cache is in linear memory
 */
export function isMapped(jumpCache: number, cpu: Code, { vaHi, vaLo, start }: Block): Code {
  const entry = i32c(jumpCache + (jumpCacheIndex(vaLo) << JUMP_CACHE_ENTRY_SHIFT));
  const context = vaHi >>> 31 === 0 ? CONTEXT : CONTEXT_UPPER;
  return i32.and(
    i32.eq(i32.load(entry, JUMP_CACHE_START), i32c(start)),
    i32.eq(i32.load(entry, JUMP_CACHE_CONTEXT), i32.load(cpu, context)),
  );
}
