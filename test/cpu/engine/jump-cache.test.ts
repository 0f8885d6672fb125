/** The jump cache: what it is told to remember, it finds, until the range of VAs around it is forgotten. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostMemory } from '../../../src/arch/host-memory.ts';
import { JumpCache } from '../../../src/cpu/engine/jump-cache.ts';
import { JUMP_CACHE_CONTEXT, JUMP_CACHE_ENTRY_SHIFT, jumpCacheIndex } from '../../../src/cpu/ir/records.ts';

const memory = new HostMemory();
const cache = new JumpCache(memory);
const VA_HI = 0xffff_8000;
const PAGE = 0x1000;

interface Entry {
  readonly vaHi: number;
  readonly vaLo: number;
  readonly start: number;
}
const block = (vaLo: number, start: number, vaHi = VA_HI): Entry => ({ vaHi, vaLo, start });

/** Whether the cache leads to a block in a context. */
function finds({ vaHi, vaLo, start }: Entry, context: number): boolean {
  const at = (cache.at + (jumpCacheIndex(vaLo) << JUMP_CACHE_ENTRY_SHIFT)) >>> 2;
  return [vaLo, vaHi, context, start].every((word, i) => memory.u32[at + i] === word >>> 0);
}

describe('the jump cache', () => {
  it('forgets a page in all contexts, and that page alone', () => {
    const inside = block(0x7f3_f040, 64);
    const neighbour = block(0x7f4_0040, 128);
    cache.remember(inside, 7);
    cache.remember(neighbour, 9);
    cache.forgetPage(VA_HI + 1, 0x7f3_f000);
    expect([finds(inside, 7), finds(neighbour, 9)]).toEqual([true, true]);
    cache.forgetPage(VA_HI, 0x7f3_f000);
    expect([finds(inside, 7), finds(neighbour, 9)]).toEqual([false, true]);
    cache.clear();
    expect(finds(neighbour, 9)).toBe(false);
  });

  it('forgets a page again that running code has taken for another context since', () => {
    const entry = block(0x7f3_f040, 64);
    cache.remember(entry, 7);
    cache.forgetPage(VA_HI, 0x7f3_f000);
    const at = cache.at + (jumpCacheIndex(entry.vaLo) << JUMP_CACHE_ENTRY_SHIFT) + JUMP_CACHE_CONTEXT;
    memory.u32[at >>> 2] = 9;
    expect(finds(entry, 9)).toBe(true);
    cache.forgetPage(VA_HI, 0x7f3_f000);
    expect(finds(entry, 9)).toBe(false);
  });

  it('forgets every block of a page wherever in it, and none outside', () => {
    const words = fc.uniqueArray(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(words, fc.nat(), (vas, pick) => {
        cache.clear();
        const blocks = vas.map((word, i) => block(word * 4, 64 * (i + 1)));
        for (const entry of blocks) cache.remember(entry, 5);
        const kept = blocks.filter((entry) => finds(entry, 5));
        const base = Math.floor((vas[pick % vas.length] * 4) / PAGE) * PAGE;
        cache.forgetPage(VA_HI, base);
        for (const entry of kept) {
          const isInside = entry.vaLo >= base && entry.vaLo < base + PAGE;
          expect(finds(entry, 5)).toBe(!isInside);
        }
      }),
    );
  });

  it('keeps all instructions of a page apart', () => {
    const indices = Array.from({ length: PAGE / 4 }, (_, i) => jumpCacheIndex(0x1234_5000 + i * 4));
    expect(new Set(indices).size).toBe(PAGE / 4);
  });
});
