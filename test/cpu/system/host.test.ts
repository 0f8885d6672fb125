/** FEAT_VHE: names of registers, controls, routing and maintenance while HCR_EL2.E2H is set, with and without TGE. */

import { describe, expect, it } from 'vitest';
import { HOST_MEANINGS } from '../../../src/arch/sysregs/host-names.ts';
import { REGISTERS } from '../../../src/arch/sysregs/registers.ts';
import type { Sysreg } from '../../../src/arch/sysregs/row.ts';
import { LEAVE, NEXT } from '../../../src/cpu/core.ts';
import { cpuModel, withoutEl2 } from '../../../src/cpu/models.ts';
import { DAIF, PAN, PC, R, type SysregSlot, X } from '../../../src/cpu/slots.ts';
import { breakpointHit } from '../../../src/cpu/system/debug/breakpoints.ts';
import { undefinedInstruction } from '../../../src/cpu/system/exceptions.ts';
import { floatingPointTrap, trapFloatingPoint } from '../../../src/cpu/system/floating-point-access.ts';
import { takePendingInterrupt } from '../../../src/cpu/system/interrupts.ts';
import { regimeAt } from '../../../src/cpu/system/regimes.ts';
import { READ, Translation } from '../../../src/mmu/translation.ts';
import { CODE, FakeCore, RAM, VBAR_EL2 } from './fake-core.ts';
import { execute, mrsWord, msrWord, read, svc, WFI, write } from './words.ts';

const E2H = 1n << 34n;
const TGE = 1n << 27n;
const HOST = E2H | TGE;
const UNDEFINED_ESR = 0x0200_0000n;
const x0 = (core: FakeCore) => core.state.get(X[0]);
const max = (hcr: bigint, el: 0 | 1 | 2 = 2) => new FakeCore({ cpu: 'max' }).with('HCR_EL2', hcr).at(el);
const rowOf = (name: string) => REGISTERS.find((row) => row.name === name) as Sysreg;
const join = ({ hi, lo }: { hi: number; lo: number }) => (BigInt(hi) << 32n) | BigInt(lo);
/** The bits that `max` stores of a register. */
const storedByMax = ({ stored, extensions }: Sysreg) =>
  extensions.reduce((bits, extension) => bits | join(extension.stored), join(stored));
/** A value that a register may hold whatever its layout: some of the bits that are stored. */
const valueFor = (row: Sysreg) => storedByMax(row) & 0x5a5a_a5a5_5a5a_a5a5n;

const ALIASES = REGISTERS.filter(({ aliasOf }) => aliasOf !== undefined);
const isTimeDependent = (name: string) => name.includes('TVAL');

describe('identification', () => {
  it('VH and the debug architecture tell of it on max alone, and only with EL2', () => {
    const model = cpuModel('max') as NonNullable<ReturnType<typeof cpuModel>>;
    const vh = ({ idRegisters }: typeof model) => (idRegisters.ID_AA64MMFR1_EL1?.lo ?? 0) & 0xf00;
    const debug = ({ idRegisters }: typeof model) => idRegisters.ID_AA64DFR0_EL1.lo & 0xf;
    expect([vh(model), debug(model)]).toEqual([0x100, 7]);
    expect([vh(withoutEl2(model)), debug(withoutEl2(model))]).toEqual([0, 6]);
    const a57 = cpuModel('cortex-a57') as typeof model;
    expect([vh(a57), debug(a57)]).toEqual([0, 6]);
  });

  it('E2H is RES0 elsewhere', () => {
    const core = new FakeCore().at(2);
    write(core, 'HCR_EL2', E2H);
    expect(core.reg('HCR_EL2')).toBe(1n << 31n);
  });
});

