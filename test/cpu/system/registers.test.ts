/** System registers: access levels, RES0 and RES1, traps, views, and the identification of a Cortex-A57. */

import { describe, expect, it } from 'vitest';
import { sysregCoverage } from '../../../src/arch/sysregs/coverage.ts';
import { REGISTERS } from '../../../src/arch/sysregs/registers.ts';
import { HIGHEST, NEVER, RW, type Sysreg, sysreg, sysregEncoding, sysregKey } from '../../../src/arch/sysregs/row.ts';
import { checkRows, sysregName } from '../../../src/arch/sysregs/table.ts';
import { CATEGORIES } from '../../../src/arch/trace.ts';
import { LEAVE, NEXT } from '../../../src/cpu/core.ts';
import { CPU_MODELS, cpuModel } from '../../../src/cpu/models.ts';
import { DAIF, DISCARD, LOWER_CONTEXTS_STALE, R, SP, SPSEL, X } from '../../../src/cpu/slots.ts';
import { bind } from '../../../src/cpu/system/register-access.ts';
import { CODE, FakeCore } from './fake-core.ts';
import { DAIFCLR, DAIFSET, execute, immediate, mrsWord, msrWord, read, SPSEL_IMMEDIATE, write } from './words.ts';

const ONES = (1n << 64n) - 1n;
const UNDEFINED_ESR = 0x0200_0000n;
const join = ({ hi, lo }: { hi: number; lo: number }) => (BigInt(hi) << 32n) | BigInt(lo);
const x0 = (core: FakeCore) => core.state.get(X[0]);

describe('the table', () => {
  it('refuses rows out of order, twice, or with unknown storage', () => {
    const a = sysreg('S3_0_C1_C0_0', 'A', RW(1));
    const b = sysreg('S3_0_C1_C0_1', 'B', RW(1));
    expect(() => checkRows([b, a])).toThrow('A is out of order after B');
    expect(() => checkRows([a, a])).toThrow('out of order');
    expect(() => checkRows([a, { ...b, name: 'A' }])).toThrow('A has two rows');
    expect(() => sysreg('S4_0_C1_C0_0', 'A', RW(1))).toThrow('no system register');
    expect(() => bind(a)).toThrow('A has no slot and no view');
    expect(() => bind(sysreg('S3_0_C4_C2_2', 'CurrentEL', RW(1), { view: 'CURRENT_EL' }))).toThrow('is writable');
  });

  it('names keys both ways', () => {
    expect(sysregEncoding(sysregKey('S3_4_C12_C15_7'))).toBe('S3_4_C12_C15_7');
    expect([sysregName(sysregKey('S3_4_C1_C1_0')), sysregName(sysregKey('S1_0_C8_C7_0'))]).toEqual([
      'HCR_EL2',
      'TLBI VMALLE1',
    ]);
    expect(sysregName(sysregKey('S3_3_C14_C3_1'))).toBe('CNTV_CTL_EL0');
    expect(sysregName(sysregKey('S3_7_C15_C15_7'))).toBe('S3_7_C15_C15_7');
  });

  it('is listed by status', () => {
    const status = (hasEl2: boolean, name: string) => sysregCoverage(hasEl2).find((row) => row.name === name)?.status;
    expect(['TPIDR_EL0', 'SCTLR_EL1', 'FPCR', 'RVBAR_EL1'].map((name) => status(true, name))).toEqual([
      'implemented',
      'trapped',
      'absent',
      'absent',
    ]);
    expect(['HCR_EL2', 'RVBAR_EL1', 'CNTFRQ_EL0'].map((name) => status(false, name))).toEqual([
      'absent',
      'implemented',
      'trapped',
    ]);
  });
});

/** A CPU whose EL1 controls let EL0 do what can be let. */
const open = (options: ConstructorParameters<typeof FakeCore>[0] = {}) =>
  new FakeCore(options).with('SCTLR_EL1', ONES).with('CNTKCTL_EL1', 0x303n).with('PMUSERENR_EL0', 0xfn);
/** Features that a CPU model by itself has not, whose registers are there all the same. */
const features = ['FEAT_AA32EL1', 'FEAT_GICv3'] as const;

/** Whether a write may change what runs next. Timers and GIC tell the engine themselves; contexts below EL2 can wait at EL2. */
const leavesAfterWrite = ({ effect }: Sysreg, el: number): boolean =>
  effect !== undefined && effect !== 'timer' && effect !== 'gic' && (effect !== 'lowerContext' || el < 2);

