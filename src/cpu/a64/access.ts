/** One access of an A64 load or store: the IR op for its size, and the checks before it. */

import type { Slot } from '../slots.ts';
import type { A64Ir } from './ir.ts';
import { loadValue, storeValue } from './memory.ts';

/** IR ops by the log2 of the bytes of an access. */
export const LOADS = ['ld8', 'ld16', 'ld32', 'ld64'] as const;
export const STORES = ['st8', 'st16', 'st32', 'st64'] as const;
const ALIGN_READ = [undefined, 'align_read2', 'align_read4', 'align_read8'] as const;
const ALIGN_WRITE = [undefined, 'align_write2', 'align_write4', 'align_write8'] as const;

/** Accesses whose size is in their name: mnemonic suffix, size field, log2 of the bytes without `x`. */
export const SIZES = [
  { suffix: 'B', size: '00', log2: 0 },
  { suffix: 'H', size: '01', log2: 1 },
  { suffix: '', size: '1 x:1', log2: 2 },
] as const;

/** What a load or store does with one register. */
export type Transfer =
  | {
      readonly write: false;
      readonly log2: number;
      readonly op: (typeof LOADS)[number] | 'ld8s' | 'ld16s' | 'ld32s' | 'ld8s32' | 'ld16s32';
    }
  | { readonly write: true; readonly log2: number; readonly op: (typeof STORES)[number] };

/** Fields of a load or store; `x` is the bit of size or opc that picks one of two widths, where there are two. */
export type Operands<F extends string = never> = Readonly<Record<F | 'Rn' | 'Rt', number>> & { readonly x?: number };

/** Alignment fault unless base + offset is a multiple of the access: exclusives, acquire and release. */
export function requireAligned(
  ir: A64Ir,
  { log2, write }: Pick<Transfer, 'log2' | 'write'>,
  base: Slot,
  offset = 0,
): void {
  const op = (write ? ALIGN_WRITE : ALIGN_READ)[log2];
  if (op !== undefined) ir[op](base, offset);
}

/** The alignment check of ordinary accesses, which SCTLR_ELx.A and Device memory ask for. */
export function checkAligned(ir: A64Ir, transfer: Pick<Transfer, 'log2' | 'write'>, base: Slot, offset = 0): void {
  if (ir.flags.checkAlignment) requireAligned(ir, transfer, base, offset);
}

/** An ordinary access of register t at base + offset. The base has been checked. */
export function access(ir: A64Ir, transfer: Transfer, base: Slot, offset: number, t: number): void {
  checkAligned(ir, transfer, base, offset);
  if (transfer.write) storeValue(ir, transfer.op, base, ir.X(t), offset);
  else loadValue(ir, transfer.op, ir.Xd(t), base, offset);
}

/** The same with the permissions of EL0, as LDTR and STTR may have at EL1 and EL2; at EL0 they are ordinary. */
export function unprivilegedAccess(ir: A64Ir, transfer: Transfer, base: Slot, offset: number, t: number): void {
  if (ir.flags.el === 0) {
    access(ir, transfer, base, offset, t);
    return;
  }
  checkAligned(ir, transfer, base, offset);
  if (transfer.write) storeValue(ir, transfer.op, base, ir.X(t), offset, '_unpriv');
  else loadValue(ir, transfer.op, ir.Xd(t), base, offset, '_unpriv');
}
