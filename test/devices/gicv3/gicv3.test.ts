/** The physical side of a GICv3: routing, sleep, SGIs, groups, and registers as QEMU has them. */

import { describe, expect, it } from 'vitest';
import { Driver, ICACTIVER, IGROUPR, ISACTIVER, ISPENDR, SPURIOUS } from './driver.ts';

const SPI = 100;
const PPI = 27;
const WAKER = 0x14;

describe('the registers', () => {
  it('identify a GICv3 with one security state and no LPIs', () => {
    const d = new Driver(4);
    expect(d.readGicd(0x0000)).toBe(0x53);
    // ITLinesNumber is that of 288 INTIDs; QEMU 7.2 has one less and LPIs.
    expect(d.readGicd(0x0004)).toBe(0x0378_0008);
    expect([d.readGicd(0x0008), d.readGicd(0x000c)]).toEqual([0x43b, 0]);
    const ids = (read: (offset: number) => number): number[] =>
      Array.from({ length: 12 }, (_, n) => read(0xffd0 + 4 * n));
    expect(ids((at) => d.readGicd(at))).toEqual([0x44, 0, 0, 0, 0x92, 0xb4, 0x3b, 0, 0x0d, 0xf0, 0x05, 0xb1]);
    expect(ids((at) => d.readGicr(3, at))).toEqual([0x44, 0, 0, 0, 0x93, 0xb4, 0x3b, 0, 0x0d, 0xf0, 0x05, 0xb1]);
    expect([0, 1, 2, 3].map((cpu) => [d.readGicr(cpu, 0x8), d.readGicr(cpu, 0xc)])).toEqual([
      [0x000, 0],
      [0x100, 1],
      [0x200, 2],
      [0x310, 3],
    ]);
    expect(d.seen.errors).toEqual([]);
  });

  it('of SGIs and PPIs are in the redistributors alone', () => {
    const d = new Driver(2);
    for (const offset of [0x080, 0x100, 0x200, 0x300, 0x400, 0xc00]) {
      d.gicd(offset, 0xffff_ffff);
      expect(d.readGicd(offset)).toBe(0);
    }
    for (const offset of [0x800, 0x820, 0xf00, 0xf10, 0xd00, 0xe00]) {
      d.gicd(offset, 0xffff_ffff);
      expect(d.readGicd(offset)).toBe(0);
    }
    expect(d.seen.errors).toEqual([]);
    d.gicr(1, 0x1_0100, 1 << 5);
    expect([d.readGicr(0, 0x1_0100), d.readGicr(1, 0x1_0100)]).toEqual([0, 1 << 5]);
    d.gicr(0, 0x1_0400, 0xffff_ffff);
    expect(d.readGicr(0, 0x1_0400)).toBe(0xf8f8_f8f8);
    d.gicr(0, 0x1_0c00, 0);
    expect(d.readGicr(0, 0x1_0c00)).toBe(0xaaaa_aaaa);
  });

  it('report offsets where none is', () => {
    const d = new Driver();
    expect([d.readGicd(0x7000), d.readGicr(0, 0x70), d.readGicr(0, 0x1_0104)]).toEqual([0, 0, 0]);
    d.gicd(0x7000, 1);
    d.gicr(0, 0x40, 1);
    expect(d.seen.errors).toHaveLength(5);
  });
});

describe('routing', () => {
  const levels = (d: Driver): boolean[] => [...d.seen.irq];

  it('sends an SPI to the CPU of its affinity, and to none where no CPU has it', () => {
    const d = new Driver(4);
    const route = (hi: number, lo: number): boolean[] => {
      d.gicd(0x6000 + 8 * SPI, lo);
      d.gicd(0x6004 + 8 * SPI, hi);
      return levels(d);
    };
    d.enable(SPI);
    d.line(SPI, true);
    expect(levels(d)).toEqual([true, false, false, false]);
    expect(route(0, 2)).toEqual([false, false, true, false]);
    expect(route(0, 4)).toEqual([false, false, false, false]);
    expect(route(0, 0x102)).toEqual([false, false, false, false]);
    expect(route(1, 2)).toEqual([false, false, false, false]);
    // 1-of-N is not implemented: bit 31 is RES0.
    expect(route(0, 0x8000_0001)).toEqual([false, true, false, false]);
    expect([d.readGicd(0x6000 + 8 * SPI), d.readGicd(0x6004 + 8 * SPI)]).toEqual([1, 0]);
  });

  it('leaves a CPU that sleeps alone', () => {
    const d = new Driver(2);
    d.enable(PPI, 0x80, 1);
    expect(d.readGicr(1, WAKER)).toBe(0);
    d.gicr(1, WAKER, 2);
    d.line(PPI, true, 1);
    expect([d.readGicr(1, WAKER), d.readGicr(0, WAKER), levels(d)]).toEqual([6, 0, [false, false]]);
    d.gicr(1, WAKER, 0);
    expect(levels(d)).toEqual([false, true]);
  });

  it('sends SGIs to lists of CPUs and to all others, of the group of the register alone', () => {
    const d = new Driver(4);
    for (let cpu = 0; cpu < 4; cpu++) d.enable(3, 0x80, cpu);
    const sent = (group: 0 | 1, hi: number, lo: number): boolean[] => {
      d.cpu(1).sendSgi(group, hi, lo);
      const at = [0, 1, 2, 3].map((cpu) => d.has(ISPENDR, 3, cpu));
      for (let cpu = 0; cpu < 4; cpu++) d.bit(0x280, 3, cpu);
      return at;
    };
    const sgi = 3 << 24;
    const none = [false, false, false, false];
    expect(sent(1, 0, sgi | 0b1010)).toEqual([false, true, false, true]);
    expect(sent(1, 0x100, sgi)).toEqual([true, false, true, true]);
    expect(sent(1, 0, sgi | 0xfff0)).toEqual(none);
    for (const hi of [0x1, 0x1000, 0x1_0000]) expect(sent(1, hi, sgi | 0xf)).toEqual(none);
    expect(sent(1, 0, sgi | 0x1_000f)).toEqual(none);
    expect(sent(0, 0, sgi | 0xf)).toEqual(none);
    d.gicr(2, 0x1_0000 + IGROUPR, 0);
    expect(sent(0, 0, sgi | 0xf)).toEqual([false, false, true, false]);
    expect(sent(1, 0, sgi | 0xf)).toEqual([true, true, false, true]);
  });
});