/** Names that reach a register whatever HCR_EL2.E2H says. */
const NAMED = REGISTERS.filter(({ aliasOf }) => aliasOf === undefined);

describe.each([true, false])('access levels with EL2 %s', (el2) => {
  it.each(NAMED.map((row) => [row.name, row] as const))('%s', (_name, row) => {
    for (const el of [0, 1, 2] as const) {
      if (el === 2 && !el2) continue;
      const highest = el2 ? 2 : 1;
      for (const kind of ['read', 'write'] as const) {
        const lowest = row[kind];
        const allowed =
          lowest !== NEVER &&
          el >= (lowest === HIGHEST ? highest : lowest) &&
          !(row.absentWithEl2 && el2) &&
          (row.feature !== 'FEAT_VHE' || el2);
        const core = open({ el2, cpu: 'max', features }).at(el);
        const word = kind === 'read' ? mrsWord(row.name) : msrWord(row.name);
        const outcome = execute(core, kind === 'read' ? 'MRS' : 'MSR', word);
        const leaves = !allowed || (kind === 'write' && leavesAfterWrite(row, el));
        expect([kind, el, outcome]).toEqual([kind, el, leaves ? LEAVE : NEXT]);
        const esr = core.reg('ESR_EL1') | core.reg('ESR_EL2');
        expect([kind, el, esr]).toEqual([kind, el, allowed ? 0n : UNDEFINED_ESR]);
        expect(!allowed || core.state.pc === (leaves ? CODE + 4n : CODE)).toBe(true);
      }
    }
  });
});

describe('storage', () => {
  const stored = NAMED.filter((row) => row.view === undefined && row.write !== NEVER && row.read !== NEVER);
  it.each(stored.map((row) => [row.name, row] as const))('%s keeps its bits, RES0 and RES1', (name, row) => {
    const core = new FakeCore({ features: row.feature === undefined ? [] : [row.feature] }).at(2);
    write(core, name, ONES);
    core.at(2);
    read(core, name);
    expect(x0(core)).toBe(join(row.stored) | join(row.res1));
    write(core, name, 0n);
    core.at(2);
    read(core, name);
    expect(x0(core)).toBe(join(row.res1));
  });

  it('HCR_EL2.RW is RAO/WI and the bits of later architectures are RES0', () => {
    const core = new FakeCore().at(2);
    write(core, 'HCR_EL2', ONES);
    read(core, 'HCR_EL2');
    expect(x0(core)).toBe(0x3_ffff_ffffn);
    write(core, 'HCR_EL2', 0n);
    read(core, 'HCR_EL2');
    expect(x0(core)).toBe(0x8000_0000n);
  });

  it('tells the engine of writes that change translation or routing', () => {
    const LOWER = ['SCTLR_EL1', 'TTBR1_EL1', 'TCR_EL1', 'CPACR_EL1', 'MAIR_EL1'];
    const changes = (el: 1 | 2, name: string): unknown[] => {
      const core = new FakeCore().at(el);
      write(core, name, 0n);
      return [name, core.contextChanges, core.state.lo(LOWER_CONTEXTS_STALE)];
    };
    for (const name of ['SCTLR_EL2', 'HCR_EL2', 'SPSel']) expect(changes(2, name)).toEqual([name, 1, 0]);
    for (const name of LOWER) expect(changes(1, name)).toEqual([name, 1, 0]);
    for (const name of [...LOWER, 'VTTBR_EL2', 'VTCR_EL2']) expect(changes(2, name)).toEqual([name, 0, 1]);
    const core = new FakeCore().at(2);
    write(core, 'TPIDR_EL1', 0n);
    expect(core.contextChanges).toBe(0);
  });

  it('reads into XZR change nothing but DISCARD', () => {
    const core = new FakeCore().at(1).with('TPIDR_EL1', 5n);
    execute(core, 'MRS', mrsWord('TPIDR_EL1', 31));
    expect([core.state.get(DISCARD), x0(core)]).toEqual([5n, 0n]);
  });
});

