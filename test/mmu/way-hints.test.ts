/** Hints of ways: none that matches is missed, and a way without an entry never matches. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { equalBytes, FREE, hintOf, repeated, UNUSED } from '../../src/mmu/way-hints.ts';

const hint = fc.oneof(fc.integer(), fc.integer({ min: 0, max: 3 })).map((hash) => hintOf(hash));
const byte = fc.oneof(hint, fc.constantFrom(FREE, UNUSED));

/** Ways that a comparison of four hints with one marks. */
function marked(bytes: readonly number[], wanted: number): number[] {
  const word = new Int32Array(Uint8Array.from(bytes).buffer)[0];
  const found = equalBytes(word, repeated(wanted));
  return bytes.map((_, way) => way).filter((way) => ((found >>> (8 * way)) & 0xff) === 0x80);
}

it('marks every way with the hint, the lowest one rightly, and none without an entry', () => {
  fc.assert(
    fc.property(fc.array(byte, { minLength: 4, maxLength: 4 }), fc.nat(3), hint, (bytes, from, other) => {
      for (const wanted of [bytes[from], other, FREE]) {
        const equal = bytes.flatMap((b, way) => (b === wanted ? [way] : []));
        const ways = marked(bytes, wanted);
        expect(ways).toEqual(expect.arrayContaining(equal));
        expect(ways[0]).toBe(equal[0]);
        if (wanted === FREE || wanted === UNUSED) continue;
        for (const way of ways) expect([FREE, UNUSED]).not.toContain(bytes[way]);
      }
    }),
    { numRuns: 2000 },
  );
});
