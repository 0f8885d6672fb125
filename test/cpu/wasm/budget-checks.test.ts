/** Between two looks at the budget no more runs than the first one asked for. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { budgetChecks } from '../../../src/cpu/wasm/budget-checks.ts';
import { structureOf } from '../../../src/cpu/wasm/structure.ts';

const MOST = 128;
const NODES = 12;
const node = fc.nat(NODES - 1);

it('holds on every way through random graphs', () => {
  const graph = fc.array(fc.array(node, { maxLength: 2 }), { minLength: NODES, maxLength: NODES });
  const sizes = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: NODES, maxLength: NODES });
  fc.assert(
    fc.property(graph, sizes, fc.array(node, { maxLength: 2 }), fc.array(node), (successors, size, entered, way) => {
      const reached = structureOf(successors);
      const entries = entered.filter((entry) => reached.order[entry] > 0);
      const structure = structureOf(successors, entries);
      const checks = budgetChecks(size, successors, structure, entries);
      for (const at of [0, ...entries]) expect(checks[at]).toBeGreaterThanOrEqual(size[at]);
      let left = 0;
      for (let at = 0, step = 0; step < 60; step++) {
        left = checks[at] ?? left;
        expect(left).toBeLessThanOrEqual(MOST);
        left -= size[at];
        expect(left).toBeGreaterThanOrEqual(0);
        const next = successors[at].filter((to) => !structure.cuts[at].has(to));
        if (next.length === 0) break;
        at = next[(way[step % (way.length || 1)] ?? 0) % next.length];
      }
    }),
  );
});
