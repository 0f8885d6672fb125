/** The distributor and the CPU interfaces against the slow model, over random registers, lines and acknowledgements. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INTIDS, OPERATIONS, Pair } from './pair.ts';

const operation = fc.record({
  kind: fc.constantFrom(...OPERATIONS),
  cpu: fc.nat(7),
  intid: fc.constantFrom(...INTIDS),
  value: fc.nat(0x3ff),
});

describe.each([1, 3])('a GICv2 of %i CPUs', (cpus) => {
  it('signals, acknowledges and ends as the model does', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200, size: 'max' }), (operations) => {
        const pair = new Pair(cpus);
        for (const each of operations) {
          const answers = pair.run({ ...each, cpu: each.cpu % cpus });
          expect([each.kind, ...answers.gic]).toEqual([each.kind, ...answers.model]);
          const { gic, model } = pair.observe();
          expect(gic.join()).toBe(model.join());
        }
      }),
      { numRuns: 150, seed: 42 },
    );
  });
});
