/** Random programs with what `max` has, in every engine: in one run, interrupted, and on several CPUs in turn. */

import { describe, expect, it } from 'vitest';
import { CATEGORIES } from '../../../src/arch/trace.ts';
import { A64_ROWS } from '../../../src/cpu/a64/rows.ts';
import type { EngineMode } from '../../../src/cpu/engine/engine.ts';
import { fuzzSeeds } from '../../support/fuzz-seeds.ts';
import { Prng } from '../../vectors/prng.ts';
import { Assembler } from './assembler.ts';
import { randomProgram } from './random-programs.ts';
import { World } from './world.ts';
import { CODE } from './world-memory.ts';

const LIMIT = 20_000;
const SEEDS = fuzzSeeds(60);
const CPUS = 3;
/** Slices of one run on several CPUs. */
const SLICES = 300;
/** Events that do not bypass the caches of the engine. */
const EVENTS = CATEGORIES.int | CATEGORIES.tlb | CATEGORIES.sysreg | CATEGORIES.mmio | CATEGORIES.guest_errors;

const world = (mode: EngineMode, seed: number, cpus = 1): World =>
  new World(mode, { ...randomProgram(seed, 'max'), cpus }).trace(EVENTS);

function inOneRun(mode: EngineMode, seed: number): unknown {
  const made = world(mode, seed);
  return [made.run(LIMIT), made.snapshot()];
}

/** CPUs in slices of random lengths, with interrupt lines that are set between them. */
function inTurn(mode: EngineMode, seed: number): unknown {
  const made = world(mode, seed, CPUS);
  const prng = new Prng(~seed);
  const ran: number[] = [];
  for (let i = 0; i < SLICES; i++) {
    const cpu = made.system.cpus[prng.below(CPUS)];
    cpu.irqLine = prng.chance(10);
    ran.push(made.system.runCpu(cpu, 1 + prng.below(80)));
  }
  return [ran, made.snapshot()];
}

describe('random programs of max', () => {
  it.each(SEEDS)('end the same way in every engine, seed %i', (seed) => {
    const expected = inOneRun('interp', seed);
    expect(inOneRun('jit', seed)).toEqual(expected);
    expect(inOneRun('auto', seed)).toEqual(expected);
  });

  it.each(SEEDS)('share memory in the same way in every engine, seed %i', (seed) => {
    const expected = inTurn('interp', seed);
    expect(inTurn('jit', seed)).toEqual(expected);
    expect(inTurn('auto', seed)).toEqual(expected);
  });

  it('have every row of the features of max in them', () => {
    const words = new Set<number>();
    for (let seed = 1; seed <= 2000; seed++) {
      const a = new Assembler(CODE);
      randomProgram(seed, 'max').code(a);
      for (const word of a.words) words.add(word);
    }
    const drawn = [...words];
    const missing = A64_ROWS.filter(({ feature, emit }) => feature !== undefined && emit !== undefined).filter(
      ({ pattern: { mask, value } }) => !drawn.some((word) => (word & mask) >>> 0 === value),
    );
    expect(missing.map(({ name }) => name)).toEqual([]);
  });
});
