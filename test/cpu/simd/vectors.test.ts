/** Every SIMD instruction leaves what QEMU left, in the interpreter and in regions. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SIMD_ROWS } from '../../../src/cpu/a64/rows.ts';
import { createSimdMachine } from '../../support/simd-machine.ts';
import { decodeDigests, digests, drawCases, VECTORS, VECTORS_FILE } from './vectors.ts';

/** Cases of each row that complete, at least: neither UNDEFINED nor faults. */
const COMPLETED = 64;
const recorded = decodeDigests(readFileSync(VECTORS_FILE));

describe.each(['interp', 'jit'] as const)('SIMD instructions equal QEMU with --engine=%s', (mode) => {
  const machine = createSimdMachine(mode);

  it.each(SIMD_ROWS)('$name', (row) => {
    const outcomes = drawCases(row, VECTORS).map((test) => machine.run(test));
    expect(outcomes.filter(({ end }) => end === 'done').length).toBeGreaterThanOrEqual(COMPLETED);
    expect(digests(outcomes)).toEqual(recorded.get(row.name));
  });
});
