/** Guests of random words and random system-register writes: they end or run on, and touch nothing but their own memory. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SYSREGS, SYSTEM_INSTRUCTIONS_BY_KEY } from '../../src/arch/sysregs/table.ts';
import { hvc, smc } from './a64.ts';
import { ENTRY, Host, MIB } from './harness.ts';

const keys = [...SYSREGS.keys(), ...SYSTEM_INSTRUCTIONS_BY_KEY.keys()];
const register = fc.nat(31);
/** Words that do something more often than random ones: MSR, MRS, SYS, HVC, SMC, loads and stores, small moves. */
const word = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.tuple(fc.constantFrom(...keys), register, fc.boolean()).map(([key, rt, read]) => {
    return (0xd500_0000 | (read ? 1 << 21 : 0) | (key << 5) | rt) >>> 0;
  }),
  fc.constantFrom(hvc(), smc(), 0xd45e_0000, 0xd503_207f, 0xd69f_03e0, 0xd503_3fdf),
  fc.tuple(register, register).map(([rt, rn]) => (0xf900_0000 | (rn << 5) | rt) >>> 0),
  fc.tuple(register, register).map(([rt, rn]) => (0xf940_0000 | (rn << 5) | rt) >>> 0),
  fc.tuple(fc.nat(0xffff), fc.nat(2), register).map(([imm, hw, rd]) => {
    return (0xd280_0000 | (hw << 21) | (imm << 5) | rd) >>> 0;
  }),
);

describe('hostile guests', () => {
  it('neither throw, nor hang the host, nor change what another VM has', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(word, { minLength: 50, maxLength: 300 }), { minLength: 2, maxLength: 3 }),
        fc.constantFrom('interp', 'auto'),
        (programs, engine) => {
          const host = new Host({ ramBytes: 16 * MIB, gic: true, engine });
          const free = host.hyp.frames.freeBytes;
          const victim = host.vm({ memoryBytes: 4 * MIB });
          const secret = new Uint8Array(0x3000).fill(0x5a);
          victim.vm.writeBytes(ENTRY, secret);
          const guests = programs.map((words) =>
            host.program(new Uint8Array(Uint32Array.from(words).buffer), { memoryBytes: 4 * MIB }),
          );
          host.hyp.run({ maxInstructions: 30_000 });
          expect(victim.vm.readBytes(ENTRY, secret.length)).toEqual(secret);
          expect(victim.vm.memory.stage2.pages).toBe(0);
          const owners = [victim, ...guests].flatMap(({ vm }) => vm.memory.map.memorySlots);
          const pages = owners.flatMap((slot) => [...slot.frames.all()].map(({ pa }) => pa));
          expect(new Set(pages).size).toBe(pages.length);
          for (const { vm } of [victim, ...guests]) host.hyp.destroyVm(vm);
          expect(host.hyp.frames.freeBytes).toBe(free);
        },
      ),
      { numRuns: 40 },
    );
  });
});