describe('UNDEFINED encodings', () => {
  it.each(['S3_3_C14_C8_6', 'S3_4_C3_C0_0', 'S3_0_C0_C0_4', 'S2_0_C0_C4_6', 'S3_5_C1_C0_0', 'S3_7_C15_C15_7'])(
    '%s',
    (name) => {
      for (const el of [0, 1, 2] as const) {
        const core = open().at(el);
        core.trace.mask = CATEGORIES.unimp;
        expect([read(core, name), core.reg(el === 2 ? 'ESR_EL2' : 'ESR_EL1')]).toEqual([LEAVE, UNDEFINED_ESR]);
        expect(core.events).toHaveLength(1);
      }
    },
  );

  it('reserved identification registers read as zero at EL1 and trap by TID3', () => {
    for (let crm = 1; crm < 8; crm++) {
      for (let op2 = 0; op2 < 8; op2++) {
        const name = `S3_0_C0_C${crm}_${op2}`;
        const core = new FakeCore().at(1).x(0, 9n);
        expect(read(core, name)).toBe(NEXT);
        core.with('HCR_EL2', 1n << 18n);
        expect(read(core, name)).toBe(LEAVE);
        expect(core.reg('ESR_EL2') >> 26n).toBe(0x18n);
        core.at(0);
        read(core, name);
        expect(core.reg('ESR_EL1')).toBe(UNDEFINED_ESR);
        core.at(1);
        write(core, name, 1n);
        expect(core.reg('ESR_EL1')).toBe(UNDEFINED_ESR);
      }
    }
    const core = new FakeCore().at(1).x(0, 9n);
    read(core, 'S3_0_C0_C7_7');
    expect(x0(core)).toBe(0n);
  });

  it('implementation defined space traps by TIDCP at EL1 alone', () => {
    for (const name of ['S3_1_C11_C0_2', 'S3_7_C15_C2_0', 'S1_1_C15_C0_0']) {
      for (const el of [0, 1, 2] as const) {
        const core = new FakeCore().at(el).with('HCR_EL2', 1n << 20n);
        execute(core, name.startsWith('S1') ? 'SYS' : 'MSR', msrWord(name));
        expect([name, el, core.reg('ESR_EL2') >> 26n]).toEqual([name, el, el === 1 ? 0x18n : 0n]);
      }
    }
  });
});

describe('views', () => {
  it('MIDR_EL1 and MPIDR_EL1 are virtual below EL2', () => {
    const core = new FakeCore().at(2);
    write(core, 'VPIDR_EL2', 0x1234n);
    write(core, 'VMPIDR_EL2', 0xff_0001_0203n);
    read(core, 'MIDR_EL1');
    expect(x0(core)).toBe(0x411f_d070n);
    read(core, 'MPIDR_EL1');
    expect(x0(core)).toBe(0x8000_0000n);
    core.at(1);
    read(core, 'MIDR_EL1');
    expect(x0(core)).toBe(0x1234n);
    read(core, 'MPIDR_EL1');
    expect(x0(core)).toBe(0xff_8001_0203n);
    read(new FakeCore({ el2: false }).at(1), 'MPIDR_EL1');
  });

  it('CurrentEL, SPSel, DAIF and NZCV are PSTATE', () => {
    const core = new FakeCore().at(2);
    core.state.pstate = 0xa000_0049;
    core.state.set32(SPSEL, 1);
    const values = ['CurrentEL', 'SPSel', 'DAIF', 'NZCV'].map((name) => {
      read(core, name);
      return x0(core);
    });
    expect(values).toEqual([8n, 1n, 0x40n, 0xa000_0000n]);
    write(core, 'NZCV', ONES);
    write(core, 'DAIF', 0x3ffn);
    write(core, 'SPSel', ONES - 1n);
    expect(core.state.pstate).toBe(0xf000_03c8);
  });

  it('SP_EL0 is UNDEFINED while it is the stack pointer', () => {
    const core = new FakeCore().at(1);
    write(core, 'SP_EL0', 0x1_2345_6780n);
    expect(core.state.get(SP[0])).toBe(0x1_2345_6780n);
    core.at(1, 0);
    read(core, 'SP_EL0');
    expect(core.reg('ESR_EL1')).toBe(UNDEFINED_ESR);
  });

  it('CCSIDR_EL1 follows CSSELR_EL1', () => {
    const core = new FakeCore().at(1);
    const sizes = [0n, 1n, 2n, 4n].map((select) => {
      write(core, 'CSSELR_EL1', select);
      read(core, 'CCSIDR_EL1');
      return x0(core);
    });
    expect(sizes).toEqual([0x701f_e00an, 0x201f_e012n, 0x70ff_e07an, 0n]);
  });

  it('the OS lock starts set, and OSLAR_EL1 clears it', () => {
    const core = new FakeCore().at(1);
    read(core, 'OSLSR_EL1');
    expect(x0(core)).toBe(0xan);
    write(core, 'OSLAR_EL1', 0n);
    read(core, 'OSLSR_EL1');
    expect(x0(core)).toBe(8n);
  });

  it('DCZID_EL0.DZP shows where DC ZVA is denied', () => {
    const zva = (core: FakeCore) => {
      read(core, 'DCZID_EL0');
      return x0(core);
    };
    const hcr = 1n << 28n;
    expect([zva(new FakeCore().at(0)), zva(open().at(0)), zva(new FakeCore().at(1))]).toEqual([0x14n, 4n, 4n]);
    expect([zva(open().at(1).with('HCR_EL2', hcr)), zva(open().at(2).with('HCR_EL2', hcr))]).toEqual([0x14n, 4n]);
  });

  it('counters are nanoseconds / 16, less the offset, and a read costs 200 ns', () => {
    const core = new FakeCore().at(2);
    core.time = 16 * (2 ** 40 + 5) + 15;
    read(core, 'CNTPCT_EL0');
    expect(x0(core)).toBe((1n << 40n) + 5n);
    core.time = 16 * (2 ** 40 + 5);
    write(core, 'CNTVOFF_EL2', 0x1_0000_0006n);
    read(core, 'CNTVCT_EL0');
    expect(x0(core)).toBe((1n << 40n) + 5n - 0x1_0000_0006n);
    expect(core.time).toBe(16 * (2 ** 40 + 5) + 200);
    write(core, 'CNTVOFF_EL2', ONES);
    core.time = 0;
    read(core, 'CNTVCT_EL0');
    expect(x0(core)).toBe(1n);
  });
});

