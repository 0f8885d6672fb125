/** Soft TLBs as arrays: what they hold, forget and watch, and that they grow. */

import { describe, expect, it } from 'vitest';
import { HostMemory } from '../../../src/arch/host-memory.ts';
import { SoftTlbArray } from '../../../src/cpu/engine/soft-tlb-array.ts';
import {
  SOFT_TLB_ADDEND,
  SOFT_TLB_ENTRIES,
  SOFT_TLB_ENTRY_SHIFT,
  SOFT_TLB_EXECUTE,
  SOFT_TLB_MAX_ENTRIES,
  SOFT_TLB_READ,
  SOFT_TLB_WRITE,
  softTlbMask,
} from '../../../src/cpu/soft-tlb.ts';

const memory = new HostMemory();
const VA_HI = 0xffff_8000;
const FRAME = 0x10_0000;

function make(): SoftTlbArray {
  const array = new SoftTlbArray(memory);
  array.clear();
  return array;
}

/** Which accesses to a page take the fast path, and the frame that they reach. */
function held(
  array: SoftTlbArray,
  vaLo: number,
): { readable: boolean; writable: boolean; executable: boolean; frame: number } {
  const at = array.at + ((vaLo >>> (12 - SOFT_TLB_ENTRY_SHIFT)) & array.mask);
  const tag = (BigInt(VA_HI) << 20n) | BigInt(vaLo >>> 12);
  const view = new DataView(memory.memory.buffer, at);
  return {
    readable: view.getBigUint64(SOFT_TLB_READ, true) === tag,
    writable: view.getBigUint64(SOFT_TLB_WRITE, true) === tag,
    executable: view.getBigUint64(SOFT_TLB_EXECUTE, true) === tag,
    frame: (view.getUint32(SOFT_TLB_ADDEND, true) + vaLo) >>> 0,
  };
}
const isHeld = (array: SoftTlbArray, vaLo: number): boolean => held(array, vaLo).readable;

