/** Random systems in every engine: in one run, and in pieces of random length with interrupts between them. */

import { describe, expect, it } from 'vitest';
import type { EngineMode } from '../../../src/cpu/engine/engine.ts';
import { fuzzSeeds } from '../../support/fuzz-seeds.ts';
import { Prng } from '../../vectors/prng.ts';
import { randomSystem } from './random-systems.ts';
import { World } from './world.ts';

/** Instructions of one run: those of all seeds are ten million in each engine. */
const LIMIT = 100_000;
const SEEDS = fuzzSeeds(50);

function inOneRun(mode: EngineMode, seed: number): unknown {
  const world = new World(mode, randomSystem(seed));
  return [world.run(LIMIT), world.snapshot()];
}

function inPieces(mode: EngineMode, seed: number): unknown {
  const world = new World(mode, randomSystem(seed));
  const prng = new Prng(~seed);
  while (world.system.instructions < LIMIT) {
    world.run(Math.min(1 + prng.below(prng.chance(50) ? 40 : 2000), LIMIT - world.system.instructions));
    world.cpu.irqLine = prng.chance(30);
  }
  return world.snapshot();
}

describe('random systems', () => {
  it.each(SEEDS)('end the same way in every engine, seed %i', (seed) => {
    const expected = inOneRun('interp', seed);
    expect(inOneRun('jit', seed)).toEqual(expected);
    expect(inOneRun('auto', seed)).toEqual(expected);
  });

  it.each(SEEDS)('are interrupted at the same instructions, seed %i', (seed) => {
    const expected = inPieces('interp', seed);
    expect(inPieces('jit', seed)).toEqual(expected);
    expect(inPieces('auto', seed)).toEqual(expected);
  });
});
