/** The pool of TLB entries keeps entries apart by all their tags, also where their hashes collide. */

import { describe, expect, it } from 'vitest';
import { Mapping } from '../../src/mmu/mapping.ts';
import type { TlbSpace } from '../../src/mmu/tlb-entry.ts';
import { ANY_ASID, ANY_VMID, TlbPool } from '../../src/mmu/tlb-pool.ts';

const mapping = (shift: number, pa: number, global = false): Mapping =>
  Object.assign(new Mapping(), { shift, pa, global });

const poolOf = (capacity: number): TlbPool => new TlbPool(capacity, () => {});

/** The PA that an entry for an address has; undefined without one. */
function paOf(pool: TlbPool, space: TlbSpace, vmid: number, asid: number, hi: number, lo: number): number | undefined {
  const slot = pool.find(space, vmid, asid, hi, lo);
  return slot < 0 ? undefined : pool.read(slot).pa;
}

describe('TlbPool', () => {
  it('finds each of many entries by exactly its tags', () => {
    const pool = poolOf(512);
    const made = Array.from({ length: 64 }, (_, i) => ({
      space: (i & 3) as TlbSpace,
      vmid: (i >> 2) & 3,
      hi: (i >> 4) & 1,
      lo: (i >> 5) * 0x1000,
    }));
    for (const [i, e] of made.entries()) pool.insert(e.space, e.vmid, i, e.hi, e.lo, mapping(12, i * 0x1000));
    for (const [i, e] of made.entries()) {
      expect(paOf(pool, e.space, e.vmid, i, e.hi, e.lo)).toBe(i * 0x1000);
      expect(paOf(pool, e.space, e.vmid, i + 1, e.hi, e.lo)).toBeUndefined();
      expect(paOf(pool, e.space, e.vmid, i, e.hi, e.lo + 0x2000)).toBeUndefined();
      expect(paOf(pool, e.space, e.vmid, i, e.hi + 2, e.lo)).toBeUndefined();
      expect(paOf(pool, e.space, e.vmid + 4, i, e.hi, e.lo)).toBeUndefined();
    }
    for (const vmid of Array(2000).keys()) expect(paOf(pool, 0, vmid + 4, 0, 0, 0)).toBeUndefined();
    expect(pool.removeAt(1, 2, ANY_ASID, 1, 0x1000)).toBe(1);
    expect(pool.size).toBe(63);
    expect(made.filter((e, i) => paOf(pool, e.space, e.vmid, i, e.hi, e.lo) === undefined)).toEqual([
      { space: 1, vmid: 2, hi: 1, lo: 0x1000 },
    ]);
  });

  it('removes all of a space, VMID and ASID, and no other', () => {
    const tags = [0, 1, 2, 3].flatMap((space) =>
      [1, 0x1001].flatMap((vmid) =>
        [1, 0x8001].flatMap((asid) => [true, false].map((global) => ({ space, vmid, asid, global }))),
      ),
    );
    for (const want of [
      [1, 1, 1],
      [2, 0x1001, 0x8001],
      [3, ANY_VMID, 1],
      [0, 0x1001, ANY_ASID],
      [0, ANY_VMID, ANY_ASID],
    ]) {
      const [space, vmid, asid] = want;
      const pool = poolOf(512);
      for (const [i, e] of tags.entries()) {
        pool.insert(e.space as TlbSpace, e.vmid, e.asid, 0, i * 0x1000, mapping(12, 0, e.global));
      }
      const gone = tags.filter(
        (e) =>
          e.space === space &&
          (vmid === ANY_VMID || e.vmid === vmid) &&
          (asid === ANY_ASID || (!e.global && e.asid === asid)),
      );
      expect(pool.removeAll(space as TlbSpace, vmid, asid)).toBe(gone.length);
      const left = pool.entries().sort((a, b) => a.page - b.page);
      expect(left.map(({ space, vmid, asid, global }) => ({ space, vmid, asid, global }))).toEqual(
        tags.filter((e) => !gone.includes(e)),
      );
    }
  });

  it('keeps spaces apart in one bucket', () => {
    for (let page = 0; page < 200; page++) {
      const pool = poolOf(1);
      pool.insert(0, 0, 0, 0, page * 0x1000, mapping(12, 0, true));
      for (const space of [1, 2, 3] as const) expect(paOf(pool, space, 0, 0, 0, page * 0x1000)).toBeUndefined();
    }
  });

  it('prefers the smallest of several sizes, and removes all of them', () => {
    const pool = poolOf(4);
    pool.insert(0, 0, 0, 0, 0x20_3000, mapping(21, 0xa00_0000, true));
    pool.insert(0, 0, 0, 0, 0x20_3000, mapping(12, 0xb00_0000, true));
    expect(paOf(pool, 0, 0, 0, 0, 0x20_3fff)).toBe(0xb00_0000);
    expect(paOf(pool, 0, 0, 0, 0, 0x20_4000)).toBe(0xa00_0000);
    expect(pool.removeAt(0, 0, 7, 0, 0x20_3000)).toBe(2);
    expect(paOf(pool, 0, 0, 0, 0, 0x20_4000)).toBeUndefined();
  });

  it('holds the page of many ASIDs at one VA, and removes it for one or for all', () => {
    const ASIDS = 100;
    const pool = poolOf(4096);
    for (let asid = 0; asid < ASIDS; asid++) pool.insert(0, 0, asid, 0, 0x5000, mapping(12, asid * 0x1000));
    pool.insert(0, 0, 7, 0, 0x6000, mapping(12, 0x9000, true));
    const pas = Array.from({ length: ASIDS }, (_, asid) => paOf(pool, 0, 0, asid, 0, 0x5000));
    expect(pas).toEqual(Array.from({ length: ASIDS }, (_, asid) => asid * 0x1000));
    expect(paOf(pool, 0, 0, 8, 0, 0x6000)).toBe(0x9000);
    expect(pool.removeAt(0, 0, 40, 0, 0x5000)).toBe(1);
    expect(paOf(pool, 0, 0, 40, 0, 0x5000)).toBeUndefined();
    expect(pool.removeAt(0, 0, ANY_ASID, 0, 0x5000)).toBe(ASIDS - 1);
    expect(pool.entries()).toMatchObject([{ page: 6, asid: 7, global: true }]);
  });

  it('gives back all that it was given', () => {
    const all = Object.assign(new Mapping(), {
      ...{ pa: 0xffff_8000_0000, ipa: 0xfffe_c000_0000, shift: 30, global: false, clean: true },
      ...{ level1: 3, permissions1: 0x3f, attributes1: 0xff, shareability1: 3 },
      ...{ level2: 2, permissions2: 7, attributes2: 0xf, shareability2: 2 },
    });
    const least = Object.assign(new Mapping(), { attributes2: -1, level1: -1, level2: -1 });
    const pool = poolOf(2);
    for (const m of [all, least]) {
      pool.insert(4, 0xffff, 0xfffe, -1, 0xffff_f000, m);
      const tags = { space: 4, vmid: 0xffff, asid: 0xfffe, hi: -1, page: 0xffff_f000 >>> m.shift };
      expect(pool.read(pool.find(4, 0xffff, 0xfffe, -1, 0xffff_f000))).toMatchObject({ ...m, ...tags });
      pool.removeAt(4, 0xffff, ANY_ASID, -1, 0xffff_f000);
    }
  });

  it('fills free slots of a set first, and replaces those of a full one in turn', () => {
    const pool = poolOf(4);
    const pages = (): number[] => pool.entries().map(({ page }) => page);
    const add = (page: number): number => pool.insert(0, 0, 0, 0, page * 0x1000, mapping(12, 0, true));
    for (const page of [1, 2, 3, 4, 5]) add(page);
    expect(pages()).toEqual([5, 2, 3, 4]);
    pool.removeAt(0, 0, 0, 0, 0x4000);
    add(6);
    add(7);
    expect(pages()).toEqual([5, 7, 3, 6]);
    add(8);
    expect(pages()).toEqual([5, 7, 8, 6]);
  });
});
