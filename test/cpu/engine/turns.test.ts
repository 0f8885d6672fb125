/** Turns of several CPUs: one that is alone has long ones, until another may run. */

import { describe, expect, it } from 'vitest';
import { System } from '../../../src/cpu/engine/system.ts';
import { type CpuModel, cpuModel } from '../../../src/cpu/models.ts';
import { PC, X } from '../../../src/cpu/slots.ts';
import { Assembler } from './assembler.ts';

const RAM = 0x4000_0000;
const COUNT = RAM + 0x8000;
const DEVICE = 0x900_0000;
/** Rounds of the loop before the other CPU is woken: much longer than a turn among several. */
const ROUNDS = 20_000;
const ROUND_INSTRUCTIONS = 4;

describe.each(['interp', 'jit', 'auto'] as const)('a CPU that counts, and one that waits, engine %s', (engine) => {
  const system = new System({
    model: cpuModel('cortex-a57') as CpuModel,
    cpus: 2,
    engine,
    firmware: { call: () => false, semihosting: () => false },
  });
  const [counting, waiting] = system.cpus;
  system.bus.addRam(RAM, 0x1_0000);
  system.bus.addDevice(DEVICE, 0x1000, {
    name: 'waker',
    read: () => 0,
    write: () => {
      waiting.irqLine = true;
    },
  });
  const a = new Assembler(RAM);
  a.mov(1, COUNT).mov(2, 0).mov(3, ROUNDS).mov(4, DEVICE);
  const first = a.place();
  a.add(2, 2, 1).str(2, 1, 0).subs(3, 3, 1).bc('ne', first);
  a.str(2, 4, 0, 'w');
  const second = a.place();
  a.add(2, 2, 1).str(2, 1, 0).b(second);
  const b = new Assembler(RAM + 0x1000);
  b.mov(1, COUNT).wfi().ldr(2, 1, 0);
  b.b(b.place());
  for (const [cpu, code] of [
    [counting, a],
    [waiting, b],
  ] as const) {
    system.bus.writeBytes(code.base, code.code());
    cpu.state.set(PC, BigInt(code.base));
    cpu.waiting = 'running';
  }

  it('lets the other run behind the very instruction that wakes it', () => {
    system.run(ROUNDS * ROUND_INSTRUCTIONS + 60_000);
    expect(waiting.state.get(X[2])).toBe(BigInt(ROUNDS));
    expect(counting.state.get(X[2])).toBeGreaterThan(BigInt(ROUNDS));
  });
});

/** Two CPUs that wait for a clock, then add to one count, without any care for each other, and wait again. */
function wokenTogether(): System {
  const system = new System({
    model: cpuModel('cortex-a57') as CpuModel,
    cpus: 2,
    engine: 'auto',
    firmware: { call: () => false, semihosting: () => false },
  });
  system.bus.addRam(RAM, 0x1_0000);
  const clock = { nextDeadlineNs: 50_000, level: false, poll: () => {} };
  clock.poll = () => {
    if (system.now < clock.nextDeadlineNs) return;
    clock.nextDeadlineNs += 50_000;
    clock.level = !clock.level;
    for (const cpu of system.cpus) cpu.irqLine = clock.level;
  };
  system.clocked.push(clock);
  const a = new Assembler(RAM);
  a.mov(1, COUNT);
  const top = a.place();
  a.wfi().mov(3, 3000);
  const loop = a.place();
  a.ldr(2, 1, 0).eor(2, 2, 3).add(2, 2, 5).str(2, 1, 0).subs(3, 3, 1).bc('ne', loop).b(top);
  system.bus.writeBytes(RAM, a.code());
  for (const cpu of system.cpus) {
    cpu.state.set(PC, BigInt(RAM));
    cpu.state.set(X[5], BigInt(cpu.index + 1));
    cpu.waiting = 'running';
  }
  return system;
}

describe('CPUs that time wakes together', () => {
  const LIMIT = 1_000_000;
  const outcomeIn = (piece: number): unknown => {
    const system = wokenTogether();
    while (system.instructions < LIMIT) system.run(Math.min(piece, LIMIT - system.instructions));
    return [system.now, system.bus.read32(COUNT), system.cpus.map(({ state }) => [state.pc, state.get(X[3])])];
  };
  const whole = outcomeIn(LIMIT);
  it.each([77_777, 9_999, 777])('take the same turns in pieces of %i', (piece) => {
    expect(outcomeIn(piece)).toEqual(whole);
  });
});
