/** Self-hosted debug: registers and locks, when breakpoints and watchpoints match, and the state of software step. */

import { describe, expect, it } from 'vitest';
import { BREAKPOINTS, WATCHPOINTS } from '../../../src/arch/sysregs/debug-registers.ts';
import { LEAVE, NEXT } from '../../../src/cpu/core.ts';
import { CPU_MODELS, cpuModel } from '../../../src/cpu/models.ts';
import { PC, R, SS, type SysregSlot, X } from '../../../src/cpu/slots.ts';
import { breakpointHit } from '../../../src/cpu/system/debug/breakpoints.ts';
import { softwareStepException, watchpointTaken } from '../../../src/cpu/system/debug/debug-exceptions.ts';
import { DebugPages } from '../../../src/cpu/system/debug/debug-pages.ts';
import { stepActive } from '../../../src/cpu/system/debug/software-step.ts';
import { NOT_WATCHED, watchpointHit } from '../../../src/cpu/system/debug/watchpoints.ts';
import { exceptionReturn } from '../../../src/cpu/system/exception-return.ts';
import { undefinedInstruction } from '../../../src/cpu/system/exceptions.ts';
import { FakeCore } from './fake-core.ts';
import { brk, execute, msrWord, read, svc, write } from './words.ts';

const MDE_KDE = 0xa000n;
const SS_KDE = 0x2001n;
const SPSR_SS = 1n << 21n;
const HI = 0xffff_8000;
const LO = 0x1234_5670;
const ADDRESS = (BigInt(HI) << 32n) | BigInt(LO);

const x0 = (core: FakeCore) => core.state.get(X[0]);
/** A core without the OS lock, with debug exceptions on at every EL below EL2. */
function unlocked(registers: Partial<Record<SysregSlot, bigint>> = {}, options: { el2?: boolean } = {}): FakeCore {
  const core = new FakeCore(options);
  const all = { OSLAR_EL1: 0n, MDSCR_EL1: MDE_KDE, ...registers };
  for (const [name, value] of Object.entries(all)) core.state.set(R[name as SysregSlot], value);
  return core;
}

describe('the debug registers', () => {
  it('are as many as every model announces', () => {
    for (const name of CPU_MODELS) {
      const dfr0 = cpuModel(name)?.idRegisters.ID_AA64DFR0_EL1.lo ?? 0;
      expect([(dfr0 >>> 12) & 15, (dfr0 >>> 20) & 15, (dfr0 >>> 28) & 15]).toEqual([
        BREAKPOINTS - 1,
        WATCHPOINTS - 1,
        1,
      ]);
    }
  });

  it('MDSCR_EL1 has bits that only the OS lock makes writable', () => {
    const core = new FakeCore().at(1);
    write(core, 'MDSCR_EL1', 0xffff_ffff_ffff_ffffn);
    read(core, 'MDSCR_EL1');
    expect(x0(core)).toBe(0x6ce0_f041n);
    write(core, 'OSLAR_EL1', 0n);
    write(core, 'MDSCR_EL1', 0n);
    read(core, 'MDSCR_EL1');
    expect(x0(core)).toBe(0x6ce0_4040n);
  });

  it('OSECCR_EL1 is written under the OS lock alone', () => {
    const core = new FakeCore().at(1);
    write(core, 'OSECCR_EL1', 0xffn);
    write(core, 'OSLAR_EL1', 0n);
    write(core, 'OSECCR_EL1', 0n);
    read(core, 'OSECCR_EL1');
    expect(x0(core)).toBe(0xf0n);
  });

  it('claim tags are set and cleared one by one', () => {
    const core = new FakeCore().at(1);
    write(core, 'DBGCLAIMSET_EL1', 0x1ffn);
    write(core, 'DBGCLAIMCLR_EL1', 0x0fn);
    read(core, 'DBGCLAIMCLR_EL1');
    expect(x0(core)).toBe(0xf0n);
    read(core, 'DBGCLAIMSET_EL1');
    expect(x0(core)).toBe(0xffn);
  });

  it('the communications channel keeps what is sent, and EL0 may be kept from it', () => {
    const core = unlocked().at(0);
    write(core, 'DBGDTRRX_EL0', 0x1_2345_6789n);
    read(core, 'MDCCSR_EL0');
    expect(x0(core)).toBe(1n << 29n);
    core.at(1);
    read(core, 'OSDTRTX_EL1');
    expect(x0(core)).toBe(0x2345_6789n);
    write(core, 'DBGDTR_EL0', 0x1111_2222_3333_4444n);
    read(core, 'DBGDTR_EL0');
    expect(x0(core)).toBe(0x3333_4444_1111_2222n);
    write(core, 'MDSCR_EL1', 1n << 12n);
    core.at(0);
    expect(read(core, 'MDCCSR_EL0')).toBe(LEAVE);
    expect(core.reg('ESR_EL1') >> 26n).toBe(0x18n);
  });

  it('no debugger is there', () => {
    const core = new FakeCore().at(1);
    read(core, 'DBGAUTHSTATUS_EL1');
    expect(x0(core)).toBe(0xan);
  });
});

