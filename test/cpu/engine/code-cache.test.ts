/** The code cache: what an invalidation takes, what it leaves, and what happens when it is full. */

import { beforeEach, describe, expect, it } from 'vitest';
import { HostMemory } from '../../../src/arch/host-memory.ts';
import type { Block } from '../../../src/cpu/block.ts';
import { CodeCache } from '../../../src/cpu/engine/code-cache.ts';
import { Ir, imm } from '../../../src/cpu/ir/builder.ts';
import { X } from '../../../src/cpu/slots.ts';

const PAGE = 4096;
const PA = 0x4000_0000;
const VA_HI = 0xffff_8000;
const FLAGS = 5;
/** Where PA lies in linear memory. */
const AT = 0x10_0000;

let memory: HostMemory;
let cache: CodeCache;
let dead: Block[];

beforeEach(() => {
  memory = new HostMemory();
  cache = new CodeCache(memory);
  dead = [];
  cache.onDead = (block) => dead.push(block);
});

/** A block of `instructions` NOPs at an offset from PA, and the same offset in VA; `ops` ops each. */
function add(offset: number, instructions: number, { flags = FLAGS, va = offset, ops = 1 } = {}): Block {
  const ir = new Ir();
  const firsts: number[] = [];
  for (let i = 0; i < instructions; i++) {
    firsts.push(ir.list.count);
    for (let k = 0; k < ops; k++) ir.movi(X[0], 0);
  }
  firsts.push(ir.list.count);
  ir.goto(imm(0));
  const place = { vaHi: VA_HI, vaLo: va, pa: PA + offset, at: AT + offset, flags };
  return cache.add(ir.list, firsts, new Array<number>(instructions).fill(0xd503_201f), place);
}
const find = (offset: number, va = offset, flags = FLAGS): Block | undefined =>
  cache.find(PA + offset, VA_HI, va, flags);

describe('find', () => {
  it('knows a block by PA, VA and flags', () => {
    const block = add(0x40, 4);
    const alias = add(0x40, 4, { va: 0x9040 });
    expect(find(0x40)).toBe(block);
    expect(find(0x40, 0x9040)).toBe(alias);
    expect(find(0x40, 0x40, FLAGS + 1)).toBeUndefined();
    expect(find(0x44)).toBeUndefined();
    expect(cache.at(block.start)).toBe(block);
  });
});

describe('invalidate', () => {
  it('takes the blocks of the 64-byte lines that were written, under every VA and flags, and no others', () => {
    const before = add(0x00, 16);
    const victim = add(0x40, 8);
    const alias = add(0x40, 8, { va: 0x9040, flags: FLAGS + 1 });
    const overlapping = add(0x3c, 2);
    const after = add(0x80, 4);
    expect(cache.invalidate(PA + 0x7c, 1)).toBe(true);
    expect(new Set(dead)).toEqual(new Set([victim, alias, overlapping]));
    expect(find(0x40)).toBeUndefined();
    expect([before, after].map((block) => cache.isDead(block))).toEqual([false, false]);
    expect([find(0x00), find(0x80)]).toEqual([before, after]);
    expect(dead.every((block) => cache.isDead(block))).toBe(true);
  });

  it('says whether there was code', () => {
    add(0x40, 8);
    expect([cache.invalidate(PA + 0x80, 64), cache.invalidate(PA + PAGE, 8), cache.invalidate(PA - 8, 8)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(cache.invalidate(PA + 0x5f, 1)).toBe(true);
    expect(cache.invalidate(PA + 0x5f, 1)).toBe(false);
  });

  it('reaches over pages', () => {
    const blocks = [add(PAGE - 4, 1), add(PAGE, 1), add(3 * PAGE, 1)];
    expect(cache.invalidate(PA + PAGE - 8, 2 * PAGE)).toBe(true);
    expect(dead).toEqual(blocks.slice(0, 2));
  });

  it('still knows the lines of the blocks that stay', () => {
    add(0x40, 4);
    add(0x80, 4);
    cache.invalidate(PA + 0x40, 4);
    expect(cache.invalidate(PA + 0x80, 4)).toBe(true);
  });
});

describe('pages with code', () => {
  it('are reported at their first block', () => {
    const watched: number[] = [];
    cache.onCodePage = (pa) => watched.push(pa);
    add(0x40, 1);
    add(0x80, 1);
    add(PAGE + 4, 1);
    expect(watched).toEqual([PA + 0x40, PA + PAGE + 4]);
    expect([cache.hasCode(PA), cache.hasCode(PA + PAGE), cache.hasCode(PA + 2 * PAGE)]).toEqual([true, true, false]);
  });

  it('are data again after their last block', () => {
    add(0x40, 1);
    add(0x80, 1);
    cache.invalidate(PA + 0x40, 4);
    expect(cache.hasCode(PA)).toBe(true);
    cache.invalidate(PA + 0x80, 4);
    expect(cache.hasCode(PA)).toBe(false);
    const watched: number[] = [];
    cache.onCodePage = (pa) => watched.push(pa);
    add(0xc0, 1);
    expect(watched).toEqual([PA + 0xc0]);
  });

  it('stay watched when their code comes and goes often', () => {
    for (let i = 0; i < 10; i++) {
      add(0x40, 1);
      cache.invalidate(PA + 0x40, 4);
    }
    expect(cache.hasCode(PA)).toBe(true);
    expect(find(0x40)).toBeUndefined();
  });
});

describe('flushWhenFull', () => {
  it('forgets everything once the records have used up their room, and uses that room again', () => {
    expect(cache.flushWhenFull()).toBe(false);
    let pages = 0;
    const before = memory.used;
    const block = add(0x40, 60, { ops: 16 });
    while (!cache.flushWhenFull()) {
      add(PAGE * ++pages, 60, { ops: 16 });
      expect(pages).toBeLessThan(10_000);
    }
    expect([find(0x40), cache.hasCode(PA), cache.hasCode(PA + PAGE)]).toEqual([undefined, false, false]);
    expect(memory.used - before).toBeLessThan(66 << 20);
    const used = memory.used;
    const again = add(0x40, 60, { ops: 16 });
    expect([again.start, find(0x40), memory.used]).toEqual([block.start, again, used]);
  });

  it('counts blocks, dead ones too', () => {
    for (let round = 0; !cache.flushWhenFull(); round++) {
      add(0x40, 1);
      cache.invalidate(PA + 0x40, 4);
      expect(round).toBeLessThan(300_000);
    }
    expect(find(0x40)).toBeUndefined();
  });
});