describe('aliases', () => {
  it('are the 22 of FEAT_VHE', () => {
    expect(ALIASES.map(({ name }) => name)).toHaveLength(22);
  });

  it.each(ALIASES.map((row) => [row.name, row] as const))('%s', (name, row) => {
    const target = rowOf(row.aliasOf as string);
    for (const el of [0, 1, 2] as const) {
      for (const hcr of [0n, TGE, E2H, HOST]) {
        const allowed = el === 2 && (hcr & E2H) !== 0n;
        const core = max(hcr, el);
        const outcome = read(core, name);
        expect([el, hcr, outcome]).toEqual([el, hcr, allowed ? NEXT : LEAVE]);
        const esr = core.reg('ESR_EL1') | core.reg('ESR_EL2');
        expect([el, hcr, esr]).toEqual([el, hcr, allowed ? 0n : UNDEFINED_ESR]);
      }
    }
    const core = max(E2H);
    write(core, name, valueFor(target));
    const slot = (target.name in R ? target.name : target.name.replace('TVAL', 'CVAL')) as SysregSlot;
    expect(core.reg(slot)).toBe(valueFor(target) | (join(target.res1) & ~storedByMax(target)));
    const a57 = new FakeCore().at(2);
    expect([read(a57, name), a57.reg('ESR_EL2')]).toEqual([LEAVE, UNDEFINED_ESR]);
  });
});

describe('redirection', () => {
  it.each([...HOST_MEANINGS])('%s means %s to the host alone', (name, meaning) => {
    const slotOf = (of: string) => of.replace('TVAL', 'CVAL') as SysregSlot;
    const value = valueFor(rowOf(meaning)) & 0x7fff_ffffn;
    const changed = (core: FakeCore) => {
      write(core, name, value);
      return [core.reg(slotOf(name)), core.reg(slotOf(meaning))];
    };
    const before = (hcr: bigint) => changed(max(hcr));
    const untouched = (of: string) => max(0n).reg(slotOf(of));
    expect(before(E2H)[0]).toBe(untouched(name));
    expect(before(HOST)[0]).toBe(untouched(name));
    expect(before(0n)[1]).toBe(untouched(meaning));
    expect(before(TGE)[1]).toBe(untouched(meaning));
    if (!isTimeDependent(name)) {
      const core = max(E2H);
      write(core, name, value);
      core.at(2);
      read(core, name);
      expect(x0(core) & value).toBe(value);
      read(core, meaning);
      expect(x0(core) & value).toBe(value);
    }
  });

  it('EL1 always has its own registers', () => {
    const core = max(E2H, 1);
    write(core, 'VBAR_EL1', 0x8000n);
    expect([core.reg('VBAR_EL1'), core.reg('VBAR_EL2')]).toEqual([0x8000n, VBAR_EL2]);
  });

  it('EL0 has the timers of EL2 with TGE, which CNTHCTL_EL2 allows', () => {
    const timer = (hcr: bigint, cnthctl: bigint, cntkctl: bigint) => {
      const core = max(hcr, 0).with('CNTHCTL_EL2', cnthctl).with('CNTKCTL_EL1', cntkctl);
      core.state.set(R.CNTHCTL_EL2, cnthctl);
      write(core, 'CNTV_CVAL_EL0', 7n);
      return [core.reg('CNTV_CVAL_EL0'), core.reg('CNTHV_CVAL_EL2'), core.reg('ESR_EL2') >> 26n];
    };
    expect(timer(HOST, 1n << 8n, 0n)).toEqual([0n, 7n, 0n]);
    expect(timer(HOST, 0n, 1n << 8n)).toEqual([0n, 0n, 0x18n]);
    expect(timer(E2H, 0n, 1n << 8n)).toEqual([7n, 0n, 0n]);
  });

  it('keeps bits that one layout alone has', () => {
    const core = max(0n);
    write(core, 'CPTR_EL2', 0x0030_33ffn);
    write(core, 'TCR_EL2', 0x77_0000_0000n);
    write(core, 'HCR_EL2', E2H);
    core.at(2);
    read(core, 'CPACR_EL1');
    expect(x0(core)).toBe(0x0030_33ffn);
    read(core, 'TCR_EL1');
    expect(x0(core)).toBe(0x77_0000_0000n);
  });

  it('EL2 virtual timer, TTBR1_EL2 and CONTEXTIDR_EL2 are there without E2H', () => {
    for (const name of ['CNTHV_CTL_EL2', 'CNTHV_CVAL_EL2', 'CNTHV_TVAL_EL2', 'TTBR1_EL2', 'CONTEXTIDR_EL2']) {
      expect([name, read(max(0n), name), read(max(0n, 1), name)]).toEqual([name, NEXT, LEAVE]);
      expect([name, read(new FakeCore().at(2), name)]).toEqual([name, LEAVE]);
    }
  });

  it('the virtual count has no offset for the host', () => {
    const counted = (hcr: bigint, el: 0 | 2) => {
      const core = max(hcr, el).with('CNTVOFF_EL2', 100n).with('CNTKCTL_EL1', 3n).with('CNTHCTL_EL2', 3n);
      core.time = 16 * 1000;
      read(core, 'CNTVCT_EL0');
      return x0(core);
    };
    expect([counted(0n, 2), counted(E2H, 2), counted(E2H, 0), counted(HOST, 0)]).toEqual([900n, 1000n, 900n, 1000n]);
  });

  it('CNTHV fires on its own line', () => {
    const core = max(E2H).with('CNTVOFF_EL2', 1n << 40n);
    write(core, 'CNTV_CTL_EL0', 1n);
    expect(core.timerLines).toEqual([false, false, false, true]);
    write(core, 'CNTV_CTL_EL02', 1n);
    expect(core.timerLines).toEqual([false, true, false, true]);
  });
});