/** HMC, SSC, PMC of a comparator, and the ELs that they select with EL2, and without. */
const STATES: [hmc: number, ssc: number, pxc: number, withEl2: number[], without: number[]][] = [
  [0, 0, 1, [1], [1]],
  [0, 0, 2, [0], [0]],
  [0, 0, 3, [0, 1], [0, 1]],
  [1, 0, 1, [1, 2], []],
  [1, 0, 3, [0, 1, 2], []],
  [1, 3, 0, [2], []],
  [0, 0, 0, [], []],
  [1, 0, 0, [], []],
  [1, 0, 2, [], []],
  [0, 1, 3, [], []],
  [0, 2, 3, [], []],
  [0, 3, 3, [], []],
  [1, 1, 1, [], []],
  [1, 3, 1, [], []],
];
const control = (hmc: number, ssc: number, pxc: number): bigint => BigInt(1 | (pxc << 1) | (hmc << 13) | (ssc << 14));

describe.each([true, false])('comparators with EL2 %s', (el2) => {
  it.each(STATES)('HMC %i, SSC %i, PMC %i', (hmc, ssc, pxc, withEl2, without) => {
    for (const el of [0, 1, 2] as const) {
      if (el === 2 && !el2) continue;
      const core = unlocked({ DBGBVR2_EL1: ADDRESS, DBGBCR2_EL1: control(hmc, ssc, pxc) | 0x1e0n }, { el2 }).at(el);
      // EL2 takes its own debug exceptions where they are routed to it.
      if (el === 2) core.with('MDCR_EL2', 1n << 8n);
      expect([el, breakpointHit(core, HI, LO)]).toEqual([el, (el2 ? withEl2 : without).includes(el)]);
    }
  });
});

describe('breakpoints', () => {
  const BASE = { DBGBVR0_EL1: ADDRESS, DBGBCR0_EL1: 0x1e7n };
  const LINKED = { ...BASE, DBGBCR0_EL1: 0x1e7n | (1n << 20n) | (5n << 16n) };
  const context = (type: number) => BigInt(0x1e7 | (type << 20));

  it('compare VA[48:2]', () => {
    const core = unlocked(BASE).at(1);
    expect(breakpointHit(core, HI, LO)).toBe(true);
    expect(breakpointHit(core, HI, LO + 4)).toBe(false);
    expect(breakpointHit(core, HI ^ 1, LO)).toBe(false);
    expect(breakpointHit(core, HI ^ 0x1_0000, LO)).toBe(false);
    expect(breakpointHit(core, HI ^ 0x8000_0000, LO)).toBe(true);
  });

  it.each([
    ['a context', 3, { CONTEXTIDR_EL1: 7n }, true],
    ['another context', 3, { CONTEXTIDR_EL1: 8n }, false],
    ['a VMID', 9, { VTTBR_EL2: 3n << 48n }, true],
    ['another VMID', 9, { VTTBR_EL2: 4n << 48n }, false],
    ['both', 11, { CONTEXTIDR_EL1: 7n, VTTBR_EL2: 3n << 48n }, true],
    ['the context of another VMID', 11, { CONTEXTIDR_EL1: 7n, VTTBR_EL2: 4n << 48n }, false],
    ['a breakpoint that is not for links', 2, { CONTEXTIDR_EL1: 7n }, false],
  ] as const)('linked to %s', (_title, type, registers, hit) => {
    const core = unlocked({ ...LINKED, DBGBVR5_EL1: (3n << 32n) | 7n, DBGBCR5_EL1: context(type), ...registers }).at(1);
    // By address and link; the type that is not for links matches any instruction of its context.
    expect(breakpointHit(core, HI, LO)).toBe(hit || type === 2);
    expect(breakpointHit(core, HI, LO + 4)).toBe(type === 2);
  });

  it('that are not context-aware have no types for contexts', () => {
    const core = unlocked({ DBGBVR3_EL1: 7n, DBGBCR3_EL1: context(2), CONTEXTIDR_EL1: 7n }).at(1);
    expect(breakpointHit(core, HI, LO)).toBe(false);
    const aware = unlocked({ DBGBVR4_EL1: 7n, DBGBCR4_EL1: context(2), CONTEXTIDR_EL1: 7n });
    expect(breakpointHit(aware.at(1), HI, LO)).toBe(true);
    expect(breakpointHit(aware.with('MDCR_EL2', 1n << 8n).at(2), HI, LO)).toBe(false);
  });

  it('need a breakpoint that is there, and enabled, to link to', () => {
    for (const lbn of [3n, 6n, 15n]) {
      const registers = { ...BASE, DBGBCR0_EL1: 0x1e7n | (1n << 20n) | (lbn << 16n), DBGBCR3_EL1: context(3) };
      expect(breakpointHit(unlocked(registers).at(1), HI, LO)).toBe(false);
    }
    expect(breakpointHit(unlocked({ ...LINKED, DBGBCR5_EL1: context(3) & ~1n }).at(1), HI, LO)).toBe(false);
  });

  it.each([
    ['the OS lock', { OSLAR_EL1: 1n }],
    ['the double lock', { OSDLR_EL1: 1n }],
    ['MDE', { MDSCR_EL1: 0x2000n }],
    ['KDE', { MDSCR_EL1: 0x8000n }],
  ] as const)('wait for %s', (_title, registers) => {
    expect(breakpointHit(unlocked({ ...BASE, ...registers }).at(1), HI, LO)).toBe(false);
  });

  it('are not stopped by the double lock while the core is held up', () => {
    expect(breakpointHit(unlocked({ ...BASE, OSDLR_EL1: 1n, DBGPRCR_EL1: 1n }).at(1), HI, LO)).toBe(true);
  });
});

