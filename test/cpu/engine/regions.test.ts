/** Regions as a cache: bytes of modules stay below their ceiling, the oldest modules go first, and no state depends on it. */

import { describe, expect, it } from 'vitest';
import { type Program, World } from './world.ts';

const FUNCTIONS = 120;
const [COUNTER, ROUNDS] = [19, 6];

/** A loop that calls each of many functions through a table of branches. */
const PROGRAM: Program = {
  name: 'many functions',
  code: (a) => {
    const functions = Array.from({ length: FUNCTIONS }, () => a.label());
    const [round, end] = [a.label(), a.label()];
    a.mov(COUNTER, ROUNDS).place(round);
    for (const one of functions) a.bl(one);
    a.sub(COUNTER, COUNTER, 1).cbnz(COUNTER, round).b(end);
    for (const [n, one] of functions.entries()) {
      a.place(one);
      const again = a.label();
      a.mov(1, n + 1).place(again);
      a.addr(0, 0, 1).eorShifted(0, 0, 0, 1, 29).sub(1, 1, 1).cbnz(1, again).ret();
    }
    a.place(end);
  },
};

describe('regions', () => {
  /** Several times the size of a module. */
  const CEILING = 60_000;

  it('give way, the oldest first, when their modules reach the ceiling', () => {
    const expected = new World('interp', PROGRAM);
    expect(expected.run(1_000_000)).toBe('stuck');
    const world = new World('jit', PROGRAM);
    const { regions } = world.system.engine;
    regions.maxBytes = CEILING;
    const kept: number[] = [];
    while (world.run(1_000) === 'budget') kept.push(regions.liveBytes);
    expect(world.snapshot()).toEqual(expected.snapshot());
    expect(regions.compiledBytes).toBeGreaterThan(3 * CEILING);
    const full = kept.slice(kept.findIndex((bytes) => bytes >= CEILING));
    expect(Math.max(...full)).toBeLessThan(1.5 * CEILING);
    expect(Math.min(...full)).toBeGreaterThan(0.5 * CEILING);
  });
});