describe('controls of EL0', () => {
  const esrOf = (core: FakeCore) => [core.reg('ESR_EL1') >> 26n, core.reg('ESR_EL2') >> 26n];

  it('are those of SCTLR_EL2 with TGE', () => {
    const ctr = (hcr: bigint, el1: bigint, el2: bigint) => {
      const core = max(hcr, 0).with('SCTLR_EL1', el1).with('SCTLR_EL2', el2);
      read(core, 'CTR_EL0');
      return esrOf(core);
    };
    const UCT = 1n << 15n;
    expect(ctr(HOST, UCT, 0n)).toEqual([0n, 0x18n]);
    expect(ctr(HOST, 0n, UCT)).toEqual([0n, 0n]);
    expect(ctr(E2H, 0n, UCT)).toEqual([0x18n, 0n]);
    expect(ctr(TGE, 0n, UCT)).toEqual([0n, 0x18n]);
    const wfi = (hcr: bigint, el1: bigint, el2: bigint) => {
      const core = max(hcr, 0).with('SCTLR_EL1', el1);
      core.state.set(R.SCTLR_EL2, el2);
      execute(core, 'WFI', WFI);
      return esrOf(core);
    };
    const NTWI = 1n << 16n;
    expect(wfi(HOST, NTWI, 0n)).toEqual([0n, 1n]);
    expect(wfi(HOST, 0n, NTWI)).toEqual([0n, 0n]);
  });

  it('DAIF is EL2’s to give, and it never does', () => {
    const core = max(HOST, 0).with('SCTLR_EL1', 1n << 9n);
    expect(read(core, 'DAIF')).toBe(LEAVE);
    expect(esrOf(core)).toEqual([0n, 0x18n]);
  });

  it('are not the trap bits of HCR_EL2', () => {
    const TRAPS = (1n << 17n) | (1n << 13n) | (1n << 28n) | (1n << 23n);
    const core = max(HOST | TRAPS, 0).with('SCTLR_EL2', (1n << 15n) | (1n << 16n) | (1n << 14n) | (1n << 26n));
    expect([read(core, 'CTR_EL0'), read(core, 'DCZID_EL0'), x0(core)]).toEqual([NEXT, NEXT, 4n]);
    execute(core, 'WFI', WFI);
    expect(esrOf(core)).toEqual([0n, 0n]);
  });

  it('EL1 is kept from counter and timer by bits 10 and 11 of CNTHCTL_EL2', () => {
    const trap = (hcr: bigint, cnthctl: bigint, name: string) => {
      const core = max(hcr, 1);
      core.state.set(R.CNTHCTL_EL2, cnthctl);
      return read(core, name);
    };
    expect([trap(E2H, 1n << 10n, 'CNTPCT_EL0'), trap(E2H, 3n, 'CNTPCT_EL0')]).toEqual([NEXT, LEAVE]);
    expect([trap(E2H, 1n << 11n, 'CNTP_CTL_EL0'), trap(E2H, 3n, 'CNTP_CTL_EL0')]).toEqual([NEXT, LEAVE]);
    expect([trap(0n, 3n, 'CNTPCT_EL0'), trap(0n, 1n << 10n, 'CNTPCT_EL0')]).toEqual([NEXT, LEAVE]);
  });
});

