/** Routing and masking of physical and virtual interrupts, waiting and events. */

import { describe, expect, it } from 'vitest';
import { LEAVE, NEXT } from '../../../src/cpu/core.ts';
import { DAIF, EVENT, R, X } from '../../../src/cpu/slots.ts';
import { interruptPending, takePendingInterrupt } from '../../../src/cpu/system/interrupts.ts';
import { CODE, FakeCore, VBAR_EL1, VBAR_EL2 } from './fake-core.ts';
import { execute, read, WFE, WFI } from './words.ts';

const TGE = 1n << 27n;

/** One kind of interrupt: its routing bit, virtual bit, mask, vector. */
const KINDS = [
  { name: 'IRQ', line: 'irqLine', mo: 1n << 4n, virtual: 1n << 7n, mask: 0x80, vector: 0x80n },
  { name: 'FIQ', line: 'fiqLine', mo: 1n << 3n, virtual: 1n << 6n, mask: 0x40, vector: 0x100n },
] as const;

/**
 * DDI 0487, "Asynchronous exception routing and masking" for a PE with EL2 and without EL3: by TGE, MO and EL, the EL
 * that takes it and whether PSTATE masks it (M) or not (T); `C`: it stays pending.
 */
const PHYSICAL = [
  { tge: false, mo: false, table: ['1M', '1M', 'C'] },
  { tge: false, mo: true, table: ['2T', '2T', '2M'] },
  { tge: true, mo: false, table: ['2T', '2T', '2M'] },
  { tge: true, mo: true, table: ['2T', '2T', '2M'] },
];

describe.each(KINDS)('$name', ({ line, mo, virtual, mask, vector }) => {
  for (const { tge, mo: routed, table } of PHYSICAL) {
    for (const el of [0, 1, 2] as const) {
      for (const masked of [false, true]) {
        const rule = table[el];
        const target = rule === 'C' || (rule.endsWith('M') && masked) ? undefined : (Number(rule[0]) as 1 | 2);
        it(`physical at EL${el}, TGE ${tge}, routed ${routed}, masked ${masked}: ${target ?? 'pending'}`, () => {
          const core = new FakeCore().at(el);
          core.with('HCR_EL2', (tge ? TGE : 0n) | (routed ? mo : 0n));
          core.with('ESR_EL1', 7n).with('ESR_EL2', 7n);
          core.state.set32(DAIF, masked ? mask : 0x3c0 & ~mask);
          core[line] = true;
          expect(interruptPending(core)).toBe(true);
          expect(takePendingInterrupt(core)).toBe(target !== undefined);
          const base = target === 1 ? VBAR_EL1 : VBAR_EL2;
          const group = target !== undefined && el < target ? 0x400n : 0x200n;
          expect(core.state.pc).toBe(target === undefined ? CODE : base + group + vector);
          expect([core.reg('ELR_EL1'), core.reg('ELR_EL2')]).toEqual([1, 2].map((to) => (to === target ? CODE : 0n)));
          expect([core.reg('ESR_EL1'), core.reg('ESR_EL2')]).toEqual([7n, 7n]);
          expect(target === undefined || core.state.lo(DAIF) === 0x3c0).toBe(true);
        });
      }
    }
  }

  it('virtual: taken to EL1 below EL2 while its routing bit is set, obeying PSTATE', () => {
    for (const el of [0, 1, 2] as const) {
      for (const routed of [false, true]) {
        for (const tge of [false, true]) {
          for (const masked of [false, true]) {
            const core = new FakeCore().at(el);
            core.with('HCR_EL2', virtual | (routed ? mo : 0n) | (tge ? TGE : 0n));
            core.state.set32(DAIF, masked ? mask : 0);
            const pending = el < 2 && routed && !tge;
            expect(interruptPending(core)).toBe(pending);
            expect(takePendingInterrupt(core)).toBe(pending && !masked);
            const entry = VBAR_EL1 + (el === 0 ? 0x400n : 0x200n) + vector;
            expect(core.state.pc).toBe(pending && !masked ? entry : CODE);
          }
        }
      }
    }
  });

  it('shows in ISR_EL1 as the one that EL1 would take', () => {
    const core = new FakeCore().at(1).with('HCR_EL2', mo);
    core[line] = true;
    read(core, 'ISR_EL1');
    expect(core.state.lo(X[0])).toBe(0);
    core.with('HCR_EL2', virtual);
    core[line] = false;
    read(core, 'ISR_EL1');
    expect(core.state.lo(X[0])).toBe(mask);
    read(core.at(2), 'ISR_EL1');
    expect(core.state.lo(X[0])).toBe(0);
  });
});

