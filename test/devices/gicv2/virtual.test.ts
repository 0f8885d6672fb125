/** The virtual side: list registers, the guest's CPU interface, and the maintenance interrupt. */

import { describe, expect, it } from 'vitest';
import * as gic from './driver.ts';
import { Driver } from './driver.ts';

const { IAR, EOIR, RPR, DIR, HCR, MISR, LR, ACTIVE, PENDING, HARDWARE, SPURIOUS } = gic;
const TIMER = 27;
const MAINTENANCE = 25;
const [ISACTIVER, IGROUPR] = [0x300, 0x080];
const [EN, UIE, LRENPIE, NPIE] = [1, 2, 4, 8];
const EOI = 1 << 19;
const GROUP1 = 1 << 30;

/** A list register: INTID, priority in 5 bits, more bits. */
const lr = (intid: number, priority: number, more = PENDING): number => (intid | (priority << 23) | more) >>> 0;

describe('behaviour 1: a list register with HW deactivates the physical interrupt', () => {
  /** The physical timer interrupt is active and stands in list register 0 for the guest. */
  function withTimer(ctlr: number): Driver {
    const d = new Driver();
    d.gicc(gic.CTLR, gic.GROUPS | gic.EOI_MODE);
    d.gicv(gic.CTLR, ctlr);
    d.enable(TIMER);
    d.line(TIMER, true);
    expect(d.readGicc(IAR)).toBe(TIMER);
    d.gicc(EOIR, TIMER);
    d.gich(LR, lr(TIMER, 0x10, PENDING + HARDWARE) | (TIMER << 10));
    expect([d.seen.virq[0], d.seen.irq[0], d.has(ISACTIVER, TIMER)]).toEqual([true, false, true]);
    expect(d.readGicv(IAR)).toBe(TIMER);
    return d;
  }

  it('at GICV_EOIR', () => {
    const d = withTimer(gic.GROUPS);
    d.line(TIMER, false);
    d.gicv(EOIR, TIMER);
    expect([d.has(ISACTIVER, TIMER), d.seen.irq[0], d.readGich(LR) >>> 28]).toEqual([false, false, 8]);
  });

  it('at GICV_DIR when the guest splits the end, and the line that is still high comes again', () => {
    const d = withTimer(gic.GROUPS | gic.EOI_MODE);
    d.gicv(EOIR, TIMER);
    expect([d.readGicv(RPR), d.has(ISACTIVER, TIMER)]).toEqual([0xff, true]);
    d.gicv(DIR, TIMER);
    expect([d.has(ISACTIVER, TIMER), d.seen.irq[0]]).toEqual([false, true]);
  });

  it('without HW nothing physical is deactivated', () => {
    const d = new Driver();
    d.bit(ISACTIVER, TIMER);
    d.gich(LR, lr(40, 1, ACTIVE) | (TIMER << 10));
    d.gicv(EOIR, 40);
    expect(d.has(ISACTIVER, TIMER)).toBe(true);
  });

  it('a PhysicalID that is an SGI or does not exist deactivates nothing', () => {
    for (const physical of [3, 288, 1023]) {
      const d = new Driver();
      d.bit(ISACTIVER, 3);
      d.gich(LR, lr(40, 1, ACTIVE + HARDWARE) | (physical << 10));
      d.gicv(EOIR, 40);
      expect([d.has(ISACTIVER, 3), d.readGich(LR) >>> 28]).toEqual([true, 8]);
    }
  });
});

