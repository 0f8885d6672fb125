/** The physical side: what the manual says of each register and state, one by one. */

import { describe, expect, it } from 'vitest';
import * as gic from './driver.ts';
import { Driver } from './driver.ts';

const { IAR, EOIR, RPR, HPPIR, DIR, SPURIOUS } = gic;
const [IGROUPR, ISENABLER, ICENABLER, ISPENDR, ICPENDR, ISACTIVER, ICACTIVER] = [
  0x080, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380,
];
const TIMER = 27;
const UART = 33;

describe('behaviour 1: activity gates delivery', () => {
  it('ISACTIVER holds a pending interrupt back, ICACTIVER lets it through', () => {
    const d = new Driver();
    d.enable(TIMER);
    d.bit(ISACTIVER, TIMER);
    d.line(TIMER, true);
    expect([d.seen.irq[0], d.readGicc(IAR), d.has(ISPENDR, TIMER)]).toEqual([false, SPURIOUS, true]);
    d.bit(ICACTIVER, TIMER);
    expect([d.seen.irq[0], d.readGicc(IAR)]).toEqual([true, TIMER]);
  });

  it('EOImode 1: EOIR drops the priority, only DIR deactivates', () => {
    const d = new Driver();
    d.gicc(gic.CTLR, gic.GROUPS | gic.EOI_MODE);
    d.enable(TIMER);
    d.enable(UART);
    d.line(TIMER, true);
    expect(d.readGicc(IAR)).toBe(TIMER);
    d.gicc(EOIR, TIMER);
    expect([d.readGicc(RPR), d.has(ISACTIVER, TIMER), d.seen.irq[0]]).toEqual([0xff, true, false]);
    d.line(UART, true);
    expect(d.readGicc(IAR)).toBe(UART);
    d.gicc(DIR, TIMER);
    expect(d.has(ISACTIVER, TIMER)).toBe(false);
    d.gicc(EOIR, UART);
    expect(d.readGicc(IAR)).toBe(TIMER);
  });

  it('DIR without EOImode is ignored and reported', () => {
    const d = new Driver();
    d.enable(TIMER);
    d.line(TIMER, true);
    d.readGicc(IAR);
    d.gicc(DIR, TIMER);
    expect([d.has(ISACTIVER, TIMER), d.seen.errors.length]).toEqual([true, 1]);
  });
});

describe('behaviour 7: timer lines are levels', () => {
  it('a line that stays high is pending again after its end, one that fell is not', () => {
    const d = new Driver();
    d.enable(TIMER);
    d.line(TIMER, true);
    expect(d.readGicc(IAR)).toBe(TIMER);
    expect([d.has(ISPENDR, TIMER), d.seen.irq[0]]).toEqual([true, false]);
    d.gicc(EOIR, TIMER);
    expect(d.seen.irq[0]).toBe(true);
    expect(d.readGicc(IAR)).toBe(TIMER);
    d.line(TIMER, false);
    d.gicc(EOIR, TIMER);
    expect([d.seen.irq[0], d.readGicc(IAR)]).toEqual([false, SPURIOUS]);
  });

  it('a level that falls before it is acknowledged leaves a spurious interrupt', () => {
    const d = new Driver();
    d.enable(TIMER);
    d.line(TIMER, true);
    d.line(TIMER, false);
    expect([d.seen.irq[0], d.readGicc(IAR)]).toEqual([false, SPURIOUS]);
  });

  it('an edge is remembered, and ISPENDR survives a low line', () => {
    const d = new Driver();
    d.enable(UART);
    d.gicd(0xc08, 0b1000);
    d.line(UART, true);
    d.line(UART, false);
    expect(d.readGicc(IAR)).toBe(UART);
    d.line(UART, true);
    expect(d.has(ISPENDR, UART)).toBe(true);
    d.gicc(EOIR, UART);
    expect(d.readGicc(IAR)).toBe(UART);
    d.gicc(EOIR, UART);
    expect(d.seen.irq[0]).toBe(false);
    d.bit(ISPENDR, UART);
    expect(d.seen.irq[0]).toBe(true);
    d.bit(ICPENDR, UART);
    expect(d.seen.irq[0]).toBe(false);
  });

  it('ICPENDR does not hide a line that is high', () => {
    const d = new Driver();
    d.enable(UART);
    d.line(UART, true);
    d.bit(ICPENDR, UART);
    expect([d.has(ISPENDR, UART), d.seen.irq[0]]).toEqual([true, true]);
  });
});