describe('without EL2', () => {
  it('takes interrupts to EL1 under PSTATE', () => {
    const core = new FakeCore({ el2: false }).at(0);
    core.irqLine = true;
    expect(takePendingInterrupt(core)).toBe(true);
    expect(core.state.pc).toBe(VBAR_EL1 + 0x480n);
    expect(takePendingInterrupt(core)).toBe(false);
  });
});

describe('virtual SError', () => {
  it('is taken once: EC 0x2F, and HCR_EL2.VSE is cleared', () => {
    const core = new FakeCore().at(1, 0).with('HCR_EL2', (1n << 8n) | (1n << 5n));
    expect(takePendingInterrupt(core)).toBe(true);
    expect(core.state.pc).toBe(VBAR_EL1 + 0x180n);
    expect(core.reg('ESR_EL1')).toBe(0xbe00_0000n);
    expect(core.reg('HCR_EL2') & (1n << 8n)).toBe(0n);
    core.state.set32(DAIF, 0);
    expect(takePendingInterrupt(core)).toBe(false);
  });
});

describe('WFI and WFE', () => {
  it('WFI waits with PC at the next instruction', () => {
    const core = new FakeCore().at(1);
    expect(execute(core, 'WFI', WFI)).toBe(LEAVE);
    expect([core.waiting, core.state.pc]).toEqual(['wfi', CODE + 4n]);
  });

  it('WFI does not wait, and is not trapped, while a masked interrupt is pending', () => {
    const core = new FakeCore().at(1).with('HCR_EL2', 1n << 13n);
    core.state.set32(DAIF, 0x3c0);
    core.irqLine = true;
    execute(core, 'WFI', WFI);
    expect([core.waiting, core.state.pc]).toEqual(['running', CODE + 4n]);
  });

  it.each([
    { name: 'WFI', word: WFI, twx: 1n << 13n, ntwx: 1n << 16n, esr: 0x07e0_0000n },
    { name: 'WFE', word: WFE, twx: 1n << 14n, ntwx: 1n << 18n, esr: 0x07e0_0001n },
  ] as const)('$name is trapped by SCTLR_EL1 at EL0 before HCR_EL2, and by HCR_EL2 at EL0 and EL1', (c) => {
    const expectTrap = (core: FakeCore, target: 1 | 2) => {
      expect(execute(core, c.name, c.word)).toBe(LEAVE);
      expect(core.waiting).toBe('running');
      expect(core.reg(`ESR_EL${target}`)).toBe(c.esr);
      expect(core.reg(`ELR_EL${target}`)).toBe(CODE);
    };
    const denied = (core: FakeCore) => {
      core.state.set(R.SCTLR_EL1, core.reg('SCTLR_EL1') & ~c.ntwx);
      return core;
    };
    expectTrap(denied(new FakeCore().at(0).with('HCR_EL2', c.twx)), 1);
    expectTrap(denied(new FakeCore().at(0).with('HCR_EL2', TGE)), 2);
    expectTrap(new FakeCore().at(0).with('HCR_EL2', c.twx), 2);
    expectTrap(new FakeCore().at(1).with('HCR_EL2', c.twx), 2);
    const free = denied(new FakeCore().at(2).with('HCR_EL2', c.twx));
    execute(free, c.name, c.word);
    expect(free.waiting).toBe(c.name.toLowerCase());
  });

  it('WFE consumes the event register, which SEV sets for all and SEVL for one', () => {
    const core = new FakeCore().at(1);
    const other = new FakeCore().at(1);
    core.cluster = [core, other];
    execute(core, 'SEVL', 0);
    expect([core.state.lo(EVENT), other.state.lo(EVENT)]).toEqual([1, 0]);
    expect(execute(core, 'WFE', WFE)).toBe(NEXT);
    expect([core.waiting, core.state.lo(EVENT)]).toEqual(['running', 0]);
    execute(core, 'SEV', 0);
    expect([core.state.lo(EVENT), other.state.lo(EVENT)]).toEqual([1, 1]);
    execute(core, 'WFE', WFE);
    execute(core, 'WFE', WFE);
    expect([core.waiting, core.state.pc]).toEqual(['wfe', CODE + 4n]);
  });
});
