/** AT, TLBI, IC and DC: results, faults and scope, on tables in memory. */

import { beforeEach, describe, expect, it } from 'vitest';
import { CATEGORIES } from '../../../src/arch/trace.ts';
import { LEAVE, NEXT } from '../../../src/cpu/core.ts';
import { currentRegime, regimeFor } from '../../../src/cpu/system/regimes.ts';
import { READ, Translation } from '../../../src/mmu/translation.ts';
import { CODE, FakeCore, RAM } from './fake-core.ts';
import { execute, mrsWord, msrWord } from './words.ts';

/** Stage-1 tables of EL1: one level-1 table that maps 1 GiB of VA at 0 through one level-2 and one level-3 table. */
const L1 = RAM + 0x1000;
const L2 = RAM + 0x2000;
const L3 = RAM + 0x3000;
/** Stage 2: a level-1 table. */
const S2 = RAM + 0x4000;
const AF = 1n << 10n;
const INNER = 3n << 8n;
const EL0 = 1n << 6n;
const READ_ONLY = 1n << 7n;
const S2_RW = (3n << 6n) | (0xfn << 2n);
const page = (pa: bigint, bits: bigint) => pa | AF | INNER | bits | 3n;

const PAGE = RAM + 0x5000;
/** VAs: read-write at EL1, read-write at EL0, read-only at EL0, not mapped. */
const RW1 = 0x0000n;
const RW0 = 0x1000n;
const RO0 = 0x2000n;
const HOLE = 0x3000n;

let core: FakeCore;
const par = () => core.reg('PAR_EL1');
function sys(name: string, operand: bigint) {
  core.x(0, operand);
  return execute(core, 'SYS', msrWord(name));
}
const at = (name: string, va: bigint) => sys(`AT ${name}`, va);

beforeEach(() => {
  core = new FakeCore();
  core.poke(L1, BigInt(L2) | 3n);
  core.poke(L2, BigInt(L3) | 3n);
  core.poke(L3, page(BigInt(PAGE), 0n), page(BigInt(PAGE) + 0x1000n, EL0), page(BigInt(PAGE), EL0 | READ_ONLY), 0n);
  // T0SZ = 32: 4 GiB, start at level 1; 40-bit IPS; MAIR 0: Write-Back.
  core
    .with('TCR_EL1', 32n | (1n << 23n) | (2n << 32n))
    .with('TTBR0_EL1', BigInt(L1))
    .with('MAIR_EL1', 0xffn);
  core.with('SCTLR_EL1', 0x1005n);
});

/** Turns stage 2 on: IPA 0 to 4 GiB, 1 GiB blocks of which only the second (RAM) is mapped, with the given bits. */
function stage2(block = S2_RW): void {
  core.poke(S2, 0n, BigInt(RAM) | AF | INNER | block | 1n, 0n, 0n);
  core
    .with('VTCR_EL2', 32n | (1n << 6n) | (2n << 16n))
    .with('VTTBR_EL2', BigInt(S2))
    .with('HCR_EL2', 1n);
}

describe('AT', () => {
  it('S1E1R gives PA, attributes and shareability', () => {
    expect(at('S1E1R', RW1 + 0x123n)).toBe(NEXT);
    expect(par()).toBe((0xffn << 56n) | BigInt(PAGE) | 0xb80n);
  });

  it('reports faults in PAR_EL1 and takes no exception', () => {
    expect(at('S1E1R', HOLE)).toBe(NEXT);
    expect(par()).toBe(0x801n | (0b000111n << 1n));
    at('S1E0R', RW1);
    expect(par()).toBe(0x801n | (0b001111n << 1n));
    at('S1E0W', RO0);
    expect(par()).toBe(0x801n | (0b001111n << 1n));
    at('S1E0R', RO0);
    expect(par() & 1n).toBe(0n);
    at('S1E1W', RW0);
    expect(par() & 1n).toBe(0n);
  });

  it('S1E1R under stage 2 gives the IPA, walking the tables through stage 2', () => {
    stage2();
    core.poke(L3, page(0x8_0000_0000n, 0n));
    core.at(2);
    at('S1E1R', RW1);
    expect(par() & 0xffff_ffff_f000n).toBe(0x8_0000_0000n);
    at('S12E1R', RW1);
    // Stage-2 Translation fault, level 0: beyond the 4 GiB of IPA.
    expect(par()).toBe(0xa01n | (0b000100n << 1n));
  });

  it('S12E1R gives the PA of both stages', () => {
    stage2();
    core.at(2);
    at('S12E1R', RW0 + 0x10n);
    expect(par() & 0xffff_ffff_f000n).toBe(BigInt(PAGE) + 0x1000n);
  });

  it('at EL2 reports a stage-2 fault on the stage-1 walk with PTW and S, at EL1 it is taken to EL2', () => {
    stage2();
    core.poke(S2 + 8, 0n);
    core.at(2);
    expect(at('S1E1R', RW1)).toBe(NEXT);
    expect(par()).toBe(0xb01n | (0b000101n << 1n));
    core.at(1);
    expect(at('S1E1R', 0x123n)).toBe(LEAVE);
    expect(core.reg('ESR_EL2')).toBe(0x9200_01c5n);
    expect([core.reg('FAR_EL2'), core.reg('HPFAR_EL2')]).toEqual([0x123n, BigInt(L1 >>> 12) << 4n]);
    expect(core.reg('ELR_EL2')).toBe(CODE);
  });

  it('takes an external abort on the walk', () => {
    core.poke(L1, 0x10_0003n);
    core.at(1);
    expect(at('S1E1R', RW1)).toBe(LEAVE);
    expect(core.reg('ESR_EL1')).toBe(0x9600_0156n);
  });

  it('S1E2R uses the EL2 regime, which is flat Device memory while it is off', () => {
    core.at(2);
    at('S1E2R', 0x1234_5678n);
    expect(par()).toBe(0x1234_5000n | (2n << 7n) | 0xa00n);
  });

  it('S1E1R with EL1’s stage 1 off is flat', () => {
    core = new FakeCore().at(2);
    at('S1E1R', 0x4000_0123n);
    expect(par()).toBe(0x4000_0000n | (2n << 7n) | 0xa00n);
  });
});

