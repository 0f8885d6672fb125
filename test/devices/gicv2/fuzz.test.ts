/** Every register with every size and any value: nothing throws, time stays bounded, and the state survives a copy. */

import { describe, expect, it } from 'vitest';
import type { Device } from '../../../src/devices/device.ts';
import type { GicPorts } from '../../../src/devices/gic/gic.ts';
import { Gicv2 } from '../../../src/devices/gicv2/gicv2.ts';
import { random } from '../gic/random.ts';
import { survivesCopies } from '../gic/round-trip.ts';
import { seenPorts } from '../gic/seen-ports.ts';

const CPUS = 4;
const SIZES = [1, 2, 4] as const;

const silent: GicPorts = { irq() {}, fiq() {}, virq() {}, vfiq() {}, onGuestError() {} };
const devices = (gic: Gicv2): [Device, number][] => [
  [gic.distributor, 0x1_0000],
  [gic.cpuInterface, 0x1_0000],
  [gic.hypervisor, 0x1_0000],
  [gic.virtualCpuInterface, 0x1_0000],
];

/** Random accesses, most of them to offsets where registers are, and lines. */
function shake(gic: Gicv2, steps: number, next: () => number): void {
  const all = devices(gic);
  for (let i = 0; i < steps; i++) {
    const [device, window] = all[next() >>> 30];
    const size = SIZES[(next() >>> 8) % 3];
    const reach = (next() & 0xf00) === 0 ? window : device === gic.distributor ? 0x1000 : 0x120;
    const offset = ((next() >>> 4) % reach) & ~(size - 1);
    const cpu = (next() >>> 20) % CPUS;
    const kind = (next() >>> 16) & 7;
    if (kind < 3) {
      const value = device.read(offset, size, cpu);
      if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * size)) throw new Error(`${offset} read ${value}`);
    } else if (kind < 7) {
      device.write(offset, size, next(), cpu);
    } else {
      gic.setSpi((next() >>> 8) & 0xff, (next() & 0x8000) !== 0);
      gic.setPpi(cpu, ((next() >>> 8) & 0xf) % 9, (next() & 0x8000) !== 0);
    }
  }
}

describe('any access', () => {
  it('a million of them throw nothing', () => {
    const gic = new Gicv2(CPUS, silent);
    expect(() => shake(gic, 1_000_000, random(1))).not.toThrow();
  }, 20_000);

  it('each offset in each size is answered', () => {
    const gic = new Gicv2(CPUS, silent);
    for (const [device] of devices(gic)) {
      for (const size of SIZES) {
        for (let offset = 0; offset < 0x2000; offset += size) {
          for (const value of [0, 0xffff_ffff]) device.write(offset, size, value, 1);
          expect(device.read(offset, size, 1)).toBeGreaterThanOrEqual(0);
        }
      }
    }
  });
});

describe('state', () => {
  it('is plain JSON from which the same GIC comes back', () => {
    survivesCopies(CPUS, {
      make: (ports) => new Gicv2(CPUS, ports),
      fromState: (state, ports) => Gicv2.fromState(state, ports),
      shake,
    });
  });

  it('after a reset is that of a new GIC but for the lines that others drive', () => {
    const { seen, ports } = seenPorts(CPUS);
    const gic = new Gicv2(CPUS, ports);
    gic.setSpi(7, true);
    const fresh = gic.state();
    shake(gic, 2000, random(5));
    for (let spi = 0; spi < 256; spi++) gic.setSpi(spi, spi === 7);
    for (let cpu = 0; cpu < CPUS; cpu++) for (let ppi = 0; ppi < 9; ppi++) gic.setPpi(cpu, ppi, false);
    gic.reset();
    expect(gic.state()).toEqual({ ...fresh, interrupts: { ...fresh.interrupts, latch: gic.state().interrupts.latch } });
    expect(gic.state().interrupts.latch.every((word) => word === 0)).toBe(true);
    expect([...seen.irq, ...seen.fiq, ...seen.virq, ...seen.vfiq].some(Boolean)).toBe(false);
  });

  it('needs 1 to 8 CPUs', () => {
    for (const cpus of [0, 9, 1.5]) expect(() => new Gicv2(cpus, silent)).toThrow(RangeError);
    const gic = new Gicv2(8, silent);
    expect(() => gic.setSpi(256, true)).toThrow(RangeError);
    expect(() => gic.setPpi(0, 16, true)).toThrow(RangeError);
  });
});
