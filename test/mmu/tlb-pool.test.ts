/** The pool of TLB entries keeps entries apart by all their tags, also where their hashes collide. */

import { describe, expect, it } from 'vitest';
import { Mapping } from '../../src/mmu/mapping.ts';
import type { TlbSpace } from '../../src/mmu/tlb-entry.ts';
import { ANY_ASID, ANY_VMID, TlbPool } from '../../src/mmu/tlb-pool.ts';

const mapping = (shift: number, pa: number, global = false): Mapping =>
  Object.assign(new Mapping(), { shift, pa, global });

describe('TlbPool', () => {
  it('finds each of many entries by exactly its tags', () => {
    const pool = new TlbPool(64);
    const made = Array.from({ length: 64 }, (_, i) => ({
      space: (i & 3) as TlbSpace,
      vmid: (i >> 2) & 3,
      hi: (i >> 4) & 1,
      lo: (i >> 5) * 0x1000,
    }));
    for (const [i, e] of made.entries()) pool.insert(e.space, e.vmid, i, e.hi, e.lo, mapping(12, i * 0x1000));
    for (const [i, e] of made.entries()) {
      expect(pool.find(e.space, e.vmid, i, e.hi, e.lo)?.pa).toBe(i * 0x1000);
      expect(pool.find(e.space, e.vmid, i + 1, e.hi, e.lo)).toBeUndefined();
      expect(pool.find(e.space, e.vmid, i, e.hi, e.lo + 0x2000)).toBeUndefined();
      expect(pool.find(e.space, e.vmid, i, e.hi + 2, e.lo)).toBeUndefined();
      expect(pool.find(e.space, e.vmid + 4, i, e.hi, e.lo)).toBeUndefined();
    }
    for (const vmid of Array(2000).keys()) expect(pool.find(0, vmid + 4, 0, 0, 0)).toBeUndefined();
    expect(pool.removeAt(1, 2, ANY_ASID, 1, 0x1000)).toBe(1);
    expect(pool.size).toBe(63);
    expect(made.filter((e, i) => pool.find(e.space, e.vmid, i, e.hi, e.lo) === undefined)).toEqual([
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
      const pool = new TlbPool(64);
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
      const left = pool.entries
        .filter((e) => e.valid)
        .map((e) => ({ space: e.space, vmid: e.vmid, asid: e.asid, global: e.global }));
      expect(left).toEqual(tags.filter((e) => !gone.includes(e)));
    }
  });

  it('keeps spaces apart in one bucket', () => {
    for (let page = 0; page < 200; page++) {
      const pool = new TlbPool(1);
      pool.insert(0, 0, 0, 0, page * 0x1000, mapping(12, 0, true));
      for (const space of [1, 2, 3] as const) expect(pool.find(space, 0, 0, 0, page * 0x1000)).toBeUndefined();
    }
  });

  it('prefers the smallest of several sizes, and removes all of them', () => {
    const pool = new TlbPool(4);
    pool.insert(0, 0, 0, 0, 0x20_3000, mapping(21, 0xa00_0000, true));
    pool.insert(0, 0, 0, 0, 0x20_3000, mapping(12, 0xb00_0000, true));
    expect(pool.find(0, 0, 0, 0, 0x20_3fff)?.pa).toBe(0xb00_0000);
    expect(pool.find(0, 0, 0, 0, 0x20_4000)?.pa).toBe(0xa00_0000);
    expect(pool.removeAt(0, 0, 7, 0, 0x20_3000)).toBe(2);
    expect(pool.find(0, 0, 0, 0, 0x20_4000)).toBeUndefined();
  });
});