describe('cache maintenance by VA', () => {
  const trapCode = (esr: bigint) => [esr >> 26n, esr & 0x1ff_ffffn];

  it('is done where the VA is mapped', () => {
    core.at(1);
    for (const name of ['DC IVAC', 'DC CVAC', 'DC CVAU', 'DC CIVAC', 'IC IVAU']) expect(sys(name, RW1)).toBe(NEXT);
    for (const name of ['IC IALLU', 'IC IALLUIS', 'DC ISW', 'DC CISW', 'DC CSW']) expect(sys(name, HOLE)).toBe(NEXT);
  });

  it('faults with CM and WnR, FAR the operand', () => {
    core.at(1);
    expect(sys('DC CVAC', HOLE + 5n)).toBe(LEAVE);
    expect(trapCode(core.reg('ESR_EL1'))).toEqual([0x25n, 0x147n]);
    expect([core.reg('FAR_EL1'), core.reg('ELR_EL1')]).toEqual([HOLE + 5n, CODE]);
  });

  it('DC IVAC needs write permission, the others read permission', () => {
    core.poke(L3 + 16, page(BigInt(PAGE), READ_ONLY));
    core.at(1);
    expect(sys('DC CVAC', RO0)).toBe(NEXT);
    expect(sys('DC IVAC', RO0)).toBe(LEAVE);
    expect(trapCode(core.reg('ESR_EL1'))).toEqual([0x25n, 0x14fn]);
  });

  it('at EL0 needs SCTLR_EL1.UCI and EL0’s permission', () => {
    core.at(0);
    expect(sys('DC CVAU', RW0)).toBe(LEAVE);
    expect(core.reg('ESR_EL1') >> 26n).toBe(0x18n);
    core.with('SCTLR_EL1', 1n << 26n).at(0);
    expect(sys('DC CVAU', RW0)).toBe(NEXT);
    expect(sys('IC IVAU', RW1)).toBe(LEAVE);
    expect(trapCode(core.reg('ESR_EL1'))).toEqual([0x24n, 0x14fn]);
  });

  it('faults at stage 2 without ISV', () => {
    stage2();
    core.poke(L3, page(0x8000_0000n, 0n));
    core.at(1);
    expect(sys('DC CIVAC', RW1)).toBe(LEAVE);
    expect(trapCode(core.reg('ESR_EL2'))).toEqual([0x24n, 0x145n]);
    expect(core.reg('HPFAR_EL2')).toBe(0x80_0000n);
  });
});

describe('DC ZVA', () => {
  it('is checked: SCTLR_EL1.DZE at EL0, then HCR_EL2.TDZ', () => {
    const zva = (el: 0 | 1 | 2) => execute(core.at(el), 'DC_ZVA', msrWord('DC ZVA'));
    expect([zva(0), zva(1), zva(2)]).toEqual([LEAVE, NEXT, NEXT]);
    expect(core.reg('ESR_EL1') >> 26n).toBe(0x18n);
    core.with('SCTLR_EL1', 1n << 14n);
    expect(zva(0)).toBe(NEXT);
    core.with('HCR_EL2', 1n << 28n);
    expect([zva(0), zva(2)]).toEqual([LEAVE, NEXT]);
    expect(core.reg('ESR_EL2') >> 26n).toBe(0x18n);
  });
});

