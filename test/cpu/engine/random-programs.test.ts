/** Random programs in every engine, in one run and in many, with interrupts that come between runs. */

import { describe, expect, it } from 'vitest';
import type { EngineMode } from '../../../src/cpu/engine/engine.ts';
import { fuzzSeeds } from '../../support/fuzz-seeds.ts';
import { Prng } from '../../vectors/prng.ts';
import { randomProgram } from './random-programs.ts';
import { World } from './world.ts';

const LIMIT = 4000;
const SEEDS = fuzzSeeds(150);

function inOneRun(mode: EngineMode, seed: number): unknown {
  const world = new World(mode, randomProgram(seed));
  const end = world.run(LIMIT);
  return [end, world.snapshot()];
}

/** Runs of random budgets; the interrupt line is set anew between them, whether masked or not. */
function interrupted(mode: EngineMode, seed: number): unknown {
  const world = new World(mode, randomProgram(seed));
  const prng = new Prng(~seed);
  while (world.system.instructions < LIMIT) {
    const end = world.run(Math.min(1 + prng.below(60), LIMIT - world.system.instructions));
    world.cpu.irqLine = prng.chance(20);
    if (end === 'stuck' && !world.cpu.irqLine) break;
  }
  return world.snapshot();
}

describe('random programs', () => {
  it.each(SEEDS)('end the same way in every engine, seed %i', (seed) => {
    const expected = inOneRun('interp', seed);
    expect(inOneRun('jit', seed)).toEqual(expected);
  });

  it.each(SEEDS)('are interrupted at the same instructions, seed %i', (seed) => {
    expect(interrupted('jit', seed)).toEqual(interrupted('interp', seed));
  });
});
