/** What the slow path reads from and writes to linear memory, and how ACCESS_DATA takes a value that was read. */

import { ACCESS_SIGNED, ACCESS_SIGNED32, SIZE_MASK } from '../ir/access.ts';
import { ACCESS_DATA } from '../slots.ts';
import type { CpuState } from '../state.ts';

/** Bits 31 to 0 of the mask of `size` bytes. */
export const lowMask = (size: number): number => (size >= 4 ? 0xffff_ffff : (1 << (size * 8)) - 1);

/** ACCESS_DATA = the two halves read, of which the bytes above the size of the access do not count, extended as it says. */
export function deliver(state: CpuState, access: number, hi: number, lo: number): void {
  const size = access & SIZE_MASK;
  if (size === 8) return state.set64(ACCESS_DATA, hi, lo);
  const isSigned = (access & (ACCESS_SIGNED | ACCESS_SIGNED32)) !== 0;
  const unused = 32 - size * 8;
  const low = isSigned ? (lo << unused) >> unused : lo & lowMask(size);
  state.set64(ACCESS_DATA, (access & ACCESS_SIGNED) !== 0 ? low >> 31 : 0, low);
}

/** Performs a naturally aligned load at an offset in linear memory. */
export function loadAligned(state: CpuState, access: number, at: number): void {
  const { u32 } = state.memory;
  const word = at >>> 2;
  deliver(state, access, u32[word + 1], u32[word] >>> ((at & 3) * 8));
}

/** Performs a naturally aligned store of ACCESS_DATA at an offset in linear memory. */
export function storeAligned(state: CpuState, size: number, at: number): void {
  const { u8, u16, u32 } = state.memory;
  const lo = state.lo(ACCESS_DATA);
  if (size === 1) u8[at] = lo;
  else if (size === 2) u16[at >>> 1] = lo;
  else u32[at >>> 2] = lo;
  if (size === 8) u32[(at >>> 2) + 1] = state.hi(ACCESS_DATA);
}