describe('counter controls', () => {
  const DENIED = { CNTPCT_EL0: 2n, CNTVCT_EL0: 1n, CNTFRQ_EL0: 0n };
  it.each(Object.entries(DENIED))('%s at EL0 needs CNTKCTL_EL1', (name, others) => {
    const core = new FakeCore().at(0).with('CNTKCTL_EL1', others);
    read(core, name);
    expect(core.reg('ESR_EL1') >> 26n).toBe(0x18n);
    expect(read(open().at(0), name)).toBe(NEXT);
    const tge = new FakeCore().at(0).with('HCR_EL2', 1n << 27n);
    read(tge, name);
    expect(tge.reg('ESR_EL2') >> 26n).toBe(0x18n);
  });

  it('CNTPCT_EL0 below EL2 needs CNTHCTL_EL2.EL1PCTEN', () => {
    for (const el of [0, 1, 2] as const) {
      const core = open().at(el);
      core.state.set(R.CNTHCTL_EL2, 0n);
      expect([el, read(core, 'CNTPCT_EL0')]).toEqual([el, el === 2 ? NEXT : LEAVE]);
      expect(core.reg('ESR_EL1')).toBe(0n);
    }
  });

  it('needs no EL2 to count', () => {
    expect(read(new FakeCore({ el2: false }).at(1), 'CNTPCT_EL0')).toBe(NEXT);
  });
});

describe('MSR (immediate)', () => {
  it('sets and clears DAIF; clearing lets interrupts in before the next instruction', () => {
    const core = new FakeCore().at(1);
    expect(execute(core, 'MSR_IMM', immediate(DAIFSET, 0b1010))).toBe(NEXT);
    expect(core.state.lo(DAIF)).toBe(0x280);
    expect(execute(core, 'MSR_IMM', immediate(DAIFCLR, 0b0011))).toBe(LEAVE);
    expect([core.state.lo(DAIF), core.state.pc]).toEqual([0x200, CODE + 4n]);
  });

  it('traps DAIF at EL0 by SCTLR_EL1.UMA', () => {
    const core = new FakeCore().at(0);
    execute(core, 'MSR_IMM', immediate(DAIFSET, 5));
    expect(core.reg('ESR_EL1')).toBe(0x620c_d3ean);
    expect(execute(open().at(0), 'MSR_IMM', immediate(DAIFSET, 5))).toBe(NEXT);
    const direct = new FakeCore().at(0);
    read(direct, 'DAIF');
    expect(direct.reg('ESR_EL1') >> 26n).toBe(0x18n);
  });

  it('selects SP at EL1, and is UNDEFINED at EL0 and for fields of other architectures', () => {
    const core = new FakeCore().at(1);
    expect(execute(core, 'MSR_IMM', immediate(SPSEL_IMMEDIATE, 0))).toBe(LEAVE);
    expect([core.state.lo(SPSEL), core.contextChanges]).toEqual([0, 1]);
    for (const [el, word] of [
      [0, SPSEL_IMMEDIATE],
      [1, 0xd500_409f],
    ] as const) {
      const other = open().at(el);
      execute(other, 'MSR_IMM', word);
      expect(other.reg('ESR_EL1')).toBe(UNDEFINED_ESR);
    }
  });
});

