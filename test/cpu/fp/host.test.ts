/** Arithmetic equals the host's, which is IEEE 754 in round to nearest, on many random operands. */

import { describe, expect, it } from 'vitest';
import { add, subtract } from '../../../src/cpu/fp/add.ts';
import { divide } from '../../../src/cpu/fp/divide.ts';
import { F32, F64, type Format } from '../../../src/cpu/fp/format.ts';
import { multiply } from '../../../src/cpu/fp/multiply.ts';
import { squareRoot } from '../../../src/cpu/fp/square-root.ts';
import { FpUnit, IXC, OFC } from '../../../src/cpu/fp/unit.ts';
import { Prng } from '../../vectors/prng.ts';

const RUNS = 100_000;
const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);
const single = new Float32Array(words.buffer);
const fp = new FpUnit();

const operations: readonly (readonly [string, typeof add, (a: number, b: number) => number])[] = [
  ['add', add, (a, b) => a + b],
  ['subtract', subtract, (a, b) => a - b],
  ['multiply', multiply, (a, b) => a * b],
  ['divide', divide, (a, b) => a / b],
  ['squareRoot', (unit, format, hi, lo) => squareRoot(unit, format, hi, lo), (a) => Math.sqrt(a)],
];

function toNumber(format: Format, hi: number, lo: number): number {
  words[0] = lo;
  words[1] = hi;
  return format === F64 ? double[0] : single[0];
}

/** The first operands on which library and host differ. Half of the pairs are close in exponent. */
function firstDifference(format: Format, run: typeof add, host: (a: number, b: number) => number): string | undefined {
  const prng = new Prng(0xf10a7);
  const exponentBits = format === F64 ? 0x7ff0_0000 : 0x7f80_0000;
  for (let n = 0; n < RUNS; n++) {
    const aTop = prng.u32();
    const drawn = prng.u32();
    const bTop = prng.chance(50) ? drawn : (drawn & ~exponentBits) | ((aTop ^ (1 << prng.below(26))) & exponentBits);
    const aHi = format === F64 ? aTop : 0;
    const aLo = format === F64 ? prng.u32() : aTop;
    const bHi = format === F64 ? bTop >>> 0 : 0;
    const bLo = format === F64 ? prng.u32() : bTop >>> 0;
    const a = toNumber(format, aHi, aLo);
    const b = toNumber(format, bHi, bLo);
    run(fp, format, aHi, aLo, bHi, bLo);
    const exact = host(a, b);
    const own = toNumber(format, fp.hi, fp.lo);
    if (!Object.is(own, format === F64 ? exact : Math.fround(exact))) return `${a} and ${b}: ${own}, not ${exact}`;
  }
  return undefined;
}

describe('floating-point arithmetic equals the host', () => {
  it.each(operations)('%s in double precision', (_, run, host) => {
    expect(firstDifference(F64, run, host)).toBeUndefined();
  });
  it.each(operations)('%s in single precision', (_, run, host) => {
    expect(firstDifference(F32, run, host)).toBeUndefined();
  });
  // Found by Hensel lifting: q * q + 7, 15, 23 or 31 is the radicand, q an odd integer of 54 bits.
  it.each([0x4005b95344972fe2n, 0x3ffd407bb3641da5n, 0x3ff2b035c1197f48n, 0x4004eb5f85e783a9n, 0x3ffba44c2a0737a2n])(
    'the square root of %d is just above a tie',
    (bits) => {
      const hi = Number(bits >> 32n);
      const lo = Number(bits & 0xffff_ffffn);
      const root = Math.sqrt(toNumber(F64, hi, lo));
      squareRoot(fp, F64, hi, lo);
      expect(toNumber(F64, fp.hi, fp.lo)).toBe(root);
    },
  );
  it('accumulates flags', () => {
    fp.fpsr = 0;
    divide(fp, F64, 0x3ff0_0000, 0, 0x4008_0000, 0);
    multiply(fp, F32, 0, 0x7f00_0000, 0, 0x7f00_0000);
    add(fp, F32, 0, 0, 0, 0);
    expect(fp.fpsr).toBe(IXC | OFC);
  });
});
