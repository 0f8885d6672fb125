/** Every register with every size and any value: nothing throws, and the state survives a copy. */

import { describe, expect, it } from 'vitest';
import type { GicPorts } from '../../../src/devices/gic/gic.ts';
import { Gicv3, type Gicv3Cpu } from '../../../src/devices/gicv3/gicv3.ts';
import { random } from '../gic/random.ts';
import { survivesCopies } from '../gic/round-trip.ts';
import { seenPorts } from '../gic/seen-ports.ts';

const CPUS = 4;
const SIZES = [1, 2, 4] as const;
const LIST_REGISTERS = 8;

const silent: GicPorts = { irq() {}, fiq() {}, virq() {}, vfiq() {}, onGuestError() {} };

/** What system registers do, each with any value. */
const SYSTEM: readonly ((cpu: Gicv3Cpu, value: number, group: 0 | 1) => void)[] = [
  ({ physical, virtual }, value, group) => (group === 0 ? physical : virtual).setPriorityMask(value),
  ({ physical }, _value, group) => physical.acknowledge(group),
  ({ virtual }, _value, group) => virtual.acknowledge(group),
  ({ physical }, value, group) => physical.endOfInterrupt(group, value & 0x1ff),
  ({ virtual }, value, group) => virtual.endOfInterrupt(group, value & 0xff_ffff),
  ({ physical, virtual }, value, group) => (group === 0 ? physical : virtual).deactivate(value & 0x7f),
  ({ physical, virtual }, value, group) => physical.writeBinaryPoint(group, value + virtual.binaryPoint(group)),
  ({ virtual }, value, group) => virtual.setActivePriorities(group, value),
  ({ physical }, value, group) => physical.setActivePriorities(group, value & (value >>> 8)),
  ({ physical, virtual }, value, group) => {
    (group === 0 ? physical : virtual).controlRegister = value;
  },
  ({ physical, virtual }, value, group) => (value > 2 ** 31 ? physical : virtual).setGroupEnable(group, value),
  (cpu, value, group) => cpu.sendSgi(group, value & 0x1ff, value),
  ({ list }, value) => {
    list.hcr = value;
  },
  ({ virtual }, value) => {
    virtual.machineControl = value;
  },
  ({ list }, value) => list.setRegister(value % LIST_REGISTERS, Math.imul(value, 0x9e37_79b9) >>> 0, value & 0x7f),
];

/** Random accesses, most of them to offsets where registers are, system registers, and lines. */
function shake(gic: Gicv3, steps: number, next: () => number): void {
  const windows = [gic.distributor, gic.redistributors].map((device) => ({ device, window: 0x8_0000 }));
  for (let i = 0; i < steps; i++) {
    const { device } = windows[next() >>> 31];
    const size = SIZES[(next() >>> 8) % 3];
    const within = ((next() >>> 4) % ((next() & 0xf00) === 0 ? 0x1_0000 : 0x1000)) & ~(size - 1);
    const offset = device === gic.distributor ? within : within + ((next() >>> 28) % 8) * 0x1_0000;
    const cpu = (next() >>> 20) % CPUS;
    const kind = (next() >>> 16) & 7;
    if (kind < 2) {
      const value = device.read(offset, size);
      if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * size)) throw new Error(`${offset} read ${value}`);
    } else if (kind < 4) {
      device.write(offset, size, next());
    } else if (kind < 7) {
      SYSTEM[(next() >>> 8) % SYSTEM.length](gic.systemRegisters[cpu], next(), (next() >>> 31) as 0 | 1);
    } else {
      gic.setSpi((next() >>> 8) & 0xff, (next() & 0x8000) !== 0);
      gic.setPpi(cpu, ((next() >>> 8) & 0xf) % 9, (next() & 0x8000) !== 0);
    }
  }
}

describe('any access', () => {
  it('300,000 of them throw nothing', () => {
    const gic = new Gicv3(CPUS, silent, LIST_REGISTERS);
    expect(() => shake(gic, 300_000, random(1))).not.toThrow();
  }, 20_000);
});

describe('state', () => {
  it('is plain JSON from which the same GIC comes back', () => {
    survivesCopies(CPUS, {
      make: (ports) => new Gicv3(CPUS, ports, LIST_REGISTERS),
      fromState: (state, ports) => Gicv3.fromState(state, ports),
      shake,
    });
  });

  it('after a reset is that of a new GIC', () => {
    const { seen, ports } = seenPorts(CPUS);
    const gic = new Gicv3(CPUS, ports, LIST_REGISTERS);
    const fresh = gic.state();
    shake(gic, 2000, random(5));
    for (let spi = 0; spi < 256; spi++) gic.setSpi(spi, false);
    for (let cpu = 0; cpu < CPUS; cpu++) for (let ppi = 0; ppi < 9; ppi++) gic.setPpi(cpu, ppi, false);
    gic.reset();
    expect(gic.state()).toEqual(fresh);
    expect([...seen.irq, ...seen.fiq, ...seen.virq, ...seen.vfiq].some(Boolean)).toBe(false);
  });
});
