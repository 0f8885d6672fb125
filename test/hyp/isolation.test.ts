/** Guests that scribble over all of their IPA space, registers and devices: nothing of anybody else changes. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SYSREGS, SYSTEM_INSTRUCTIONS_BY_KEY } from '../../src/arch/sysregs/table.ts';
import { contentsOf } from '../../src/hyp/contents.ts';
import { add, b, bne, code, hvc, ISB, ldr, mov, mrs, msr, OFF, str, subs } from './a64.ts';
import { Host, MIB, RAM } from './harness.ts';
import { expectSeparate, hashOf } from './ownership.ts';

const VECTORS = 0x4010_0000;
const IMAGE = 0x70_0000_0000;
const ERET = 0xd69f_03e0;
const YIELD = [...mov(0, 0xc600_0001), hvc()];
const eor = (rd: number, shift: 'lsl' | 'lsr', amount: number): number =>
  (0xca00_0000 | ((shift === 'lsr' ? 1 : 0) << 22) | (rd << 16) | (amount << 10) | (rd << 5) | rd) >>> 0;
const and = (rd: number, rn: number, rm: number): number => (0x8a00_0000 | (rm << 16) | (rn << 5) | rd) >>> 0;
const addTo = (rd: number, rn: number, rm: number): number => (0x8b00_0000 | (rm << 16) | (rn << 5) | rd) >>> 0;

/** Registers that end the scribbling, not the isolation: another test writes those. */
const OWN_TRANSLATION = /SCTLR|TTBR|TCR_EL1|VBAR|MAIR|TLBI|ELR|SPSR|DAIF|SPSel|CurrentEL/;
const keys = [...SYSREGS.values(), ...SYSTEM_INSTRUCTIONS_BY_KEY.values()]
  .filter(({ name }) => !OWN_TRANSLATION.test(name))
  .map(({ key }) => key);

const engine = fc.constantFrom('interp', 'auto');

/** Where a guest writes: from a base, at random below a size. */
const target = fc.constantFrom<[base: number, bits: number]>(
  [0, 40],
  [RAM.base, 26],
  [0x0800_0000, 25],
  [0x4020_0000, 20],
  [IMAGE, 16],
);
const scribbler = fc.record({
  seed: fc.bigInt({ min: 1n, max: 2n ** 63n }),
  targets: fc.array(target, { minLength: 1, maxLength: 5 }),
  registers: fc.array(
    fc.tuple(fc.constantFrom(...keys), fc.boolean()).map(([key, read]) => {
      return (0xd500_0000 | (read ? 1 << 21 : 0) | (key << 5) | (read ? 15 : 10)) >>> 0;
    }),
    { maxLength: 12 },
  ),
});

/** Writes random words to random places for ever, and steps over whatever faults. */
function scribble(seed: bigint, targets: [number, number][], registers: number[]): Uint8Array {
  const places = targets.flatMap(([base, bits]) => [
    ...[eor(10, 'lsl', 13), eor(10, 'lsr', 7), eor(10, 'lsl', 17)],
    ...mov(12, 2 ** bits - 8),
    ...mov(13, base),
    and(11, 10, 12),
    addTo(11, 11, 13),
    str(10, 11),
    ldr(14, 11),
  ]);
  const start = [...mov(9, VECTORS), msr('VBAR_EL1', 9), ISB, ...mov(10, seed)];
  const loop = [...places, ...registers];
  return code(start, loop, b(-loop.length));
}
const STEP_OVER = code(mrs(21, 'ELR_EL1'), add(21, 21, 4), msr('ELR_EL1', 21), ERET);

describe('hostile guests', () => {
  it('change no page of another VM, of the hypervisor, or of any table', () => {
    fc.assert(
      fc.property(
        fc.array(scribbler, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(1, 2),
        engine,
        (hostile, cpus, mode) => {
          const host = new Host({ cpus, engine: mode, ramBytes: 64 * MIB, gic: true });
          const { hyp } = host;
          const image = hyp.shareImage(contentsOf(new Uint8Array(0x1_0000).fill(0x3c)));
          const idle = host.program(code(mov(1, 0x4200_0000), str(1, 1), mov(1, IMAGE), ldr(2, 1), YIELD, OFF), {
            name: 'idle',
          });
          idle.vm.addSlot({ ipa: IMAGE, bytes: 0x1_0000, shared: image });
          hyp.run({ until: () => idle.vm.stats.exits.hvc === 1 });
          idle.vm.vcpus[0].status = 'off';
          const hash = hashOf(host, idle.vm);
          // Counts down in memory, and gives the CPU away each time.
          const worker = host.program(
            code(mov(1, 0x4200_0000), mov(2, 10), str(2, 1), YIELD, ldr(2, 1), subs(2, 2, 1), bne(-6), OFF),
          );
          for (const { seed, targets, registers } of hostile) {
            const { vm } = host.program(scribble(seed, targets, registers), { memoryBytes: 4 * MIB });
            vm.writeBytes(VECTORS + 0x200, STEP_OVER);
            vm.addSlot({ ipa: IMAGE, bytes: 0x1_0000, shared: image });
          }
          hyp.run({ maxInstructions: 40_000 });
          expect(hashOf(host, idle.vm)).toBe(hash);
          hyp.run({ maxInstructions: 1_000_000, until: () => worker.vm.end !== undefined });
          expect(worker.vm.end).toEqual({ reason: 'off' });
          expect(idle.vm.readBytes(IMAGE, 0x1_0000)?.every((byte) => byte === 0x3c)).toBe(true);
          const shared = new Set(
            Array.from({ length: 16 }, (_, page) => ((image.page(page * 0x1000, 0) ?? 0) as number) / 0x1000),
          );
          expectSeparate(host, shared);
          for (const vm of hyp.vms) hyp.destroyVm(vm);
          expect(hyp.frames.freeBytes).toBe(64 * MIB);
        },
      ),
      { numRuns: 25 },
    );
  });
});

it('10,000 stage-1 faults of a guest make no exit', () => {
  const host = new Host();
  const TABLE = 0x4300_0000;
  const stage1On = [
    ...[...mov(1, TABLE), msr('TTBR0_EL1', 1), ...mov(1, 0x80_3519), msr('TCR_EL1', 1)],
    ...[...mov(1, 0x30d0_0801), ISB, msr('SCTLR_EL1', 1), ISB],
  ];
  const faults = [...mov(5, 10_000), ...mov(6, 0x1000), ldr(7, 6), subs(5, 5, 1), bne(-2)];
  const guest = host.program(code(mov(9, VECTORS), msr('VBAR_EL1', 9), stage1On, ldr(7, 9), YIELD, faults, YIELD, OFF));
  guest.vm.writeBytes(
    VECTORS + 0x200,
    code(add(8, 8, 1), mrs(21, 'ELR_EL1'), add(21, 21, 4), msr('ELR_EL1', 21), ERET),
  );
  // T0SZ = 25: entry 1 of the level 1 table maps its GiB to itself, entry 0 is invalid.
  guest.vm.writeBytes(TABLE, code(0, 0, 0x4000_0401, 0));
  host.hyp.run({ until: () => guest.vm.stats.exits.hvc === 1 });
  const { totalExits } = guest.vm.stats;
  host.hyp.run({ until: () => guest.vm.stats.exits.hvc === 2 });
  // Each fault counted itself in X8; the interrupts are the ends of time slices.
  expect(guest.x(8)).toBe(10_000n);
  expect(guest.vm.stats.totalExits - guest.vm.stats.exits.interrupt).toBe(totalExits + 1);
});
