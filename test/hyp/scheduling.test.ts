/** Many VMs, vCPUs and CPUs: world switches, VMIDs, and runs that do not depend on how they are cut. */

import { describe, expect, it } from 'vitest';
import { add, b, bne, code, hvc, ldr, mov, OFF, str, subs } from './a64.ts';
import { ENTRY, Host, type TestVm } from './harness.ts';

const SECRET = 0x4200_0000;
const PSCI_CPU_ON = 0xc400_0003;
/** Stores X20 at SECRET, yields, and adds what it reads back to X21; `rounds` times. */
const keeper = (id: number, rounds: number): Uint8Array =>
  code(
    mov(20, id),
    mov(22, SECRET),
    mov(23, rounds),
    mov(21, 0),
    str(20, 22),
    mov(0, 0xc600_0001),
    hvc(),
    ldr(24, 22),
    0x8b18_02b5,
    subs(23, 23, 1),
    bne(-7),
    OFF,
  );

describe('many VMs', () => {
  it.each([
    [1, 600],
    [4, 300],
  ])('on %i CPUs: %i VMs, more than there are VMIDs, keep their memory apart', (cpus, count) => {
    const host = new Host({ cpus });
    const guests = Array.from({ length: count }, (_, i) => host.program(keeper(i + 1, 3), { memoryBytes: 64 << 20 }));
    const flushes: string[] = [];
    for (const { mmu } of host.system.cpus) {
      const invalidate = mmu.tlb.invalidate.bind(mmu.tlb);
      mmu.tlb.invalidate = (op, ...rest) => {
        flushes.push(op);
        return invalidate(op, ...rest);
      };
    }
    expect(host.hyp.run()).toBe('ended');
    for (const [i, guest] of guests.entries()) {
      expect(guest.vm.end).toEqual({ reason: 'off' });
      expect(guest.x(21)).toBe(BigInt(3 * (i + 1)));
    }
    expect(new Set(flushes)).toEqual(new Set(['ALLE1']));
    // Four slices each: one flush on every CPU for each generation of 255 VMIDs, less those that CPUs carry over.
    const generations = flushes.length / cpus;
    expect(generations).toBeGreaterThanOrEqual(Math.floor((count * 4) / 256));
    expect(generations).toBeLessThanOrEqual(Math.ceil((count * 4) / (255 - cpus)));
  });
});

describe('a run', () => {
  const guests = (host: Host): TestVm[] => [
    host.firmware('demo-a'),
    host.firmware('same-ipa'),
    host.program(code(mov(1, 100_000), subs(1, 1, 1), bne(-1), OFF)),
  ];
  const outcome = (host: Host, made: readonly TestVm[]): unknown => ({
    now: host.system.cpus[0].now(),
    instructions: host.system.instructions,
    guests: made.map(({ vm, console }) => [console, vm.end, vm.stats]),
  });

  it('is the same in pieces of any size, and each time', () => {
    const outcomes = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 9_999, 777].map((piece) => {
      const host = new Host({ cpus: 2 });
      const made = guests(host);
      for (let pieces = 0; host.hyp.run({ maxInstructions: piece }) === 'budget'; pieces++) {
        expect(pieces).toBeLessThan(10_000);
      }
      return outcome(host, made);
    });
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(outcomes[2]).toEqual(outcomes[0]);
    expect(outcomes[3]).toEqual(outcomes[0]);
  });

  it('executes exactly the instructions that it may', () => {
    const host = new Host();
    host.program(code(b(0)));
    host.program(code(b(0)));
    for (const count of [1, 9_999, 10_001, 54_321]) {
      const before = host.system.instructions;
      expect(host.hyp.run({ maxInstructions: count })).toBe('budget');
      expect(host.system.instructions - before).toBe(count);
    }
  });

  it('shares the CPU fairly', () => {
    const host = new Host();
    const spin = code(add(1, 1, 1), b(-1));
    const spinners = [host.program(spin), host.program(spin), host.program(spin)];
    host.hyp.run({ maxInstructions: 300_000 });
    const turns = spinners.map((guest) => Number(guest.x(1)));
    expect(Math.max(...turns) - Math.min(...turns)).toBeLessThan(10);
  });

  it('gives a vCPU long turns while no other can run, and another its turn as soon as it can', () => {
    const host = new Host();
    const rounds = 20_000;
    const second = code(mov(22, SECRET), ldr(24, 22), OFF);
    const turnOn = [...mov(0, PSCI_CPU_ON), ...mov(1, 1), ...mov(2, ENTRY + 4), hvc()];
    const count = [add(20, 20, 1), str(20, 22)];
    const first = code(mov(22, SECRET), mov(23, rounds), count, subs(23, 23, 1), bne(-3), turnOn, count, b(-2));
    const guest = host.program(new Uint8Array([...code(b(1 + second.length / 4)), ...second, ...first]), { vcpus: 2 });
    expect(host.hyp.run({ maxInstructions: 4 * rounds + 100_000 })).toBe('ended');
    expect(guest.vm.vcpus[1].registers.x(24)).toBe(BigInt(rounds));
    expect(guest.vm.stats.worldSwitches).toBe(2);
  });

  it('ends when asked, by `until` or from a callback', () => {
    const host = new Host();
    const guest = host.firmware('hello');
    guest.vm.onConsole = () => host.hyp.stop();
    expect(host.hyp.run()).toBe('stopped');
    expect(host.hyp.run({ until: () => true })).toBe('stopped');
    guest.vm.onConsole = () => {};
    expect(host.hyp.run({ maxInstructions: 1, until: () => true })).toBe('until');
    expect(host.hyp.run()).toBe('ended');
  });
});

it('vCPUs of one VM that share a CPU do not see each other’s TLB entries', () => {
  const host = new Host();
  const yields = [...mov(0, 0xc600_0001), hvc()];
  const program = code(mov(23, 4), yields, subs(23, 23, 1), bne(-4), mov(0, 0x8400_0002), hvc());
  const guest = host.program(program, { vcpus: 2 });
  guest.vm.vcpus[1].start(guest.vm.vcpus[0].registers.pc, 0n);
  const operations: string[] = [];
  const { tlb } = host.system.cpus[0].mmu;
  const invalidate = tlb.invalidate.bind(tlb);
  tlb.invalidate = (op, ...rest) => {
    operations.push(op);
    return invalidate(op, ...rest);
  };
  host.hyp.run();
  expect(operations.length).toBeGreaterThan(6);
  expect(new Set(operations)).toEqual(new Set(['VMALLE1']));
  expect(guest.vm.end).toEqual({ reason: 'stuck', what: 'vCPU 0 is off, vCPU 1 is off' });
});