describe('watchpoints', () => {
  const hit = (registers: Partial<Record<SysregSlot, bigint>>, lo: number, size: number, isWrite = false) =>
    watchpointHit(unlocked(registers).at(1), HI, lo, size, isWrite, false);
  const all = { DBGWVR1_EL1: ADDRESS, DBGWCR1_EL1: 0x1fffn };

  it('find the first byte that they watch', () => {
    expect([
      hit(all, LO, 8),
      hit(all, LO + 7, 1),
      hit(all, LO + 8, 8),
      hit(all, LO - 8, 8),
      hit(all, LO - 3, 8),
    ]).toEqual([0, 0, NOT_WATCHED, NOT_WATCHED, 3]);
    const byte6 = { ...all, DBGWCR1_EL1: 0x81fn | (1n << 11n) };
    expect([hit(byte6, LO, 4), hit(byte6, LO + 4, 4), hit(byte6, LO + 7, 1)]).toEqual([NOT_WATCHED, 2, NOT_WATCHED]);
  });

  it('of a word ignore the upper bytes of BAS', () => {
    const word = { DBGWVR1_EL1: ADDRESS | 4n, DBGWCR1_EL1: 0x1fffn };
    expect([hit(word, LO, 4), hit(word, LO + 4, 4), hit(word, LO + 8, 4)]).toEqual([NOT_WATCHED, 0, NOT_WATCHED]);
  });

  it('with MASK watch an aligned range, and nothing unless BAS is all ones', () => {
    const range = { DBGWVR1_EL1: ADDRESS & ~0xfffn, DBGWCR1_EL1: 0x1fffn | (12n << 24n) };
    expect([hit(range, LO, 8), hit(range, LO & ~0xfff, 1), hit(range, (LO | 0xfff) + 1, 1)]).toEqual([
      0,
      0,
      NOT_WATCHED,
    ]);
    expect(hit({ ...range, DBGWCR1_EL1: 0xfffn | (12n << 24n) }, LO, 8)).toBe(NOT_WATCHED);
  });

  it('tell loads from stores', () => {
    const loads = { ...all, DBGWCR1_EL1: 0x1fefn };
    const stores = { ...all, DBGWCR1_EL1: 0x1ff7n };
    expect([hit(loads, LO, 8), hit(loads, LO, 8, true)]).toEqual([0, NOT_WATCHED]);
    expect([hit(stores, LO, 8), hit(stores, LO, 8, true)]).toEqual([NOT_WATCHED, 0]);
  });

  it('take LDTR for an access of EL0', () => {
    const core = unlocked({ ...all, DBGWCR1_EL1: 0x1ffdn }).at(1);
    expect([watchpointHit(core, HI, LO, 8, false, false), watchpointHit(core, HI, LO, 8, false, true)]).toEqual([
      -1, 0,
    ]);
  });

  it('report the byte, the direction and cache maintenance', () => {
    const core = unlocked(all).at(1);
    expect(watchpointTaken(core, HI, LO - 4, 8, true, false, true)).toBe(true);
    expect([core.reg('FAR_EL1'), core.reg('ESR_EL1')]).toEqual([ADDRESS, 0xd600_0162n]);
    expect(watchpointTaken(unlocked(all).at(1), HI, LO + 8, 8, true, false)).toBe(false);
  });
});

