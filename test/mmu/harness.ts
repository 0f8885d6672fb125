/** Shared by the MMU tests: descriptor memory, registers in both forms, and builders of tables. */

import { joined } from '../../src/arch/addresses.ts';
import type { MmuFeatures } from '../../src/mmu/features.ts';
import type { DescriptorMemory } from '../../src/mmu/memory.ts';
import { Mmu } from '../../src/mmu/mmu.ts';
import { type Regime, type RegimeName, regimeOf } from '../../src/mmu/regime.ts';
import type { TranslationRegisters } from '../../src/mmu/registers.ts';
import { Tlb } from '../../src/mmu/tlb.ts';
import { Translation } from '../../src/mmu/translation.ts';
import type { WalkStep } from '../../src/mmu/visitor.ts';
import type { ModelRegisters } from './model.ts';

export const hiOf = (value: bigint): number => Number(BigInt.asUintN(64, value) >> 32n);
export const loOf = (value: bigint): number => Number(BigInt.asUintN(32, value));

const both = { stage1: true, stage2: true };
/** A 48-bit model with everything, and one shaped like Cortex-A57: 44 bits, no 16K granule, 8-bit VMIDs. */
export const FULL: MmuFeatures = {
  paBits: 48,
  granules: { k4: both, k16: both, k64: both },
  asid16: true,
  vmid16: true,
  hafdbs: true,
};
export const A57: MmuFeatures = {
  paBits: 44,
  granules: { k4: both, k16: { stage1: false, stage2: false }, k64: both },
  asid16: true,
  vmid16: false,
  hafdbs: false,
};

export const ZERO_REGISTERS: ModelRegisters = {
  SCTLR_EL1: 0n,
  SCTLR_EL2: 0n,
  TCR_EL1: 0n,
  TCR_EL2: 0n,
  TTBR0_EL1: 0n,
  TTBR1_EL1: 0n,
  TTBR0_EL2: 0n,
  TTBR1_EL2: 0n,
  MAIR_EL1: 0n,
  MAIR_EL2: 0n,
  HCR_EL2: 0n,
  VTCR_EL2: 0n,
  VTTBR_EL2: 0n,
};

/** The registers as the MMU takes them. */
export function translationRegisters(r: ModelRegisters): TranslationRegisters {
  return {
    sctlr1: loOf(r.SCTLR_EL1),
    sctlr2: loOf(r.SCTLR_EL2),
    tcr1Lo: loOf(r.TCR_EL1),
    tcr1Hi: hiOf(r.TCR_EL1),
    tcr2Lo: loOf(r.TCR_EL2),
    tcr2Hi: hiOf(r.TCR_EL2),
    ttbr0Lo: loOf(r.TTBR0_EL1),
    ttbr0Hi: hiOf(r.TTBR0_EL1),
    ttbr1Lo: loOf(r.TTBR1_EL1),
    ttbr1Hi: hiOf(r.TTBR1_EL1),
    ttbr2Lo: loOf(r.TTBR0_EL2),
    ttbr2Hi: hiOf(r.TTBR0_EL2),
    ttbr12Lo: loOf(r.TTBR1_EL2),
    ttbr12Hi: hiOf(r.TTBR1_EL2),
    mair1Lo: loOf(r.MAIR_EL1),
    mair1Hi: hiOf(r.MAIR_EL1),
    mair2Lo: loOf(r.MAIR_EL2),
    mair2Hi: hiOf(r.MAIR_EL2),
    hcrLo: loOf(r.HCR_EL2),
    hcrHi: hiOf(r.HCR_EL2),
    vtcr: loOf(r.VTCR_EL2),
    vttbrLo: loOf(r.VTTBR_EL2),
    vttbrHi: hiOf(r.VTTBR_EL2),
  };
}

/** Doublewords by PA; absent ones give an external abort. Counts reads, so that tests see whether a walk happened. */
class TestMemory implements DescriptorMemory {
  hi = 0;
  lo = 0;
  reads = 0;
  readonly words = new Map<number, bigint>();

  read(paHi: number, paLo: number): boolean {
    this.reads++;
    const word = this.words.get(joined(paHi, paLo));
    if (word === undefined) return false;
    this.hi = hiOf(word);
    this.lo = loOf(word);
    return true;
  }

  write(pa: number, hi: number, lo: number): boolean {
    if (!this.words.has(pa)) return false;
    this.words.set(pa, (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0));
    return true;
  }

  /** Writes entry `index` of the table at `table`. */
  entry(table: number, index: number, descriptor: bigint): void {
    this.words.set(table + index * 8, descriptor);
  }

  /** A table of `entries` invalid descriptors. */
  table(at: number, entries: number): number {
    for (let i = 0; i < entries; i++) this.entry(at, i, 0n);
    return at;
  }
}

/** Descriptor bits by name. */
export const AF = 1n << 10n;
export const NG = 1n << 11n;
export const AP_EL0 = 1n << 6n;
export const AP_RO = 1n << 7n;
export const PXN = 1n << 53n;
export const XN = 1n << 54n;
export const SH_INNER = 3n << 8n;
export const S2_R = 1n << 6n;
export const S2_W = 1n << 7n;
export const S2_NORMAL = 0xfn << 2n;
export const S2_RWX = S2_R | S2_W | S2_NORMAL | AF;
export const TABLE = 3n;
export const BLOCK = 1n;
export const PAGE = 3n;
export const at = (address: number, flags: bigint): bigint => BigInt(address) | flags;

/** An MMU over test memory, with registers that a test sets by name. */
export class Bench {
  readonly memory = new TestMemory();
  readonly mmu: Mmu;
  readonly out = new Translation();
  readonly registers: ModelRegisters = { ...ZERO_REGISTERS };
  readonly steps: Partial<WalkStep>[] = [];

  constructor(
    readonly features: MmuFeatures = A57,
    tlb = new Tlb(),
  ) {
    this.mmu = new Mmu(this.memory, features, tlb);
  }

  regime(name: RegimeName = 'EL1&0'): Regime {
    return regimeOf(translationRegisters(this.registers), name, this.features);
  }

  /** Walks; true when the access is allowed. */
  walk(va: bigint, access: number, name: RegimeName = 'EL1&0'): boolean {
    this.steps.length = 0;
    return this.mmu.walk(this.regime(name), hiOf(va), loOf(va), access, this.out, {
      step: (step) => this.steps.push({ ...step }),
    });
  }

  /** Translates through the TLB; true when the access is allowed. */
  translate(va: bigint, access: number, name: RegimeName = 'EL1&0'): boolean {
    return this.mmu.translate(this.regime(name), hiOf(va), loOf(va), access, this.out);
  }

  /** The fault as a plain value. */
  get fault() {
    const { kind, stage, level, s1ptw, ipa } = this.out.fault;
    return { kind, stage, level, s1ptw, ipa };
  }
}

/** What a fault of stage 1 looks like, and one of stage 2. */
export const stage1Fault = (kind: string, level: number) => ({ kind, stage: 1, level, s1ptw: false, ipa: 0 });
export const stage2Fault = (kind: string, level: number, ipa: number, s1ptw = false) => ({
  kind,
  stage: 2,
  level,
  s1ptw,
  ipa,
});
