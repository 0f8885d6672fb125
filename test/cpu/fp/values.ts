/** Operands worth trying, composed from a few small choices, so that a generator of any kind can make them. */

import type { Prng } from '../../vectors/prng.ts';
import type { Width } from './model.ts';

/** What `compose` chooses by: a generator gives each any uint32. */
export interface Choices {
  readonly sign: number;
  readonly exponent: number;
  readonly fraction: number;
  /** Random bits. */
  readonly hi: number;
  readonly lo: number;
}

/** Choices of the vectors, which are always the same. */
export const drawChoices = (prng: Prng): Choices => ({
  sign: prng.u32() >>> 31,
  exponent: prng.below(0x1_0000),
  fraction: prng.below(0x1_0000),
  hi: prng.u32(),
  lo: prng.u32(),
});

const LAYOUT: Record<Width, readonly [E: number, F: number]> = { 16: [5, 10], 32: [8, 23], 64: [11, 52] };

/** Exponent fields where something changes: zeros and denormals, the integers' sizes, halves, infinities and NaNs. */
function exponentField(N: Width, { exponent, hi }: Choices): number {
  const [E, F] = LAYOUT[N];
  const mask = 2 ** E - 1;
  const bias = mask >> 1;
  // biome-ignore format: one table
  const fields = [
    0, 0, 0, 1, 1, 2, mask, mask, mask, mask - 1, mask - 1, mask - 2, bias, bias, bias, bias + 1, bias - 1, bias - 2,
    bias + F, bias + F + 1, bias + F - 1, bias - F - 1, bias + 7, bias + 8, bias + 15, bias + 16, bias + 30, bias + 31,
    bias + 32, bias + 62, bias + 63, bias + 64, bias - 14, bias - 15, bias - 24, bias - 25, bias - 126, bias - 127,
    bias - 149, bias - 150, bias + 127, bias + 128, bias >> 1, (bias >> 1) + 1, bias + (bias >> 1), F, F + 1,
    hi & mask, hi & mask, bias + (hi & 7) - 4, bias + (hi & 7) - 4, bias + (hi & 63) - 32,
  ];
  return Math.max(0, Math.min(mask, fields[exponent % fields.length]));
}

/** Fractions where rounding and NaN kinds change: all zeros or ones, one bit, halves of a narrower format, any. */
function fractionField(F: bigint, { fraction, hi, lo }: Choices): bigint {
  const mask = (1n << F) - 1n;
  const random = ((BigInt(hi) << 32n) | BigInt(lo)) & mask;
  const top = 1n << (F - 1n);
  const bit = 1n << (BigInt(lo >>> 3) % F);
  const upper = mask & ~(mask >> (F / 2n));
  // biome-ignore format: one table
  const fractions = [
    0n, 0n, 0n, 1n, 2n, 3n, mask, mask - 1n, mask - 2n, top, top | 1n, top - 1n, top | (top >> 1n), top >> 1n,
    bit, top | bit, mask ^ bit, (bit - 1n) & mask, mask & ~(bit - 1n), bit | (bit >> 1n),
    random & upper, (random & upper) | (top >> (F / 2n)), random & (random >> 1n), random, random, random,
  ];
  return fractions[fraction % fractions.length];
}

/** The bits of a floating-point operand. */
export function composeFloat(N: Width, choices: Choices): bigint {
  const [, F] = LAYOUT[N];
  const exponent = BigInt(exponentField(N, choices)) << BigInt(F);
  return (BigInt(choices.sign & 1) << BigInt(N - 1)) | exponent | fractionField(BigInt(F), choices);
}

/** The bits of an integer operand: near powers of two, all ones, few bits set, any. */
export function composeInteger(width: 32 | 64, { sign, exponent, fraction, hi, lo }: Choices): bigint {
  const random = (BigInt(hi) << 32n) | BigInt(lo);
  const shift = BigInt(exponent % width);
  const power = 1n << shift;
  const picks = [0n, power, power - 1n, power + 1n, power | (power >> 24n), power | (power >> 53n), random >> shift];
  const magnitude = picks[fraction % picks.length];
  return BigInt.asUintN(width, (sign & 1) === 1 ? -magnitude : magnitude);
}
