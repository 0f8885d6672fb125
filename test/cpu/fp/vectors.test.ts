/** The library gives the results and flags that QEMU gave. */

import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { describeOutcome, runLibrary } from './cases.ts';
import { OPERATIONS } from './operations.ts';
import { decodeOutcomes, recordedCases, VECTORS_FILE } from './vectors.ts';

const cases = recordedCases();
const outcomes = decodeOutcomes(cases, brotliDecompressSync(readFileSync(VECTORS_FILE)));

describe('floating-point operations equal QEMU', () => {
  it.each(OPERATIONS.filter(({ assembly }) => assembly !== undefined))('$name', (operation) => {
    let seen = 0;
    cases.forEach((one, n) => {
      if (one.operation !== operation) return;
      seen++;
      const own = runLibrary(operation, one.input);
      expect(describeOutcome(operation, one.input, own)).toBe(describeOutcome(operation, one.input, outcomes[n]));
    });
    expect(seen).toBeGreaterThan(200);
  });
});
