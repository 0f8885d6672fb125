/** A hypervisor with any controls and any tables: nothing throws, and every engine does the same. */

import { describe, expect, it } from 'vitest';
import { CATEGORIES } from '../../../src/arch/trace.ts';
import type { EngineMode } from '../../../src/cpu/engine/engine.ts';
import { fuzzSeeds } from '../../support/fuzz-seeds.ts';
import { WildRegimes } from './random-regimes.ts';

const ROUNDS = 200;
const LIMIT = 80;
const SEEDS = fuzzSeeds(30);
const EVENTS = CATEGORIES.int | CATEGORIES.sysreg | CATEGORIES.tlb;

const wildRegimes = (mode: EngineMode, seed: number): WildRegimes =>
  new WildRegimes(mode, seed, seed % 3 === 0 ? 'cortex-a57' : 'max');

function run(mode: EngineMode, seed: number): unknown {
  const wild = wildRegimes(mode, seed);
  wild.world.trace(EVENTS);
  for (let i = 0; i < ROUNDS; i++) wild.round(LIMIT);
  return wild.world.snapshot();
}

describe('random controls and tables', () => {
  it.each(SEEDS)('end the same way in every engine, seed %i', (seed) => {
    const expected = run('interp', seed);
    expect(run('jit', seed)).toEqual(expected);
    expect(run('auto', seed)).toEqual(expected);
  });

  it('reach every fault of a walk, and entries of every regime', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 20; seed++) {
      const wild = wildRegimes('interp', seed);
      wild.world.cpu.mmu.tracer = {
        begin() {},
        step() {},
        end: (ok, { fault }) => void seen.add(ok ? 'ok' : `${fault.kind} ${fault.stage} ${fault.s1ptw}`),
        fill: (_regime, { space }) => void seen.add(`space ${space}`),
        evict() {},
      };
      for (let i = 0; i < ROUNDS; i++) wild.round(LIMIT);
    }
    const kinds = ['translation', 'addressSize', 'accessFlag', 'permission', 'externalOnWalk'];
    const faults = kinds.flatMap((kind) => [`${kind} 1 false`, `${kind} 2 false`, `${kind} 2 true`]);
    const goal = ['ok', ...[0, 1, 2, 3, 4].map((space) => `space ${space}`), ...faults];
    expect(goal.filter((what) => !seen.has(what))).toEqual([]);
  });
});