describe('a soft TLB', () => {
  it('holds a page with its rights and its frame', () => {
    const array = make();
    array.enter(VA_HI, 0x9234_5000, FRAME, true, false);
    expect(held(array, 0x9234_5000)).toEqual({ readable: true, writable: false, executable: false, frame: FRAME });
    array.enter(VA_HI, 0x9234_5000, FRAME, false, true);
    expect(held(array, 0x9234_5000)).toEqual({ readable: false, writable: true, executable: false, frame: FRAME });
  });

  it('holds code and data of a page together, and neither after the page has moved', () => {
    const array = make();
    array.enterCode(VA_HI, 0x1000, FRAME);
    expect(held(array, 0x1000)).toEqual({ readable: false, writable: false, executable: true, frame: FRAME });
    array.enter(VA_HI, 0x1000, FRAME, true, true);
    expect(held(array, 0x1000)).toEqual({ readable: true, writable: true, executable: true, frame: FRAME });
    array.enterCode(VA_HI, 0x1000, FRAME + 0x1000);
    expect(held(array, 0x1000)).toEqual({
      readable: false,
      writable: false,
      executable: true,
      frame: FRAME + 0x1000,
    });
    array.enter(VA_HI, 0x1000, FRAME, true, false);
    expect(held(array, 0x1000).executable).toBe(false);
  });

  it('holds the page of a device for no fast access, until another page or RAM takes its place', () => {
    const array = make();
    array.enterDevice(VA_HI, 0x9234_5000, 7, true, false);
    expect(held(array, 0x9234_5000)).toMatchObject({ readable: false, writable: false, executable: false });
    expect(array.deviceAt(VA_HI, 0x9234_5678, false)).toBe(7);
    expect(array.deviceAt(VA_HI, 0x9234_5678, true)).toBe(0);
    expect(array.deviceAt(VA_HI ^ 1, 0x9234_5678, false)).toBe(0);
    array.enter(VA_HI, 0x9234_5000, FRAME, true, true);
    expect(array.deviceAt(VA_HI, 0x9234_5000, false)).toBe(0);
    expect(isHeld(array, 0x9234_5000)).toBe(true);
    array.enterDevice(VA_HI, 0x9234_5000, 7, true, true);
    expect(isHeld(array, 0x9234_5000)).toBe(false);
    array.forget(0x9220_0000, 21);
    expect(array.deviceAt(VA_HI, 0x9234_5000, true)).toBe(0);
  });

  it('forgets code', () => {
    const array = make();
    for (const page of [0x1000, 0x2000]) array.enterCode(VA_HI, page, FRAME);
    array.forgetPage(0x1000);
    expect([0x1000, 0x2000].map((page) => held(array, page).executable)).toEqual([false, true]);
    array.forget(0, 21);
    expect(held(array, 0x2000).executable).toBe(false);
  });

  it('forgets a page, and the pages of a larger range, and no others', () => {
    const array = make();
    const pages = [0x0020_0000, 0x0020_1000, 0x003f_f000, 0x0040_0000 + 0x2000];
    for (const page of pages) array.enter(VA_HI, page, FRAME, true, true);
    array.forgetPage(0x0020_1000);
    expect(pages.map((page) => isHeld(array, page))).toEqual([true, false, true, true]);
    array.forget(0x0020_0000, 21);
    expect(pages.map((page) => isHeld(array, page))).toEqual([false, false, false, true]);
  });

  it('sends stores to a watched frame the slow way', () => {
    const array = make();
    array.enter(VA_HI, 0x1000, FRAME, true, true);
    array.enter(VA_HI, 0x2000, FRAME + 0x1000, true, true);
    array.watch(FRAME);
    expect(held(array, 0x1000)).toEqual({ readable: true, writable: false, executable: false, frame: FRAME });
    expect(held(array, 0x2000).writable).toBe(true);
  });

  it('forgets the data of a frame, and no other', () => {
    const array = make();
    array.enter(VA_HI, 0x1000, FRAME, true, true);
    array.enter(VA_HI, 0x2000, FRAME + 0x1000, true, true);
    array.forgetFrame(FRAME);
    expect(held(array, 0x1000)).toEqual({ readable: false, writable: false, executable: false, frame: FRAME });
    expect(isHeld(array, 0x2000)).toBe(true);
  });

  it('doubles where linear memory has to grow for it', () => {
    const array = make();
    const room = (): number => memory.memory.buffer.byteLength - memory.used;
    for (let i = 0; i <= SOFT_TLB_ENTRIES; i++) {
      if (i === SOFT_TLB_ENTRIES) memory.alloc(room() - 16);
      array.enter(VA_HI, i % 2 === 0 ? 0x1000 : 0x1000 + (SOFT_TLB_ENTRIES << 12), FRAME, true, true);
    }
    expect(array.mask).toBe(softTlbMask(2 * SOFT_TLB_ENTRIES));
    expect(held(array, 0x1000)).toEqual({ readable: true, writable: true, executable: false, frame: FRAME });
  });

  it('doubles once as many pages were displaced as it has room for, up to a limit', () => {
    const array = make();
    const masks = new Set<number>();
    let moves = 0;
    for (let i = 0; i < 40 * SOFT_TLB_MAX_ENTRIES; i++) {
      const page = (i % (2 * SOFT_TLB_MAX_ENTRIES)) * 0x1000;
      if (array.enter(VA_HI, page, FRAME, true, true)) moves++;
      masks.add(array.mask);
      if (i % 9999 === 0) expect(isHeld(array, page)).toBe(true);
    }
    const sizes = [1, 2, 4, 8, 16].map((times) => times * SOFT_TLB_ENTRIES);
    expect([...masks]).toEqual(sizes.map(softTlbMask));
    expect(moves).toBe(sizes.length - 1);
  });
});