describe('the guest', () => {
  it('sees virtual interrupts only while GICH_HCR.En is set', () => {
    const d = new Driver();
    d.gich(LR, lr(40, 4));
    expect(d.seen.virq[0]).toBe(true);
    d.gich(HCR, 0);
    expect([d.seen.virq[0], d.readGicv(IAR), d.readGicv(gic.HPPIR)]).toEqual([false, SPURIOUS, SPURIOUS]);
    expect([d.readGich(LR), d.seen.irq[0]]).toEqual([lr(40, 4), false]);
  });

  it('takes them by priority, nested, in five bits', () => {
    const d = new Driver();
    d.gich(LR, lr(40, 8));
    expect([d.readGicv(IAR), d.readGicv(RPR), d.readGich(gic.APR)]).toEqual([40, 0x40, 1 << 8]);
    d.gich(LR + 4, lr(41, 8));
    expect([d.seen.virq[0], d.readGicv(gic.HPPIR)]).toEqual([false, 41]);
    d.gich(LR + 8, lr(42, 7));
    expect([d.seen.virq[0], d.readGicv(IAR), d.readGicv(RPR)]).toEqual([true, 42, 0x38]);
    d.gicv(EOIR, 42);
    d.gicv(EOIR, 40);
    expect([d.readGich(gic.APR), d.readGicv(IAR)]).toEqual([0, 41]);
    expect(d.readGich(gic.ELRSR)).toBe(0b1101);
  });

  it('takes FIQ for Group 0 with FIQEn, and is told the sender of an SGI', () => {
    const d = new Driver();
    d.gicv(gic.CTLR, gic.GROUPS | gic.FIQ_EN);
    d.gich(LR, lr(2, 4) | (5 << 10));
    expect([d.seen.vfiq[0], d.seen.virq[0]]).toEqual([true, false]);
    d.gich(LR + 4, lr(2, 4) | (6 << 10));
    expect(d.readGicv(IAR)).toBe(2 | (5 << 10));
    d.gicv(EOIR, 2 | (5 << 10));
    expect(d.readGicv(IAR)).toBe(2 | (6 << 10));
  });

  it('ends an active and pending interrupt into pending', () => {
    const d = new Driver();
    d.gich(LR, lr(40, 4));
    d.readGicv(IAR);
    d.gich(LR, lr(40, 4, PENDING + ACTIVE));
    expect(d.seen.virq[0]).toBe(false);
    d.gicv(EOIR, 40);
    expect([d.seen.virq[0], d.readGich(LR)]).toEqual([true, lr(40, 4)]);
  });

  it('takes Group 1 through the aliases, whatever Group 0 does', () => {
    const d = new Driver();
    d.gich(LR, lr(40, 4, PENDING + GROUP1));
    expect([d.readGicv(IAR), d.readGicv(gic.AIAR)]).toEqual([1022, 40]);
    d.gicv(gic.AEOIR, 40);
    d.gich(LR, lr(40, 1, PENDING + GROUP1));
    d.gich(LR + 4, lr(41, 2));
    d.gicv(gic.CTLR, 1);
    expect([d.seen.virq[0], d.readGicv(IAR)]).toEqual([true, 41]);
  });

  it('shares its registers with GICH_VMCR', () => {
    const d = new Driver();
    expect([d.readGich(gic.VTR), d.readGicv(0xfc)]).toEqual([0x9000_0003, 0x2_043b]);
    d.gich(gic.VMCR, 0xffff_ffff);
    expect([gic.CTLR, gic.PMR, gic.BPR, gic.ABPR].map((at) => d.readGicv(at))).toEqual([0x21f, 0xf8, 7, 7]);
    d.gich(gic.VMCR, 0);
    expect([gic.CTLR, gic.PMR, gic.BPR, gic.ABPR].map((at) => d.readGicv(at))).toEqual([0, 0, 2, 3]);
    d.gicv(gic.PMR, 0xa7);
    d.gicv(gic.CTLR, gic.EOI_MODE | 1);
    expect(d.readGich(gic.VMCR)).toBe((0xa000_0000 | (2 << 21) | (3 << 18) | 0x201) >>> 0);
  });

  it('has a CPU interface of its own for each CPU', () => {
    const d = new Driver(2);
    d.gich(LR, lr(40, 4), 1);
    expect([[...d.seen.virq], d.readGicv(IAR, 0), d.readGicv(IAR, 1)]).toEqual([[false, true], SPURIOUS, 40]);
  });
});

describe('the maintenance interrupt', () => {
  const level = (d: Driver): boolean => d.has(0x200, MAINTENANCE);

  it('tells of an end that was asked for, until the register is written', () => {
    const d = new Driver();
    d.enable(MAINTENANCE);
    d.gich(LR + 4, lr(40, 4) | EOI);
    d.readGicv(IAR);
    expect(d.seen.irq[0]).toBe(false);
    d.gicv(EOIR, 40);
    expect([d.readGich(MISR), d.readGich(gic.EISR), d.readGich(gic.ELRSR)]).toEqual([1, 0b10, 0b1101]);
    expect([d.seen.irq[0], d.readGicc(IAR)]).toEqual([true, MAINTENANCE]);
    d.gich(LR + 4, 0);
    d.gicc(EOIR, MAINTENANCE);
    expect([d.readGich(MISR), d.seen.irq[0]]).toEqual([0, false]);
  });

  it('tells of underflow: none or one register in use', () => {
    const d = new Driver();
    d.gich(HCR, EN | UIE);
    expect([level(d), d.readGich(MISR)]).toEqual([true, 2]);
    d.gich(LR, lr(40, 4));
    expect(level(d)).toBe(true);
    d.gich(LR + 4, lr(41, 4));
    expect(level(d)).toBe(false);
  });

  it('tells of ends without a register, which GICH_HCR.EOICount counts', () => {
    const d = new Driver();
    d.gich(HCR, EN | LRENPIE);
    d.gicv(EOIR, 40);
    expect([d.readGich(HCR), level(d)]).toEqual([EN | LRENPIE, false]);
    d.gich(gic.APR, 1 << 4);
    d.gicv(EOIR, 40);
    expect([d.readGich(HCR), d.readGich(gic.APR), level(d)]).toEqual([(1 << 27) | EN | LRENPIE, 0, true]);
    d.gicv(gic.CTLR, gic.GROUPS | gic.EOI_MODE);
    d.gicv(DIR, 40);
    expect(d.readGich(HCR) >>> 27).toBe(2);
    d.gich(HCR, EN | LRENPIE);
    expect(level(d)).toBe(false);
  });

  it('tells that nothing is pending, and of groups that the guest turns on and off', () => {
    const d = new Driver();
    d.gich(HCR, EN | NPIE);
    expect(d.readGich(MISR)).toBe(8);
    d.gich(LR, lr(40, 4));
    expect(d.readGich(MISR)).toBe(0);
    d.gich(HCR, EN | 0xf0);
    expect(d.readGich(MISR)).toBe(0x50);
    d.gicv(gic.CTLR, 2);
    expect(d.readGich(MISR)).toBe(0x60);
    d.gicv(gic.CTLR, 1);
    expect([d.readGich(MISR), level(d)]).toEqual([0x90, true]);
    d.gich(HCR, 0xf0);
    expect(level(d)).toBe(false);
  });

  it('is an interrupt like others, of either group', () => {
    const d = new Driver();
    d.bit(IGROUPR, MAINTENANCE);
    d.enable(MAINTENANCE);
    d.gicc(gic.CTLR, gic.GROUPS | gic.FIQ_EN);
    d.gich(HCR, EN | UIE);
    expect([d.seen.irq[0], d.seen.fiq[0], d.readGicc(gic.AIAR)]).toEqual([true, false, MAINTENANCE]);
  });
});
