/** Every floating-point instruction makes of a state what QEMU made of it, in the interpreter and in regions. */

import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FLOAT_ROWS } from '../../../src/cpu/a64/rows.ts';
import { FloatMachine } from './machine.ts';
import { describeState, viewOf, WORD } from './state.ts';
import { decodeOutcomes, recordedCases, VECTORS_FILE } from './vectors.ts';

const cases = recordedCases();
const outcomes = decodeOutcomes(cases, brotliDecompressSync(readFileSync(VECTORS_FILE)));

describe.each(['interp', 'jit'] as const)('floating-point instructions equal QEMU with --engine=%s', (mode) => {
  const machine = new FloatMachine(mode);

  it.each(FLOAT_ROWS)('$name', ({ pattern }) => {
    let seen = 0;
    cases.forEach((state, n) => {
      const word = viewOf(state).getUint32(WORD, true);
      if ((word & pattern.mask) >>> 0 !== pattern.value) return;
      seen++;
      const own = machine.run(state);
      if (Buffer.compare(own, outcomes[n]) === 0) return;
      const before = describeState(state);
      expect({ before, after: describeState(own) }).toEqual({ before, after: describeState(outcomes[n]) });
    });
    expect(seen).toBeGreaterThanOrEqual(200);
  });
});