describe('TLBI', () => {
  const out = new Translation();
  const translate = (va: bigint) => core.mmu.translate(currentRegime(core), 0, Number(va), READ, out);
  const entries = () => core.mmu.tlb.entries().length;

  beforeEach(() => {
    core.at(1);
    translate(RW1);
    translate(RW0);
  });

  it('VAE1 takes the page from the operand and the ASID from its top', () => {
    core.poke(L3 + 8, page(BigInt(PAGE), EL0 | (1n << 11n)));
    sys('TLBI VMALLE1', 0n);
    core.with('TTBR0_EL1', 5n << 48n);
    translate(RW1);
    translate(RW0);
    sys('TLBI VAE1', (6n << 48n) | (RW0 >> 12n));
    expect(entries()).toBe(2);
    sys('TLBI VALE1IS', (5n << 48n) | (RW0 >> 12n));
    expect(entries()).toBe(1);
    sys('TLBI VAAE1', RW1 >> 12n);
    expect(entries()).toBe(0);
  });

  it('leaves with PC at the next instruction', () => {
    expect(sys('TLBI VMALLE1', 0n)).toBe(LEAVE);
    expect([core.state.pc, entries()]).toEqual([CODE + 4n, 0]);
  });

  it('uses VTTBR_EL2’s VMID', () => {
    core.with('VTTBR_EL2', 3n << 48n);
    sys('TLBI VMALLE1', 0n);
    expect(entries()).toBe(2);
    core.at(2);
    sys('TLBI ALLE1', 0n);
    expect(entries()).toBe(0);
  });

  it('of Inner Shareable form, or with HCR_EL2.FB at EL1, reaches all CPUs', () => {
    const first = core;
    const other = new FakeCore();
    core = other;
    Object.assign(core, { bus: first.bus });
    for (const name of ['TCR_EL1', 'TTBR0_EL1', 'SCTLR_EL1'] as const) core.with(name, first.reg(name));
    core.at(1);
    const refill = () => translate(RW1);
    refill();
    core = first;
    core.cluster = [first, other];
    const left = () => other.mmu.tlb.entries().length;
    sys('TLBI VMALLE1', 0n);
    expect(left()).toBe(1);
    sys('TLBI VMALLE1IS', 0n);
    expect(left()).toBe(0);
    core = other;
    refill();
    core = first;
    core.with('HCR_EL2', 1n << 9n).at(1);
    sys('TLBI VMALLE1', 0n);
    expect(left()).toBe(0);
  });

  it('of EL2 is UNDEFINED below it and where there is none', () => {
    for (const name of ['TLBI ALLE1', 'TLBI VMALLS12E1IS', 'TLBI IPAS2E1IS', 'TLBI VAE2', 'AT S12E1R']) {
      for (const el2 of [true, false]) {
        core = new FakeCore({ el2 }).at(1);
        expect([name, sys(name, 0n), core.reg('ESR_EL1')]).toEqual([name, LEAVE, 0x0200_0000n]);
      }
    }
  });

  it('IPAS2E1 takes IPA[47:12], and VAE2 the EL2 regime', () => {
    core.at(2);
    core.trace.mask = CATEGORIES.tlb;
    sys('TLBI IPAS2E1IS', (0xffffn << 48n) | 0xf_1234_5678n);
    sys('TLBI VAE2', (0xffffn << 48n) | 0xfff_1234_5678n);
    expect(core.events).toEqual([
      {
        category: 'tlb',
        type: 'invalidate',
        operation: 'IPAS2E1IS',
        asid: undefined,
        vmid: 0,
        address: 0xf123_4567_8000n,
        dropped: 0,
      },
      {
        category: 'tlb',
        type: 'invalidate',
        operation: 'VAE2',
        asid: undefined,
        vmid: undefined,
        address: 0xff_f123_4567_8000n,
        dropped: 0,
      },
    ]);
  });
});

describe('SYSL and unknown operations', () => {
  it('are UNDEFINED', () => {
    for (const word of [mrsWord('TLBI VMALLE1'), msrWord('S1_0_C8_C7_4'), msrWord('S1_3_C7_C12_1')]) {
      core.at(1);
      expect(execute(core, 'SYS', word)).toBe(LEAVE);
      expect(core.reg('ESR_EL1')).toBe(0x0200_0000n);
    }
  });
});

describe('regimes', () => {
  it('are the same object until a register changes', () => {
    const first = regimeFor(core, 'EL1&0');
    core.with('ESR_EL1', 1n);
    expect(regimeFor(core, 'EL1&0')).toBe(first);
    core.with('TTBR0_EL1', 1n << 48n);
    expect(regimeFor(core, 'EL1&0')).not.toBe(first);
    expect(regimeFor(core, 'EL1&0').asid).toBe(1);
  });
});