describe('cortex-a57', () => {
  /** Read in QEMU 7.2, -cpu cortex-a57, at EL2 after reset. */
  const QEMU: Record<string, bigint> = {
    MIDR_EL1: 0x411f_d070n,
    MPIDR_EL1: 0x8000_0000n,
    REVIDR_EL1: 0n,
    AIDR_EL1: 0n,
    CTR_EL0: 0x8444_c004n,
    CLIDR_EL1: 0x0a20_0023n,
    DCZID_EL0: 4n,
    ID_AA64DFR0_EL1: 0x1030_5106n,
    ID_AA64ISAR0_EL1: 0x1_1120n,
    MVFR0_EL1: 0x1011_0222n,
    MVFR1_EL1: 0x1211_1111n,
    MVFR2_EL1: 0x43n,
    ID_AA64MMFR0_EL1: 0x1124n,
    ID_AA64MMFR1_EL1: 0n,
    VPIDR_EL2: 0x411f_d070n,
    VMPIDR_EL2: 0x8000_0000n,
    CNTFRQ_EL0: 62_500_000n,
    CNTHCTL_EL2: 3n,
    OSLSR_EL1: 0xan,
    MDRAR_EL1: 0n,
    MDCR_EL2: 6n,
    RVBAR_EL2: 0n,
  };
  it('identifies itself as in QEMU', () => {
    const core = new FakeCore();
    const values = Object.keys(QEMU).map((name) => {
      read(core, name);
      return [name, x0(core)];
    });
    expect(Object.fromEntries(values)).toEqual(QEMU);
  });

  it('has floating point and SIMD, neither AArch32 nor EL3, and EL2 as the machine chooses', () => {
    const pfr0 = (core: FakeCore) => {
      read(core, 'ID_AA64PFR0_EL1');
      return x0(core);
    };
    expect([pfr0(new FakeCore()), pfr0(new FakeCore({ el2: false }))]).toEqual([0x0111n, 0x0011n]);
  });

  it('resets at its highest EL with interrupts masked', () => {
    expect(new FakeCore().state.pstate).toBe(0x3c9);
    expect(new FakeCore({ el2: false }).state.pstate).toBe(0x3c5);
  });

  it('is the model that names list', () => {
    expect(CPU_MODELS).toEqual(['cortex-a53', 'cortex-a57', 'cortex-a72', 'max']);
    expect(cpuModel('cortex-a57')?.name).toBe('cortex-a57');
    expect(cpuModel('constructor')).toBeUndefined();
  });
});

describe('traces', () => {
  it('reports reads and writes with their values', () => {
    const core = new FakeCore().at(2);
    core.trace.mask = CATEGORIES.sysreg;
    write(core, 'TPIDR_EL2', 0x8000_0000_0000_0001n);
    read(core, 'TPIDR_EL2');
    const event = { category: 'sysreg', name: 'TPIDR_EL2', value: 0x8000_0000_0000_0001n, el: 2, pc: CODE };
    expect(core.events).toEqual([
      { ...event, type: 'write' },
      { ...event, type: 'read' },
    ]);
  });

  it('reports refused accesses', () => {
    const core = new FakeCore().at(0);
    core.trace.mask = CATEGORIES.guest_errors;
    read(core, 'SCTLR_EL1');
    expect(core.events).toEqual([
      { category: 'guest_errors', type: 'message', text: 'no read access to SCTLR_EL1 at EL0, PC 0x40080000' },
    ]);
  });
});
