/** The A64 instructions of el2 against the vectors recorded from QEMU. */

import { afterAll, describe, expect, it } from 'vitest';
import { A64_ROWS, FLOAT_ROWS, SIMD_ROWS } from '../../src/cpu/a64/rows.ts';
import { createEngine, undefinedChecker } from '../support/engine-adapter.ts';
import { cpuOf, loadDecodeSet, loadVectors, RECORDED_GROUPS } from './load.ts';
import { checkDecode, checkRow } from './run.ts';

/** Failures that a report shows; the first ones say enough. */
const SHOWN = 5;

/** A test is too short for `auto` to make regions; the extensions run there as well, with the features of `max`. */
const RUNS = RECORDED_GROUPS.flatMap((group) =>
  (['interp', 'jit', ...(group === 'extensions' ? (['auto'] as const) : [])] as const).map((mode) => ({ group, mode })),
);

describe.each(RUNS)('A64 vectors: $group, $mode', ({ group, mode }) => {
  const engine = createEngine(mode, cpuOf(group));
  afterAll(() => {
    expect(engine.system.engine.regions.compiled > 0).toBe(mode === 'jit');
  });
  it.each([...loadVectors(group)])('$name', (row) => {
    const reports = checkRow(engine, row);
    expect(reports.slice(0, SHOWN).join('\n')).toBe('');
  });
});

describe('A64 decoding', () => {
  it('finds UNDEFINED exactly what QEMU and the manual do', () => {
    const reports = checkDecode(undefinedChecker(), loadDecodeSet());
    expect(reports.slice(0, 40).join('\n')).toBe('');
  });

  it('has 200 vectors for every row that is implemented, besides those of floating point and SIMD', () => {
    const words = RECORDED_GROUPS.flatMap((group) =>
      [...loadVectors(group)].flatMap((row) => row.vectors.map((vector) => vector.words[vector.words.length - 1])),
    );
    const elsewhere = new Set([...FLOAT_ROWS, ...SIMD_ROWS]);
    const few = A64_ROWS.filter((row) => row.emit !== undefined && !elsewhere.has(row))
      .map(({ name, pattern: { mask, value } }) => ({
        name,
        count: words.filter((word) => (word & mask) >>> 0 === value).length,
      }))
      .filter(({ count }) => count < 200);
    expect(few).toEqual([]);
  });
});