describe('priorities', () => {
  it('preempt by group priority, and RPR follows', () => {
    const d = new Driver();
    d.gicc(gic.BPR, 3);
    d.enable(UART, 0x85);
    d.enable(TIMER, 0x81);
    d.enable(20, 0x7f);
    d.line(UART, true);
    expect(d.readGicc(IAR)).toBe(UART);
    expect(d.readGicc(RPR)).toBe(0x80);
    d.line(TIMER, true);
    expect([d.seen.irq[0], d.readGicc(IAR), d.readGicc(HPPIR)]).toEqual([false, SPURIOUS, TIMER]);
    d.line(20, true);
    expect(d.readGicc(IAR)).toBe(20);
    expect(d.readGicc(RPR)).toBe(0x70);
    d.gicc(EOIR, 20);
    expect(d.readGicc(RPR)).toBe(0x80);
    d.gicc(EOIR, UART);
    expect([d.readGicc(RPR), d.readGicc(IAR)]).toEqual([0xff, 20]);
  });

  it('PMR masks priorities that are not higher than it; HPPIR does not care', () => {
    const d = new Driver();
    d.enable(UART, 0x80);
    d.line(UART, true);
    d.gicc(gic.PMR, 0x80);
    expect([d.seen.irq[0], d.readGicc(IAR), d.readGicc(HPPIR)]).toEqual([false, SPURIOUS, UART]);
    d.gicc(gic.PMR, 0x81);
    expect([d.seen.irq[0], d.readGicc(IAR)]).toEqual([true, UART]);
  });

  it('all eight bits of a priority count', () => {
    const d = new Driver();
    d.enable(UART, 0x41);
    d.enable(TIMER, 0x40);
    d.line(UART, true);
    d.line(TIMER, true);
    expect(d.readGicc(IAR)).toBe(TIMER);
  });

  it('active priorities can be saved and restored', () => {
    const d = new Driver();
    d.enable(UART, 0x60);
    d.line(UART, true);
    d.readGicc(IAR);
    expect(d.readGicc(0xd4)).toBe(1 << 16);
    d.gicc(0xd4, 0);
    expect(d.readGicc(RPR)).toBe(0xff);
    d.gicc(0xd4, 1 << 16);
    expect(d.readGicc(RPR)).toBe(0x60);
  });
});

describe('groups', () => {
  const withGroup1 = (ctlr: number): Driver => {
    const d = new Driver();
    d.bit(IGROUPR, UART);
    d.enable(UART);
    d.gicc(gic.CTLR, ctlr);
    d.line(UART, true);
    return d;
  };

  it('Group 0 is FIQ if FIQEn, Group 1 always IRQ', () => {
    const d = withGroup1(gic.GROUPS | gic.FIQ_EN);
    expect([d.seen.irq[0], d.seen.fiq[0]]).toEqual([true, false]);
    d.enable(TIMER, 0x10);
    d.line(TIMER, true);
    expect([d.seen.irq[0], d.seen.fiq[0]]).toEqual([false, true]);
  });

  it('Group 1 through IAR is 1022 without AckCtl, through AIAR it is acknowledged', () => {
    const d = withGroup1(gic.GROUPS);
    expect([d.readGicc(IAR), d.readGicc(HPPIR), d.readGicc(gic.AHPPIR)]).toEqual([1022, 1022, UART]);
    expect(d.readGicc(gic.AIAR)).toBe(UART);
    expect(d.readGicc(0xe8)).toBe(1);
    d.gicc(gic.AEOIR, UART);
    expect([d.readGicc(0xe8), d.has(ISACTIVER, UART)]).toEqual([0, false]);
    expect(withGroup1(gic.GROUPS | gic.ACK_CTL).readGicc(IAR)).toBe(UART);
  });

  it('AIAR does not see Group 0', () => {
    const d = new Driver();
    d.enable(UART);
    d.line(UART, true);
    expect([d.readGicc(gic.AIAR), d.readGicc(gic.AHPPIR), d.readGicc(IAR)]).toEqual([SPURIOUS, SPURIOUS, UART]);
  });

  it('a group off in the distributor hides no other; off in the CPU interface it is 1023', () => {
    const d = withGroup1(gic.GROUPS);
    d.enable(TIMER, 0xc0);
    d.line(TIMER, true);
    d.gicd(0, 1);
    expect(d.readGicc(IAR)).toBe(TIMER);
    d.gicc(EOIR, TIMER);
    d.gicd(0, 3);
    d.gicc(gic.CTLR, 1);
    expect([d.seen.irq[0], d.readGicc(IAR), d.readGicc(HPPIR)]).toEqual([false, SPURIOUS, SPURIOUS]);
  });
});