describe('debug pages', () => {
  const pages = (registers: Partial<Record<SysregSlot, bigint>>) => {
    const { state, model } = unlocked(registers);
    const made = new DebugPages(state, model.features);
    made.update();
    return made;
  };

  it('are those of the comparators that are on', () => {
    const made = pages({ DBGBVR0_EL1: ADDRESS, DBGBCR0_EL1: 0x1e7n, DBGWVR3_EL1: 0x5000n, DBGWCR3_EL1: 0x1fffn });
    expect([made.breaks(HI, LO), made.breaks(HI, LO + 0x1000), made.breaks(0, 0x5000)]).toEqual([true, false, false]);
    expect([made.watches(0, 0x5fff), made.watches(0, 0x4fff), made.watches(HI, LO)]).toEqual([true, false, false]);
    expect(pages({ DBGBVR0_EL1: ADDRESS, DBGBCR0_EL1: 0x1e6n }).breaks(HI, LO)).toBe(false);
    expect(pages({ DBGBVR0_EL1: ADDRESS, DBGBCR0_EL1: 0x1e7n, MDSCR_EL1: 0n }).breaks(HI, LO)).toBe(false);
  });

  it('are all that MASK covers', () => {
    const made = pages({ DBGWVR0_EL1: 0x1_0000_4000n, DBGWCR0_EL1: 0x1fffn | (14n << 24n) });
    expect([0x3fff, 0x4000, 0x7fff, 0x8000].map((lo) => made.watches(1, lo))).toEqual([false, true, true, false]);
  });

  it('are every page for a context', () => {
    expect(pages({ DBGBCR4_EL1: 0x20_01e7n }).breaks(1, 2)).toBe(true);
    expect(pages({ DBGBCR4_EL1: 0x30_01e7n }).breaks(1, 2)).toBe(false);
  });

  it('tell when they change', () => {
    const core = unlocked({ DBGBVR0_EL1: ADDRESS, DBGBCR0_EL1: 0x1e7n });
    const made = new DebugPages(core.state, core.model.features);
    expect([made.update(), made.update()]).toEqual([true, false]);
    core.state.set(R.MDSCR_EL1, 0n);
    expect([made.update(), made.update()]).toEqual([true, false]);
  });
});