describe('the CPU interface', () => {
  it('has the groups apart: Group 0 is FIQ, and a disabled group is in nobody’s way', () => {
    const d = new Driver();
    const { physical } = d.cpu();
    d.enable(SPI, 0x40);
    d.enable(PPI, 0x80);
    d.gicd(IGROUPR + 4 * (SPI >>> 5), 0);
    d.line(SPI, true);
    d.line(PPI, true);
    expect([d.seen.fiq[0], d.seen.irq[0], physical.acknowledge(1), physical.highestPending(0)]).toEqual([
      true,
      false,
      SPURIOUS,
      SPI,
    ]);
    physical.setGroupEnable(0, 0);
    expect([d.seen.fiq[0], d.seen.irq[0], physical.highestPending(0), physical.highestPending(1)]).toEqual([
      false,
      true,
      SPURIOUS,
      PPI,
    ]);
    expect(physical.acknowledge(1)).toBe(PPI);
    physical.setGroupEnable(0, 1);
    expect([physical.acknowledge(0), physical.runningPriority]).toEqual([SPI, 0x40]);
    expect([physical.activePriorities(0), physical.activePriorities(1)]).toEqual([1 << 8, 1 << 16]);
  });

  it('ignores ends of the other group, of special INTIDs and of those that do not exist', () => {
    const d = new Driver();
    const { physical } = d.cpu();
    d.enable(PPI);
    d.line(PPI, true);
    physical.acknowledge(1);
    physical.endOfInterrupt(0, PPI);
    for (const intid of [1020, 1021, 1022, 1023, 288, 8192, 0xff_ffff]) physical.endOfInterrupt(1, intid);
    expect([physical.runningPriority, d.has(ISACTIVER, PPI)]).toEqual([0x80, true]);
    physical.deactivate(PPI);
    expect(d.has(ISACTIVER, PPI)).toBe(true);
    d.line(PPI, false);
    physical.endOfInterrupt(1, PPI);
    expect([physical.runningPriority, d.has(ISACTIVER, PPI)]).toEqual([0xff, false]);
  });

  it('behaviour 1: ISACTIVER and ICACTIVER gate delivery; EOImode with DIR', () => {
    const d = new Driver();
    const { physical } = d.cpu();
    d.enable(PPI);
    d.bit(ISACTIVER, PPI);
    d.line(PPI, true);
    expect(d.seen.irq[0]).toBe(false);
    d.bit(ICACTIVER, PPI);
    expect(d.seen.irq[0]).toBe(true);
    physical.controlRegister = 2;
    physical.acknowledge(1);
    physical.endOfInterrupt(1, PPI);
    expect([physical.runningPriority, d.has(ISACTIVER, PPI), d.seen.irq[0]]).toEqual([0xff, true, false]);
    physical.deactivate(PPI);
    expect([d.has(ISACTIVER, PPI), d.seen.irq[0]]).toEqual([false, true]);
  });

  it('of one CPU is as after reset when the CPU is', () => {
    const d = new Driver(2);
    for (const cpu of [0, 1]) {
      d.enable(PPI, 0x80, cpu);
      d.line(PPI, true, cpu);
    }
    d.cpu(1).reset();
    expect([...d.seen.irq]).toEqual([true, false]);
    expect([d.cpu(1).physical.pmr, d.cpu(1).list.hcr, d.cpu(0).physical.pmr]).toEqual([0, 0, 0xf8]);
    expect(d.has(ISPENDR, PPI, 1)).toBe(true);
  });
});
