/** Loads and stores of SIMD&FP registers and of their lanes, in the byte order of the current EL. */

import { Q, type Slot, TV } from '../slots.ts';
import { checkAligned, LOADS, STORES } from './access.ts';
import type { A64Ir } from './ir.ts';
import { loadValue, storeValue } from './memory.ts';

/** log2 of the bytes of a Q register; below it B, H, S and D are 0 to 3. */
export const QUADWORD = 4;

/** The temporary that holds a vector as memory holds it; rows that load or store use those below it. */
const RAW = TV[3];

/** The check that SCTLR_ELx.A and Device memory ask for, of an access of 1 << `log2` bytes, up to 16. */
export function checkVectorAligned(ir: A64Ir, write: boolean, log2: number, base: Slot, offset: number): void {
  if (log2 < QUADWORD) checkAligned(ir, { log2, write }, base, offset);
  else if (ir.flags.checkAlignment) ir[write ? 'align_write16' : 'align_read16'](base, offset);
}

/** Loads 1 << `log2` bytes at base + offset and keeps them until `put` writes Vt, when nothing can fault any more. */
export interface Loaded {
  readonly put: (t: number) => void;
}

/** The value at base + offset, in a general temporary or, of 16 bytes, a vector temporary with that number. */
export function loadVector(ir: A64Ir, log2: number, temporary: 0 | 1, base: Slot, offset: number): Loaded {
  if (log2 < QUADWORD) {
    const value = ir.T(temporary);
    loadValue(ir, LOADS[log2], value, base, offset);
    return { put: (t) => ir.vfrom(Q[t], value) };
  }
  ir.ld128(TV[temporary], base, offset);
  return { put: (t) => ir[ir.flags.bigEndian ? 'vrev128_b' : 'vmov'](Q[t], TV[temporary]) };
}

/** The value at base + offset = the low bytes of Vt. */
export function storeVector(ir: A64Ir, log2: number, base: Slot, t: number, offset: number): void {
  if (log2 < QUADWORD) {
    ir.vextract(ir.T(0), Q[t], 0);
    storeValue(ir, STORES[log2], base, ir.T(0), offset);
    return;
  }
  if (ir.flags.bigEndian) ir.vrev128_b(RAW, Q[t]);
  ir.st128(base, ir.flags.bigEndian ? RAW : Q[t], offset);
}
