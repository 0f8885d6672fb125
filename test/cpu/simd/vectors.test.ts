/** Every SIMD instruction leaves what QEMU left, in the interpreter and in regions. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SIMD_ROWS } from '../../../src/cpu/a64/rows.ts';
import { createSimdMachine } from '../../support/simd-machine.ts';
import { decodeDigests, digests, drawCases, VECTORS, VECTORS_FILE } from './vectors.ts';

/** Cases of each row that complete, at least: neither UNDEFINED nor faults. */
const COMPLETED = 64;
const recorded = decodeDigests(readFileSync(VECTORS_FILE));

describe('SIMD instructions equal QEMU', () => {
  const machines = (['interp', 'jit'] as const).map((mode) => ({ mode, machine: createSimdMachine(mode) }));

  it.each(SIMD_ROWS)('$name', (row) => {
    const cases = drawCases(row, VECTORS);
    for (const { mode, machine } of machines) {
      const outcomes = machine.run(cases);
      expect(outcomes.filter(({ end }) => end === 'done').length).toBeGreaterThanOrEqual(COMPLETED);
      expect({ mode, left: digests(outcomes) }).toEqual({ mode, left: recorded.get(row.name) });
    }
  });
});
