/** The property that a GIC goes on alike from its state, whatever has happened to it. */

import fc from 'fast-check';
import { expect } from 'vitest';
import type { Gic, GicPorts, GicState } from '../../../src/devices/gic/gic.ts';
import { random } from './random.ts';
import { seenPorts } from './seen-ports.ts';

interface Kind<G> {
  readonly make: (ports: GicPorts) => G;
  readonly fromState: (state: GicState, ports: GicPorts) => G;
  /** Random accesses. */
  readonly shake: (gic: G, steps: number, next: () => number) => void;
}

/** Checks it for a GIC of `cpus` CPUs. */
export function survivesCopies<G extends Gic>(cpus: number, { make, fromState, shake }: Kind<G>): void {
  fc.assert(
    fc.property(fc.nat(), fc.nat(400), (seed, steps) => {
      const before = seenPorts(cpus);
      const gic = make(before.ports);
      shake(gic, steps, random(seed));
      const state = gic.state();
      const after = seenPorts(cpus);
      const copy = fromState(JSON.parse(JSON.stringify(state)) as GicState, after.ports);
      const lines = ({ irq, fiq, virq, vfiq } = before.seen) => ({ irq, fiq, virq, vfiq });
      expect(copy.state()).toEqual(state);
      expect(lines(after.seen)).toEqual(lines());
      shake(gic, 50, random(seed + 1));
      shake(copy, 50, random(seed + 1));
      expect(copy.state()).toEqual(gic.state());
      expect(lines(after.seen)).toEqual(lines());
    }),
    { numRuns: 50 },
  );
}
