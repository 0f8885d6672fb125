/** Loads and stores of one register in the byte order of the current EL (DDI 0487, `BigEndian`). */

import type { Slot } from '../slots.ts';
import type { A64Ir } from './ir.ts';

type Reverse = 'rev16_32' | 'rev32_32' | 'rev64';

/** What a load in big-endian order is made of: the plain load, the reversal of its bytes, what extends the result. */
interface BigLoad {
  readonly raw: 'ld16' | 'ld32' | 'ld64';
  readonly reverse: Reverse;
  readonly extend: readonly ('sext16' | 'sext32' | 'mov32')[];
}

/** Bytes have no order. */
const BIG_LOADS = {
  ld8: undefined,
  ld8s: undefined,
  ld8s32: undefined,
  ld16: { raw: 'ld16', reverse: 'rev16_32', extend: [] },
  ld16s: { raw: 'ld16', reverse: 'rev16_32', extend: ['sext16'] },
  ld16s32: { raw: 'ld16', reverse: 'rev16_32', extend: ['sext16', 'mov32'] },
  ld32: { raw: 'ld32', reverse: 'rev32_32', extend: [] },
  ld32s: { raw: 'ld32', reverse: 'rev32_32', extend: ['sext32'] },
  ld64: { raw: 'ld64', reverse: 'rev64', extend: [] },
} as const satisfies Record<string, BigLoad | undefined>;
const BIG_STORES = { st8: undefined, st16: 'rev16_32', st32: 'rev32_32', st64: 'rev64' } as const;

export type LoadOp = keyof typeof BIG_LOADS;
export type StoreOp = keyof typeof BIG_STORES;

/** The temporary that holds what memory holds; rows use those below it. */
const RAW = 7;

/** `to` = the value at base + offset, written by the op that can fault or after it; `_unpriv`: read as EL0 would. */
export function loadValue(
  ir: A64Ir,
  op: LoadOp,
  to: Slot,
  base: Slot,
  offset: number,
  suffix: '' | '_unpriv' = '',
): void {
  const big: BigLoad | undefined = ir.flags.bigEndian ? BIG_LOADS[op] : undefined;
  if (big === undefined) return ir[`${op}${suffix}`](to, base, offset);
  const raw = ir.T(RAW);
  ir[`${big.raw}${suffix}`](raw, base, offset);
  ir[big.reverse](raw, raw);
  for (const extend of big.extend) ir[extend](raw, raw);
  ir.mov64(to, raw);
}

/** The slot whose low bytes a store puts into memory for `value`. */
export function stored(ir: A64Ir, op: StoreOp, value: Slot): Slot {
  const reverse = ir.flags.bigEndian ? BIG_STORES[op] : undefined;
  if (reverse === undefined) return value;
  const raw = ir.T(RAW);
  ir[reverse](raw, value);
  return raw;
}

/** The value at base + offset = `value`. */
export function storeValue(
  ir: A64Ir,
  op: StoreOp,
  base: Slot,
  value: Slot,
  offset: number,
  suffix: '' | '_unpriv' = '',
): void {
  ir[`${op}${suffix}`](base, stored(ir, op, value), offset);
}
