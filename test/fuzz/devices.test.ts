/** Every register of every device on the board, in every size, with any value: nothing throws, and the machine goes on. */

import { describe, expect, it } from 'vitest';
import { Machine } from '../../src/machine/machine.ts';
import { VIRT_MAP } from '../../src/machine/virt-map.ts';
import { fuzzSeeds } from '../support/fuzz-seeds.ts';
import { Prng } from '../vectors/prng.ts';

/** Accesses between two looks at what the machine makes of them, and the instructions that it then runs. */
const ROUND = 20_000;
const INSTRUCTIONS = 2000;
const CPUS = 4;
const SIZES = [1, 2, 4] as const;
const BOUNDARIES = [0, 1, 2, 3, 0x80, 0xff, 0x3ff, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
/** WFI; B .-4 */
const SLEEP = new Uint8Array(Uint32Array.of(0xd503_207f, 0x17ff_ffff).buffer);
/** Windows that hold a device, and how many accesses each gets; the GIC has a million in tests of its own. */
const WINDOWS = [
  { name: 'gicDistributor', accesses: 200_000 },
  { name: 'gicCpuInterface', accesses: 200_000 },
  { name: 'gicHypervisor', accesses: 200_000 },
  { name: 'gicVirtualCpu', accesses: 200_000 },
  { name: 'uart', accesses: 1_000_000 },
  { name: 'rtc', accesses: 1_000_000 },
] as const;
/** Registers are below this offset. */
const REGISTERS = 0x2000;

function sleeper(): Machine {
  const machine = new Machine({ cpus: CPUS, virtualization: true, memoryBytes: 16 << 20 });
  machine.load(SLEEP);
  return machine;
}

describe.each(WINDOWS)('$name', ({ name, accesses }) => {
  const { base, size: window } = VIRT_MAP[name];

  it.each(fuzzSeeds(1))(
    'random accesses throw nothing, seed %i',
    (seed) => {
      const machine = sleeper();
      const { device } = machine.system.bus.deviceAt(base) as NonNullable<
        ReturnType<typeof machine.system.bus.deviceAt>
      >;
      const prng = new Prng(seed);
      for (let i = 0; i < accesses; i++) {
        const size = prng.pick(SIZES);
        const offset = prng.below(prng.chance(10) ? window : 0x1000) & ~(size - 1);
        const cpu = prng.below(CPUS);
        if (prng.chance(40)) {
          const value = device.read(offset, size, cpu);
          if (!(Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 32))
            throw new Error(`${offset}: ${value}`);
        } else {
          device.write(offset, size, prng.chance(30) ? prng.pick(BOUNDARIES) : prng.u32(), cpu);
        }
        if (i % ROUND !== 0) continue;
        machine.input(Uint8Array.of(prng.below(256)));
        const { instructions } = machine.system;
        expect(['budget', 'stuck', 'input']).toContain(machine.run({ maxInstructions: INSTRUCTIONS }).reason);
        expect(machine.system.instructions - instructions).toBeLessThanOrEqual(INSTRUCTIONS);
      }
    },
    60_000,
  );

  it('answers each offset in each size with 0 and with all ones', () => {
    const machine = sleeper();
    const { device } = machine.system.bus.deviceAt(base) as NonNullable<ReturnType<typeof machine.system.bus.deviceAt>>;
    for (const size of SIZES) {
      for (let offset = 0; offset < Math.min(window, REGISTERS); offset += size) {
        for (const value of [0, 2 ** (8 * size) - 1]) device.write(offset, size, value, 0);
        expect(device.read(offset, size, 0)).toBeLessThan(2 ** (8 * size));
      }
    }
    machine.run({ maxInstructions: INSTRUCTIONS });
  });
});
