/** Hostile guests: whatever runs, the machine keeps to its limits and never throws. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ImageError } from '../../src/arch/image/image-error.ts';
import { PC, R, SP, X } from '../../src/cpu/slots.ts';
import { Machine } from '../../src/machine/machine.ts';
import { RAM_BASE } from '../../src/machine/virt-map.ts';
import { fuzzSeeds } from '../support/fuzz-seeds.ts';
import { Prng } from '../vectors/prng.ts';
import { mutated, wildImage } from './wild-code.ts';

const IMAGES = 'firmware/images';
const FIRMWARE = readdirSync(IMAGES)
  .filter((name) => name.endsWith('.elf'))
  .map((name) => Uint8Array.from(readFileSync(`${IMAGES}/${name}`)));
const MEMORY = 16 << 20;
const WORDS = 4096;
/** Where flat images are put. */
const FLAT = RAM_BASE + 0x8_0000;
/** Linear memory beside guest RAM: CPU, code, soft TLBs. */
const OWN_MEMORY = 96 << 20;
/** Instructions of one seed: 150 seeds make somewhat more than a million steps. */
const STEPS = 8000;
const RESTARTS = 12;
const SEEDS = fuzzSeeds(150);

function start(seed: number, prng: Prng): Machine {
  const machine = new Machine({
    memoryBytes: MEMORY,
    virtualization: prng.chance(50),
    semihosting: true,
    noReboot: prng.chance(50),
    engine: prng.pick(['interp', 'jit', 'auto']),
  });
  if (seed % 3 === 0) {
    try {
      machine.load(mutated(prng, prng.pick(FIRMWARE), 200));
      return machine;
    } catch (error) {
      expect(error).toBeInstanceOf(ImageError);
    }
  }
  machine.load(wildImage(prng, WORDS));
  return machine;
}

/** Puts the CPU at a random place of the image, with exceptions going to others, so that it goes on after any end. */
function scatter(machine: Machine, prng: Prng): void {
  const cpu = machine.cpu();
  const { state } = cpu;
  const place = () => BigInt(FLAT + prng.below(WORDS) * 4);
  state.set(PC, place());
  for (const register of [R.VBAR_EL1, R.VBAR_EL2]) state.set(register, place() & ~0x7ffn);
  for (const register of [...X, ...SP]) state.set(register, prng.chance(50) ? place() : prng.u64());
  cpu.waiting = 'running';
  cpu.contextChanged();
}

describe('hostile guests', () => {
  it.each(SEEDS)('seed %i', (seed) => {
    const prng = new Prng(seed);
    const machine = start(seed, prng);
    const { system } = machine;
    for (let i = 0; i < RESTARTS && system.instructions < STEPS; i++) {
      const limit = 1 + prng.below(STEPS - system.instructions);
      const before = system.instructions;
      machine.run({ maxInstructions: limit });
      expect(system.instructions - before).toBeLessThanOrEqual(limit);
      expect(system.memory.used).toBeLessThan(MEMORY + OWN_MEMORY);
      scatter(machine, prng);
    }
  });
});

describe('hostile images', () => {
  it('are refused with an ImageError, or load', () => {
    const machine = new Machine({ memoryBytes: MEMORY });
    let refused = 0;
    for (const seed of fuzzSeeds(3000)) {
      const prng = new Prng(seed);
      const file = mutated(prng, prng.pick(FIRMWARE), 8, 0x140);
      try {
        machine.load(file);
      } catch (error) {
        refused++;
        if (!(error instanceof ImageError)) throw new Error(`seed ${seed}`, { cause: error });
        expect(error.message).not.toContain('\n');
      }
    }
    expect(refused).toBeGreaterThan(0);
    expect(machine.system.memory.used).toBeLessThan(MEMORY + OWN_MEMORY);
  });
});
