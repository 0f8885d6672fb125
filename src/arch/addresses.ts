/** Branded address types: a virtual, an intermediate physical and a physical address never mix. */

declare const space: unique symbol;

/** Virtual address, 64 bits, as translated by stage 1 (hot paths carry it as two uint32: `vaHi`, `vaLo`). */
export type Va = bigint & { readonly [space]: 'VA' };
/** Intermediate physical address: output of stage 1, input of stage 2; at most 52 bits, exact in a number. */
export type Ipa = number & { readonly [space]: 'IPA' };
/** Physical address: output of the last enabled stage; at most 52 bits, exact in a number. */
export type Pa = number & { readonly [space]: 'PA' };

const MAX_PHYSICAL = 2 ** 52 - 1;

function checked(value: number, what: string): number {
  if (!Number.isInteger(value) || value < 0 || value > MAX_PHYSICAL) {
    throw new RangeError(`${what} ${value} is not an address of at most 52 bits`);
  }
  return value;
}

/** Names a number as a VA; bits above 63 are dropped. */
export const va = (value: bigint | number): Va => BigInt.asUintN(64, BigInt(value)) as Va;
/** Names a number as an IPA. Throws RangeError unless it is an integer of at most 52 bits. */
export const ipa = (value: number): Ipa => checked(value, 'IPA') as Ipa;
/** Names a number as a PA. Throws RangeError unless it is an integer of at most 52 bits. */
export const pa = (value: number): Pa => checked(value, 'PA') as Pa;

/** Joins two uint32 or int32 halves into a VA. */
export const vaOf = (hi: number, lo: number): Va => ((BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)) as Va;
/** The physical-size number `hi * 2^32 + lo`; hi must be below 2^20. */
export const joined = (hi: number, lo: number): number => (hi >>> 0) * 0x1_0000_0000 + (lo >>> 0);

/** `0x` and at least `digits` lower-case hexadecimal digits. */
export function hex(value: number | bigint, digits = 1): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
/** The 64-bit hexadecimal text of two uint32 halves, 16 digits. */
export function hex64(hi: number, lo: number): string {
  return `0x${(hi >>> 0).toString(16).padStart(8, '0')}${(lo >>> 0).toString(16).padStart(8, '0')}`;
}