describe('floating point', () => {
  const trap = (hcr: bigint, cpacr: bigint, cptr: bigint) => {
    const core = max(hcr);
    core.state.set(R.CPACR_EL1, cpacr << 20n);
    core.state.set(R.CPTR_EL2, cptr << 20n);
    return ([0, 1, 2] as const).map((el) => floatingPointTrap(core.state, el));
  };
  const [GUEST, EL2] = ['CPACR_EL1.FPEN', 'CPTR_EL2.FPEN'] as const;

  it('is allowed by CPTR_EL2.FPEN, and in the host not by CPACR_EL1', () => {
    expect(trap(HOST, 0n, 3n)).toEqual([undefined, GUEST, undefined]);
    expect(trap(HOST, 3n, 1n)).toEqual([EL2, undefined, undefined]);
    expect(trap(HOST, 3n, 0n)).toEqual([EL2, EL2, EL2]);
    expect(trap(HOST, 3n, 2n)).toEqual([EL2, EL2, EL2]);
    expect(trap(E2H, 3n, 1n)).toEqual([undefined, undefined, undefined]);
    expect(trap(E2H, 1n, 1n)).toEqual([GUEST, undefined, undefined]);
    expect(trap(E2H, 3n, 0n)).toEqual([EL2, EL2, EL2]);
  });

  it('traps with EC 7', () => {
    const core = max(HOST, 0);
    core.state.set(R.CPTR_EL2, 0n);
    expect(trapFloatingPoint(core)).toBe(LEAVE);
    expect(core.reg('ESR_EL2')).toBe(0x1fe0_0000n);
  });
});

describe('exceptions', () => {
  it('EL0 of the host goes to EL2, and PAN is set unless SCTLR_EL2.SPAN', () => {
    const taken = (hcr: bigint, span: bigint) => {
      const core = max(hcr, 0);
      core.state.set(R.SCTLR_EL2, span << 23n);
      execute(core, 'SVC', svc(5));
      return [core.state.el, core.reg('ELR_EL2'), core.reg('ESR_EL2'), core.state.pc, core.state.lo(PAN)];
    };
    expect(taken(HOST, 0n)).toEqual([2, CODE + 4n, 0x5600_0005n, VBAR_EL2 + 0x400n, 1]);
    expect(taken(HOST, 1n)[4]).toBe(0);
    expect(taken(TGE, 0n)[4]).toBe(0);
    expect(taken(E2H, 0n)[0]).toBe(1);
  });

  it('vectors lose their tag by the bits of TCR_EL2 in the layout of TCR_EL1', () => {
    const core = max(HOST, 0).with('TCR_EL2', 1n << 38n);
    core.state.set(R.VBAR_EL2, 0x12ff_ffff_0000_0000n);
    undefinedInstruction(core);
    expect(core.state.get(PC)).toBe(0xffff_ffff_0000_0400n);
  });

  it('EL0 of the host masks physical interrupts', () => {
    const taken = (hcr: bigint) => {
      const core = max(hcr, 0);
      core.state.set32(DAIF, 0x80);
      core.irqLine = true;
      return takePendingInterrupt(core);
    };
    expect([taken(HOST), taken(TGE), taken(E2H | (1n << 4n))]).toEqual([false, true, true]);
  });
});