describe('software step', () => {
  it('is active below its target, and at it with KDE and without PSTATE.D', () => {
    const active = (el: 0 | 1 | 2, mdcr: bigint, mdscr: bigint) =>
      stepActive(unlocked({ MDSCR_EL1: mdscr }).with('MDCR_EL2', mdcr).at(el).state);
    const TDE = 1n << 8n;
    expect([active(0, 0n, 1n), active(1, 0n, 1n), active(1, 0n, SS_KDE), active(2, 0n, SS_KDE)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect([active(1, TDE, 1n), active(2, TDE, 1n), active(2, TDE, SS_KDE)]).toEqual([true, false, true]);
    const masked = unlocked({ MDSCR_EL1: SS_KDE }).at(1);
    masked.state.pstate = 0x3c5;
    expect(stepActive(masked.state)).toBe(false);
  });

  /** At EL1, about to return to EL0 with SPSR_EL1.SS. */
  const returning = (registers: Partial<Record<SysregSlot, bigint>> = {}) => {
    const core = unlocked({ MDSCR_EL1: 1n, SPSR_EL1: SPSR_SS, ELR_EL1: 0x1000n, ...registers }).at(1);
    core.state.pstate = 0x3c5;
    return core;
  };

  it('begins with SPSR_ELx.SS, when debug exceptions are off before and on after', () => {
    const after = (registers: Partial<Record<SysregSlot, bigint>>) => {
      const core = returning(registers);
      exceptionReturn(core);
      return core.state.lo(SS);
    };
    expect(after({})).toBe(1);
    expect(after({ MDSCR_EL1: 0n })).toBe(0);
    expect(after({ OSLAR_EL1: 1n })).toBe(0);
    expect(after({ SPSR_EL1: 0n })).toBe(0);
    // To EL1 with KDE: on where it comes from, unless PSTATE.D is set there; off where it goes with SPSR.D.
    expect(after({ MDSCR_EL1: SS_KDE, SPSR_EL1: SPSR_SS | 5n })).toBe(1);
    expect(after({ MDSCR_EL1: SS_KDE, SPSR_EL1: SPSR_SS | 0x205n })).toBe(0);
    expect(after({ MDSCR_EL1: 1n, SPSR_EL1: SPSR_SS | 5n })).toBe(0);
  });

  it('does not begin when they were on already', () => {
    const core = returning({ MDSCR_EL1: SS_KDE, SPSR_EL1: SPSR_SS | 5n });
    core.state.pstate = 5;
    exceptionReturn(core);
    expect(core.state.lo(SS)).toBe(0);
  });

  it('puts SS into SPSR for an instruction that will execute again, not for SVC', () => {
    const stepping = () => {
      const core = returning();
      exceptionReturn(core);
      core.step.begin(0xd503_201f);
      return core;
    };
    const faults = stepping();
    expect(faults.state.lo(SS)).toBe(0);
    undefinedInstruction(faults);
    expect(faults.reg('SPSR_EL1')).toBe(SPSR_SS);
    const calls = stepping();
    execute(calls, 'SVC', svc(1));
    expect(calls.reg('SPSR_EL1')).toBe(0n);
    const breaks = stepping();
    execute(breaks, 'BRK', brk(1));
    expect(breaks.reg('SPSR_EL1')).toBe(SPSR_SS);
  });

  it('reports whether it stepped, and a Load-Exclusive', () => {
    const esr = (...words: number[]) => {
      const core = returning();
      exceptionReturn(core);
      for (const word of words) core.step.begin(word);
      softwareStepException(core);
      return core.reg('ESR_EL1');
    };
    expect(esr()).toBe(0xca00_0022n);
    expect(esr(0xd503_201f)).toBe(0xcb00_0022n);
    // LDXR, LDAXP; STXR and LDAR are no Load-Exclusives.
    expect(esr(0xc85f_7c00)).toBe(0xcb00_0062n);
    expect(esr(0xc87f_8400)).toBe(0xcb00_0062n);
    expect(esr(0xc800_7c00)).toBe(0xcb00_0022n);
    expect(esr(0xc8df_fc00)).toBe(0xcb00_0022n);
  });

  it('is PSTATE: it is saved, and an exception clears it', () => {
    const core = unlocked().at(1);
    core.state.set32(SS, 1);
    expect(core.state.pstate & Number(SPSR_SS)).toBe(Number(SPSR_SS));
    undefinedInstruction(core);
    expect([core.reg('SPSR_EL1') & SPSR_SS, core.state.lo(SS)]).toEqual([SPSR_SS, 0]);
  });
});

describe('routing', () => {
  it.each([
    ['MDCR_EL2', 8n],
    ['HCR_EL2', 27n],
  ] as const)('%s sends debug exceptions to EL2', (name, bit) => {
    const core = unlocked({ DBGWVR0_EL1: ADDRESS, DBGWCR0_EL1: 0x1fffn })
      .with(name, 1n << bit)
      .at(0);
    expect(watchpointTaken(core, HI, LO, 8, false, false)).toBe(true);
    expect([core.state.el, core.reg('ESR_EL2'), core.reg('FAR_EL2')]).toEqual([2, 0xd200_0022n, ADDRESS]);
  });

  it('DC IVAC is watched as a store of its line', () => {
    const core = unlocked({ DBGWVR0_EL1: 0x4000_0030n, DBGWCR0_EL1: 0x1ffbn }).at(1);
    core.state.set(PC, 0x4000_1000n);
    core.x(0, 0x4000_0008n);
    expect(execute(core, 'SYS', msrWord('DC IVAC'))).toBe(LEAVE);
    expect([core.reg('ESR_EL1'), core.reg('FAR_EL1')]).toEqual([0xd600_0162n, 0x4000_0030n]);
    expect(execute(core.at(1), 'SYS', msrWord('DC CIVAC'))).toBe(NEXT);
  });
});
