/** Events made from the real walker over tables in a small memory. */

import { describe, expect, it } from 'vitest';
import { joined } from '../../src/arch/addresses.ts';
import { CATEGORIES, Trace, type TraceEvent } from '../../src/arch/trace.ts';
import { explanationText } from '../../src/debug/explain.ts';
import { MmuEvents, recordWalk } from '../../src/debug/mmu-events.ts';
import { textSink } from '../../src/debug/text-sink.ts';
import { Mmu } from '../../src/mmu/mmu.ts';
import { type RegimeName, regimeOf } from '../../src/mmu/regime.ts';
import { HCR_VM, SCTLR_C, SCTLR_M, type TranslationRegisters } from '../../src/mmu/registers.ts';
import { EXECUTE, READ, STAGE1_ONLY, Translation, UNPRIVILEGED, WRITE } from '../../src/mmu/translation.ts';
import { collectingWriter, fakeContext, symbols } from './fakes.ts';

/** Descriptors by PA. Stage 2: two concatenated level-1 tables at 0x8000_0000. Stage 1: its tables from IPA 0x4001_0000. */
const descriptors = new Map<number, bigint>([
  [0x8000_0008, 0xc000_07fdn], // IPA 0x4000_0000: 1 GiB at PA 0xc000_0000
  [0x8000_1008, 0x1_0000_077dn], // IPA 0x80_4000_0000: 1 GiB at PA 0x1_0000_0000, read only
  [0xc001_0008, 0x4001_1003n], // VA 0x4000_0000: table
  [0xc001_1008, 0x80_4020_0701n], // VA 0x4020_0000: 2 MiB
  [0xc002_0008, 0n], // VA 0xffff_ff80_4000_0000: nothing
  [0x9000_0008, 0x4000_0401n], // EL2: 1 GiB, flat
]);
const memory = {
  hi: 0,
  lo: 0,
  read(paHi: number, paLo: number): boolean {
    const pa = joined(paHi, paLo);
    const value = descriptors.get(pa);
    this.hi = Number((value ?? 0n) >> 32n);
    this.lo = Number((value ?? 0n) & 0xffff_ffffn);
    return value !== undefined;
  },
  write: () => false,
};

const registers: TranslationRegisters = {
  sctlr1: SCTLR_M | SCTLR_C,
  sctlr2: SCTLR_M | SCTLR_C,
  // 39-bit VAs, 4K granule, 40-bit output; 40-bit IPAs from level 1.
  tcr1Lo: 25 | (25 << 16) | (2 << 30),
  tcr1Hi: 2,
  tcr2Lo: 25 | (2 << 16),
  tcr2Hi: 0,
  vtcr: 24 | (1 << 6) | (2 << 16),
  ttbr0Lo: 0x4001_0000,
  ttbr0Hi: 1 << 16,
  ttbr1Lo: 0x4002_0000,
  ttbr1Hi: 0,
  ttbr2Lo: 0x9000_0000,
  ttbr2Hi: 0,
  ttbr12Lo: 0,
  ttbr12Hi: 0,
  mair1Lo: 0xff,
  mair1Hi: 0,
  mair2Lo: 0,
  mair2Hi: 0,
  hcrLo: HCR_VM,
  hcrHi: 0,
  vttbrLo: 0x8000_0000,
  vttbrHi: 2 << 16,
};
const both = { stage1: true, stage2: true };
const features = {
  paBits: 44,
  granules: { k4: both, k16: both, k64: both },
  asid16: false,
  vmid16: false,
  hafdbs: false,
};

const newMmu = () => new Mmu(memory, features);
const regime = (name: RegimeName) => regimeOf(registers, name, features);
const explained = (name: RegimeName, vaHi: number, vaLo: number, access: number) =>
  explanationText(recordWalk(newMmu(), regime(name), vaHi, vaLo, access)).split('\n');

const ROOT =
  '    found by stage 2 level 1 table 0x80000000[1] @PA 0x80000008 = 0x00000000c00007fd block PA 0xc0000000 AF SH=inner MemAttr=0xf Normal WB S2AP=rw';
const STAGE1 = [
  '  stage 1 level 1 table 0x40010000[1] @IPA 0x40010008 = 0x0000000040011003 table IPA 0x40011000',
  ROOT,
  '  stage 1 level 2 table 0x40011000[1] @IPA 0x40011008 = 0x0000008040200701 block IPA 0x8040200000 AF SH=inner AttrIdx=0 AP=rw/--',
  ROOT,
];
const OUTPUT =
  '  stage 2 level 1 table 0x80000000[513] @PA 0x80001008 = 0x000000010000077d block PA 0x100000000 AF SH=inner MemAttr=0xf Normal WB S2AP=r-';