describe('breakpoints by context', () => {
  const hit = (hcr: bigint, el: 0 | 1 | 2, bt: bigint, registers: Partial<Record<SysregSlot, bigint>>) => {
    const core = max(hcr, el).with('MDSCR_EL1', (1n << 15n) | (1n << 13n));
    core.state.set(R.OSLAR_EL1, 0n);
    core.with('MDCR_EL2', 1n << 8n).with('DBGBCR4_EL1', (bt << 20n) | 0x1e7n | (1n << 13n));
    for (const [name, value] of Object.entries(registers)) core.state.set(R[name as SysregSlot], value);
    return breakpointHit(core, 0, 0x1000);
  };

  it('CONTEXTIDR is that of EL2 for the host', () => {
    const ids = { DBGBVR4_EL1: 7n, CONTEXTIDR_EL1: 3n, CONTEXTIDR_EL2: 7n };
    expect([hit(HOST, 0, 2n, ids), hit(HOST, 2, 2n, ids), hit(E2H, 0, 2n, ids), hit(0n, 2, 2n, ids)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(hit(E2H, 0, 2n, { ...ids, CONTEXTIDR_EL1: 7n })).toBe(true);
  });

  it('0b0110 never means the host, 0b1100 compares CONTEXTIDR_EL2, 0b1110 both', () => {
    const ids = { DBGBVR4_EL1: (9n << 32n) | 7n, CONTEXTIDR_EL1: 7n, CONTEXTIDR_EL2: 9n };
    expect([hit(E2H, 0, 6n, ids), hit(HOST, 0, 6n, ids)]).toEqual([true, false]);
    expect([hit(E2H, 0, 12n, ids), hit(HOST, 0, 12n, ids), hit(E2H, 1, 12n, { ...ids, CONTEXTIDR_EL2: 8n })]).toEqual([
      true,
      true,
      false,
    ]);
    expect([hit(E2H, 1, 14n, ids), hit(E2H, 1, 14n, { ...ids, CONTEXTIDR_EL2: 8n })]).toEqual([true, false]);
    expect([hit(E2H, 1, 4n, ids), hit(E2H, 1, 5n, ids)]).toEqual([false, false]);
  });
});

describe('translation', () => {
  const L2 = RAM + 0x1000;
  const L3 = RAM + 0x2000;
  const VA = 0x1000;
  /** Both ranges of both regimes: one page, of EL0's too and not global. */
  const mapped = (hcr: bigint) => {
    const core = max(hcr);
    core.poke(L2, BigInt(L3) | 3n);
    core.poke(L3 + 8, BigInt(RAM) | (1n << 11n) | (1n << 10n) | (1n << 6n) | 3n);
    const tcr = 34n | (34n << 16n) | (2n << 30n) | (2n << 32n);
    core
      .with('TCR_EL1', tcr)
      .with('TTBR0_EL1', BigInt(L2) | (1n << 48n))
      .with('SCTLR_EL1', 1n);
    core.with('TTBR1_EL1', BigInt(L2)).with('TTBR1_EL2', BigInt(L2));
    core.with('TTBR0_EL2', BigInt(L2) | (1n << 48n)).with('SCTLR_EL2', 1n);
    core.state.set(R.TCR_EL2, (hcr & E2H) === 0n ? 34n | (2n << 16n) : tcr);
    return core;
  };
  const out = new Translation();
  const fill = (core: FakeCore, el: number, hi = 0) =>
    core.mmu.translate(regimeAt(core, el), hi, hi === 0 ? VA : 0xc000_0000 + VA, READ, out);
  const names = (core: FakeCore) =>
    core.mmu.tlb
      .entries()
      .map(({ space, asid }) => `${space} ${asid}`)
      .sort();

  it('the regime of an EL follows E2H and TGE', () => {
    const regimes = (hcr: bigint) => [0, 1, 2].map((el) => regimeAt(max(hcr), el).name);
    expect(regimes(0n)).toEqual(['EL1&0', 'EL1&0', 'EL2']);
    expect(regimes(TGE)).toEqual(['EL1&0', 'EL1&0', 'EL2']);
    expect(regimes(E2H)).toEqual(['EL1&0', 'EL1&0', 'EL2&0']);
    expect(regimes(HOST)).toEqual(['EL2&0', 'EL1&0', 'EL2&0']);
  });

  it('EL2&0 has two ranges and an ASID', () => {
    const core = mapped(HOST);
    expect([fill(core, 2), fill(core, 2, 0xffff_ffff)]).toEqual([true, true]);
    expect(regimeAt(core, 0).asid).toBe(1);
    expect(names(core)).toEqual(['4 1', '4 1']);
  });

  const tlbi = (hcr: bigint, name: string, operand: bigint) => {
    const core = mapped(hcr);
    fill(core, 2);
    core.state.set(R.HCR_EL2, hcr & ~TGE);
    fill(core, 1);
    core.state.set(R.HCR_EL2, hcr);
    core.x(0, operand);
    execute(core, 'SYS', msrWord(`TLBI ${name}`));
    return names(core);
  };
  const [ADDRESS, ASID1, ASID2] = [1n, 1n << 48n, 2n << 48n];
  it.each([
    ['VMALLE1', 0n, HOST, ['0 1']],
    ['VMALLE1', 0n, E2H, ['4 1']],
    ['VAE1IS', ADDRESS | ASID1, HOST, ['0 1']],
    ['VAE1', ADDRESS | ASID2, HOST, ['0 1', '4 1']],
    ['VALE1', ADDRESS | ASID1, E2H, ['4 1']],
    ['VAAE1', ADDRESS, HOST, ['0 1']],
    ['VAALE1', ADDRESS | ASID2, HOST, ['0 1']],
    ['ASIDE1', ASID1, HOST, ['0 1']],
    ['ASIDE1', ASID2, HOST, ['0 1', '4 1']],
    ['VAE2', ADDRESS | ASID1, HOST, ['0 1']],
    ['VAE2', ADDRESS | ASID1, E2H, ['0 1']],
    ['VAE2', ADDRESS | ASID2, E2H, ['0 1', '4 1']],
    ['VALE2IS', ADDRESS | ASID1, E2H, ['0 1']],
    ['VAE2', ADDRESS | ASID2, 0n, ['0 1']],
    ['ALLE2', 0n, E2H, ['0 1']],
    ['ALLE2', 0n, 0n, ['0 1']],
    ['ALLE1', 0n, HOST, ['4 1']],
    ['VMALLS12E1', 0n, HOST, ['4 1']],
  ])('TLBI %s %d with HCR_EL2 %d leaves %j', (name, operand, hcr, left) => {
    expect(tlbi(hcr, name, operand)).toEqual(left);
  });

  it('an entry of EL2 and one of EL2&0 are strangers', () => {
    const core = mapped(E2H);
    fill(core, 2);
    core.state.set(R.HCR_EL2, 0n);
    core.state.set(R.TCR_EL2, 34n | (2n << 16n));
    fill(core, 2);
    expect(names(core)).toEqual(['3 0', '4 1']);
  });

  it('AT S1E1 and S1E0 mean the host with TGE, AT S1E2 with E2H', () => {
    const par = (hcr: bigint, name: string, va: bigint) => {
      const core = mapped(hcr);
      core.state.set(R.SCTLR_EL1, 0n);
      core.x(0, va);
      execute(core, 'SYS', msrWord(`AT ${name}`));
      return core.reg('PAR_EL1') & 0xffff_ffff_f001n;
    };
    const [UPPER, PAGE] = [0xffff_ffff_c000_1000n, BigInt(RAM)];
    for (const name of ['S1E1R', 'S1E0W', 'S12E1R', 'S12E0R', 'S1E2R']) {
      expect([name, par(HOST, name, 0x1000n), par(HOST, name, UPPER)]).toEqual([name, PAGE, PAGE]);
      const ofHost = name === 'S1E2R';
      expect([name, par(E2H, name, 0x1000n)]).toEqual([name, ofHost ? PAGE : 0x1000n]);
    }
    expect(par(HOST, 'S1E1RP', 0x1000n)).toBe(PAGE);
    const core = mapped(HOST);
    core.state.set32(PAN, 1);
    core.x(0, 0x1000n);
    execute(core, 'SYS', msrWord('AT S1E1RP'));
    expect(core.reg('PAR_EL1') & 0x7fn).toBe(0x1fn);
  });
});

describe('EL12 from EL1', () => {
  it('is UNDEFINED, not trapped', () => {
    const core = max(E2H | (1n << 26n) | (1n << 30n), 1);
    expect(execute(core, 'MRS', mrsWord('SCTLR_EL12'))).toBe(LEAVE);
    expect(core.reg('ESR_EL1')).toBe(UNDEFINED_ESR);
  });
});
