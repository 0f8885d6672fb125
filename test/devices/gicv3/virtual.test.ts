/** The virtual side of a GICv3: list registers of 64 bits, and what impossible contents of them do. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTIVE, Driver, EOI, GROUP1, HARDWARE, ISACTIVER, lr, PENDING, SPURIOUS } from './driver.ts';

const TIMER = 27;

describe('list registers', () => {
  it('are 4 to 16, and ICH_VTR_EL2 tells', () => {
    expect([4, 9, 16].map((count) => new Driver(1, count).cpu().list.vtr)).toEqual([
      0x90b8_0003, 0x90b8_0008, 0x90b8_000f,
    ]);
    for (const count of [3, 17, 4.5]) expect(() => new Driver(1, count)).toThrow(RangeError);
    const d = new Driver(1, 16);
    const { list, virtual } = d.cpu();
    for (let n = 0; n < 16; n++) list.setRegister(n, lr(8 * (16 - n)), 32 + n);
    expect([virtual.acknowledge(1), list.elrsr]).toEqual([47, 0]);
  });

  it('keep 24 bits of INTID, 5 of priority and 13 of the physical INTID', () => {
    const { list } = new Driver().cpu();
    list.setRegister(0, 0xffff_ffff, 0xffff_ffff);
    expect([list.registerHi(0), list.registerLo(0)]).toEqual([0xf0f8_1fff, 0xff_ffff]);
  });

  it('behaviour 1: one with HW deactivates the physical interrupt, at the end or by ICV_DIR_EL1', () => {
    for (const splitsEnd of [false, true]) {
      const d = new Driver();
      const { list, virtual } = d.cpu();
      d.bit(ISACTIVER, TIMER);
      virtual.controlRegister = splitsEnd ? 2 : 0;
      list.setRegister(0, lr(0x10, PENDING + GROUP1 + HARDWARE + TIMER), TIMER);
      expect([d.seen.virq[0], virtual.acknowledge(1)]).toEqual([true, TIMER]);
      virtual.endOfInterrupt(1, TIMER);
      expect([virtual.runningPriority, d.has(ISACTIVER, TIMER)]).toEqual([0xff, splitsEnd]);
      virtual.deactivate(TIMER);
      expect([d.has(ISACTIVER, TIMER), (list.registerHi(0) & (PENDING | ACTIVE)) >>> 0]).toEqual([false, 0]);
    }
  });

  it('return a special INTID without making it active', () => {
    const { list, virtual } = new Driver().cpu();
    list.setRegister(0, lr(0x10), 1021);
    expect([virtual.acknowledge(1), virtual.activePriorities(1), list.elrsr]).toEqual([1021, 0, 0xf]);
    expect(virtual.acknowledge(1)).toBe(SPURIOUS);
  });

  it('end LPIs at once, and count ends without a register but theirs', () => {
    const { list, virtual } = new Driver().cpu();
    virtual.controlRegister = 2;
    list.setRegister(0, lr(0x10), 8200);
    expect(virtual.acknowledge(1)).toBe(8200);
    virtual.endOfInterrupt(1, 8200);
    expect([list.elrsr, virtual.runningPriority]).toEqual([0xf, 0xff]);
    virtual.controlRegister = 0;
    for (const [intid, count] of [
      [8200, 0],
      [40, 1],
    ]) {
      virtual.setActivePriorities(1, 1 << 4);
      virtual.endOfInterrupt(1, intid);
      expect([intid, list.hcr >>> 27]).toEqual([intid, count]);
    }
    virtual.endOfInterrupt(1, 41);
    expect(list.hcr >>> 27).toBe(1);
  });

  it('ask for maintenance', () => {
    const d = new Driver();
    const { list, virtual } = d.cpu();
    d.enable(25, 0x20);
    list.setRegister(2, lr(0x10, PENDING + GROUP1 + EOI), 40);
    virtual.acknowledge(1);
    expect(d.seen.irq[0]).toBe(false);
    virtual.endOfInterrupt(1, 40);
    expect([list.misr, list.eisr, list.elrsr, d.seen.irq[0]]).toEqual([1, 0b100, 0b1011, true]);
    list.setRegister(2, 0, 0);
    expect([list.misr, d.seen.irq[0]]).toEqual([0, false]);
  });

  it('are drawn on by priority, whatever is in them', () => {
    const register = fc.record({
      priority: fc.integer({ min: 0, max: 31 }),
      state: fc.constantFrom(0, PENDING, ACTIVE, PENDING + ACTIVE),
      group: fc.constantFrom(0, GROUP1),
      more: fc.constantFrom(0, HARDWARE, HARDWARE + TIMER, EOI),
      intid: fc.constantFrom(0, 27, 40, 40, 1019, 1020, 1023, 8192, 0xff_ffff),
    });
    fc.assert(
      fc.property(fc.array(register, { minLength: 4, maxLength: 4 }), fc.integer({ min: 0, max: 3 }), (all, groups) => {
        const { list, virtual } = new Driver().cpu();
        virtual.setGroupEnable(0, groups & 1);
        virtual.setGroupEnable(1, groups >>> 1);
        all.forEach(({ priority, state, group, more, intid }, n) => {
          list.setRegister(n, priority * 2 ** 19 + state + group + more, intid);
        });
        const offered = all.filter(({ state, group }) => state === PENDING && (groups & (group === 0 ? 1 : 2)) !== 0);
        const best = Math.min(...offered.map(({ priority }) => priority));
        const first = offered.find(({ priority }) => priority === best);
        for (const group of [0, 1] as const) {
          const isOfGroup = first !== undefined && (first.group === 0) === (group === 0);
          expect(virtual.highestPending(group)).toBe(isOfGroup ? first.intid : SPURIOUS);
        }
      }),
    );
  });
});
