/** How generated code looks up a VA in the jump cache. */

import { assign, type Code, i32c, i64c, type Scratch, tee, use } from '../ir/code.ts';
import { i32, i64, w } from '../ir/expr.ts';
import { JUMP_CACHE_CONTEXT, JUMP_CACHE_ENTRIES, JUMP_CACHE_ENTRY_SHIFT } from '../ir/records.ts';
import { CONTEXT } from '../slots.ts';

/** True (i32) when the cache has the VA in `pc` for the current context; `entry` becomes the entry's address either way. */
export function jumpCacheHit(base: Code, cpu: Code, pc: Scratch, entry: Scratch): Code {
  const word = i32.shr_u(tee(entry, w(use(pc))), i32c(2));
  const index = i32.and(i32.xor(word, i32.shr_u(use(entry), i32c(12))), i32c(JUMP_CACHE_ENTRIES - 1));
  // CONTEXT, or CONTEXT_UPPER behind it.
  const half = i32.shl(w(i64.shr_u(use(pc), i64c(63))), i32c(2));
  const context = i32.load(i32.add(cpu, half), CONTEXT);
  return [
    assign(entry, i32.add(base, i32.shl(index, i32c(JUMP_CACHE_ENTRY_SHIFT)))),
    i32.and(i64.eq(i64.load(use(entry)), use(pc)), i32.eq(i32.load(use(entry), JUMP_CACHE_CONTEXT), context)),
  ];
}
