/** Interpreter and region compiler against each other: every program ends in the same state, however a run is split. */

import { describe, expect, it } from 'vitest';
import type { EngineMode } from '../../../src/cpu/engine/engine.ts';
import { PROGRAMS } from './programs.ts';
import { World } from './world.ts';

const LIMIT = 100_000;

describe.each(PROGRAMS)('$name', (program) => {
  const whole = (mode: EngineMode) => {
    const world = new World(mode, program);
    expect(world.run(LIMIT)).toBe('stuck');
    return world;
  };
  const expected = whole('interp');

  it('ends the same way in regions', () => {
    const jit = whole('jit');
    expect(jit.system.engine.regions.compiled > 0).toBe(program.neverHot !== true);
    expect(jit.snapshot()).toEqual(expected.snapshot());
    const auto = whole('auto');
    expect(auto.snapshot()).toEqual(expected.snapshot());
  });

  it.each([
    ['interp', [1, 2, 5, 11]],
    ['jit', [1, 3, 7, 64, 997]],
  ] as const)('ends the same way when runs are split, %s', (mode, pieces) => {
    const total = expected.system.instructions;
    for (const piece of pieces) {
      const world = new World(mode, program);
      while (world.run(piece) === 'budget') expect(world.system.instructions).toBeLessThanOrEqual(total);
      expect(world.snapshot()).toEqual(expected.snapshot());
    }
  });
});

describe('the interpreter', () => {
  it.each(PROGRAMS.filter(({ result }) => result !== undefined))('is right about: $name', (program) => {
    const world = new World('interp', program);
    world.run(LIMIT);
    expect(world.x(0)).toBe(program.result);
  });
});