describe('several CPUs', () => {
  it('an SGI keeps its senders apart', () => {
    const d = new Driver(4);
    d.gicd(0xf00, (0b0100 << 16) | 5, 0);
    d.gicd(0xf00, (1 << 24) | 5, 3);
    expect(d.seen.irq).toEqual([true, true, true, false]);
    expect(d.readGicd(0xf14, 2)).toBe(0b1001 << 8);
    expect(d.readGicc(IAR, 2)).toBe(5);
    expect(d.seen.irq[2]).toBe(false);
    d.gicc(EOIR, 5, 2);
    expect(d.readGicc(IAR, 2)).toBe(5 | (3 << 10));
    d.gicc(EOIR, 5 | (3 << 10), 2);
    expect(d.readGicc(IAR, 2)).toBe(SPURIOUS);
    d.gicd(0xf00, (2 << 24) | 1, 1);
    expect(d.readGicc(IAR, 1)).toBe(1 | (1 << 10));
  });

  it('SGIs cannot be disabled, set or cleared as other interrupts are', () => {
    const d = new Driver(2);
    d.bit(ICENABLER, 3);
    d.bit(ISPENDR, 3);
    expect([d.has(ISENABLER, 3), d.has(ISPENDR, 3)]).toEqual([true, false]);
    d.gic.distributor.write(0xf23, 1, 2, 0);
    d.bit(ICPENDR, 3);
    expect([d.has(ISPENDR, 3), d.readGicc(IAR)]).toEqual([true, 3 | (1 << 10)]);
  });

  it('an SPI goes to all its targets; one acknowledges it, the others get 1023', () => {
    const d = new Driver(2);
    d.enable(UART);
    d.gic.distributor.write(0x800 + UART, 1, 0xff, 0);
    expect(d.gic.distributor.read(0x800 + UART, 1, 0)).toBe(0b11);
    d.line(UART, true);
    expect(d.seen.irq).toEqual([true, true]);
    expect([d.readGicc(IAR, 1), d.readGicc(IAR, 0)]).toEqual([UART, SPURIOUS]);
    expect(d.seen.irq).toEqual([false, false]);
  });

  it('banks what belongs to a CPU, and tells each CPU its own target', () => {
    const d = new Driver(3);
    d.enable(TIMER, 0x20, 1);
    d.line(TIMER, true, 1);
    expect([0, 1, 2].map((cpu) => d.has(ISENABLER, TIMER, cpu))).toEqual([false, true, false]);
    expect([0, 1, 2].map((cpu) => d.readGicc(IAR, cpu))).toEqual([SPURIOUS, TIMER, SPURIOUS]);
    expect([0, 1, 2].map((cpu) => d.readGicd(0x81c, cpu))).toEqual([0x0101_0101, 0x0202_0202, 0x0404_0404]);
  });
});

describe('identification', () => {
  it('is that of the GICv2 on the virt board', () => {
    const d = new Driver(4);
    expect([d.readGicd(4), d.readGicd(8), d.readGicc(0xfc)]).toEqual([0x68, 0x43b, 0x2_043b]);
    expect(Array.from({ length: 12 }, (_, i) => d.readGicd(0xfd0 + i * 4))).toEqual([
      4, 0, 0, 0, 0x90, 0xb4, 0x2b, 0, 0x0d, 0xf0, 0x05, 0xb1,
    ]);
    expect(d.seen.errors).toEqual([]);
  });

  it('has RAZ/WI targets with one CPU', () => {
    const d = new Driver();
    d.gicd(0x820, 0x0101_0101);
    expect([d.readGicd(0x820), d.readGicd(0x800)]).toEqual([0, 0]);
  });

  it('reports accesses to nothing, once each', () => {
    const d = new Driver();
    for (const offset of [0x00c, 0xd00, 0xff0 + 0x10]) d.readGicd(offset);
    d.gic.distributor.write(0xf00, 2, 0, 0);
    d.gic.cpuInterface.read(IAR, 1, 0);
    d.gicc(0xf0, 0);
    expect(d.seen.errors).toHaveLength(6);
  });
});