describe('one walk explained', () => {
  it('through both stages, with concatenated tables', () => {
    expect(explained('EL1&0', 0, 0x4020_1234, READ)).toEqual([
      'VA 0x40201234 read, EL1&0, ASID 1, VMID 2',
      ...STAGE1,
      OUTPUT,
      '  VA 0x40201234 -> IPA 0x8040201234 -> PA 0x100201234 Normal WB SH=inner',
    ]);
  });
  it('of stage 1 alone', () => {
    expect(explained('EL1&0', 0, 0x4020_1234, READ | STAGE1_ONLY).slice(-2)).toEqual([
      ROOT,
      '  VA 0x40201234 -> IPA 0x8040201234 Normal WB SH=inner',
    ]);
  });
  it('that stage 2 refuses', () => {
    expect(explained('EL1&0', 0, 0x4020_1234, WRITE).slice(-2)).toEqual([
      OUTPUT,
      '  VA 0x40201234 -> IPA 0x8040201234 -> stage 2 permission fault, level 1',
    ]);
  });
  it('that stage 1 refuses to EL0', () => {
    const lines = explained('EL1&0', 0, 0x4020_1234, READ | UNPRIVILEGED);
    expect(lines[0]).toBe('VA 0x40201234 unprivileged read, EL1&0, ASID 1, VMID 2');
    expect(lines.at(-1)).toBe('  VA 0x40201234 -> stage 1 permission fault, level 2');
  });
  it('through the upper range', () => {
    expect(explained('EL1&0', 0xffff_ff80, 0x4020_1234, EXECUTE)).toEqual([
      'VA 0xffffff8040201234 execute, EL1&0, ASID 1, VMID 2',
      '  stage 1 level 1 table 0x40020000[1] @IPA 0x40020008 = 0x0000000000000000 invalid',
      ROOT,
      '  VA 0xffffff8040201234 -> stage 1 translation fault, level 1',
    ]);
  });
  it('of EL2', () => {
    expect(explained('EL2', 0, 0x4000_0000, READ)).toEqual([
      'VA 0x40000000 read, EL2, ASID 0, VMID 0',
      '  stage 1 level 1 table 0x90000000[1] @PA 0x90000008 = 0x0000000040000401 block PA 0x40000000 AF SH=none AttrIdx=0 AP=rw',
      '  VA 0x40000000 -> PA 0x40000000 Device-nGnRnE SH=outer',
    ]);
  });
});

describe('events while a program runs', () => {
  function run(mask: number, translations: (mmu: Mmu) => void): TraceEvent[] {
    const trace = new Trace();
    const events: TraceEvent[] = [];
    trace.mask = mask;
    trace.sink = (cpu, event) => {
      expect(cpu).toBe(3);
      events.push(event);
    };
    const mmu = newMmu();
    mmu.tracer = new MmuEvents(3, trace);
    translations(mmu);
    return events;
  }
  const twice = (mmu: Mmu) => {
    for (let i = 0; i < 2; i++) mmu.translate(regime('EL1&0'), 0, 0x4020_1234, READ, new Translation());
  };

  it('a walk once, none for the TLB hit', () => {
    const events = run(CATEGORIES.mmu, twice);
    expect(events.filter(({ type }) => type === 'walk')).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'step')).toHaveLength(4);
    expect(events.at(-1)).toMatchObject({ type: 'result', ok: true, pa: 0x1_0020_1234 });
  });

  it('TLB fills of both kinds', () => {
    const { writer, text } = collectingWriter();
    const sink = textSink({ writer, context: fakeContext().context, symbols });
    for (const event of run(CATEGORIES.tlb, twice)) sink(0, event);
    expect(text()).toBe(`tlb 0: fill EL1&0 IPA 0x40000000 -> PA 0xc0000000 1073741824 bytes, ASID global, VMID 2
tlb 0: fill EL1&0 IPA 0x8040000000 -> PA 0x100000000 1073741824 bytes, ASID global, VMID 2
tlb 0: fill EL1&0 VA 0x40200000 -> PA 0x100200000 2097152 bytes, ASID global, VMID 2
`);
  });

  it('nothing when both categories are off', () => {
    expect(run(CATEGORIES.int, twice)).toEqual([]);
  });
});
