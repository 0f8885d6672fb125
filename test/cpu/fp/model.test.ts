/** The library gives the results and flags of the manual's pseudocode, for every operation. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeOutcome, makeCase, runLibrary, runModel } from './cases.ts';
import { OPERATIONS } from './operations.ts';

const RUNS = 600;

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const choice = fc.integer({ min: 0, max: 0xffff });
const choices = fc.record({
  sign: fc.integer({ min: 0, max: 1 }),
  exponent: choice,
  fraction: choice,
  hi: uint32,
  lo: uint32,
});
const control = fc.integer({ min: 0, max: 31 });

describe('floating-point operations equal the model of the pseudocode', () => {
  it.each(OPERATIONS)('$name', (operation) => {
    fc.assert(
      fc.property(control, fc.tuple(choices, choices, choices), (bits, drawn) => {
        const one = makeCase(operation, bits, drawn);
        const expected = describeOutcome(operation, one, runModel(operation, one));
        expect(describeOutcome(operation, one, runLibrary(operation, one))).toBe(expected);
      }),
      { numRuns: RUNS },
    );
  });
});
