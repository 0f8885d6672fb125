/** The translation regimes that a CPU's registers set up, worked out again only for values not seen lately. */

import type { MmuFeatures } from '../../mmu/features.ts';
import { type Regime, type RegimeName, regimeOf } from '../../mmu/regime.ts';
import type { TranslationRegisters } from '../../mmu/registers.ts';
import { R, type Slot } from '../slots.ts';
import type { CpuState } from '../state.ts';
import { isInHost } from './routing.ts';

type Half = 'hi' | 'lo';
type Source = readonly [keyof TranslationRegisters, Slot, Half];

/** Where the values of each regime come from; SCTLR_EL2.EE is the byte order of stage-2 tables too. */
const SOURCES: Readonly<Record<RegimeName, readonly Source[]>> = {
  'EL1&0': [
    ['sctlr1', R.SCTLR_EL1, 'lo'],
    ['tcr1Lo', R.TCR_EL1, 'lo'],
    ['tcr1Hi', R.TCR_EL1, 'hi'],
    ['ttbr0Lo', R.TTBR0_EL1, 'lo'],
    ['ttbr0Hi', R.TTBR0_EL1, 'hi'],
    ['ttbr1Lo', R.TTBR1_EL1, 'lo'],
    ['ttbr1Hi', R.TTBR1_EL1, 'hi'],
    ['mair1Lo', R.MAIR_EL1, 'lo'],
    ['mair1Hi', R.MAIR_EL1, 'hi'],
    ['hcrLo', R.HCR_EL2, 'lo'],
    ['hcrHi', R.HCR_EL2, 'hi'],
    ['vtcr', R.VTCR_EL2, 'lo'],
    ['vttbrLo', R.VTTBR_EL2, 'lo'],
    ['vttbrHi', R.VTTBR_EL2, 'hi'],
    ['sctlr2', R.SCTLR_EL2, 'lo'],
  ],
  EL2: [
    ['sctlr2', R.SCTLR_EL2, 'lo'],
    ['tcr2Lo', R.TCR_EL2, 'lo'],
    ['ttbr2Lo', R.TTBR0_EL2, 'lo'],
    ['ttbr2Hi', R.TTBR0_EL2, 'hi'],
    ['mair2Lo', R.MAIR_EL2, 'lo'],
    ['mair2Hi', R.MAIR_EL2, 'hi'],
  ],
  'EL2&0': [
    ['sctlr2', R.SCTLR_EL2, 'lo'],
    ['tcr2Lo', R.TCR_EL2, 'lo'],
    ['tcr2Hi', R.TCR_EL2, 'hi'],
    ['ttbr2Lo', R.TTBR0_EL2, 'lo'],
    ['ttbr2Hi', R.TTBR0_EL2, 'hi'],
    ['ttbr12Lo', R.TTBR1_EL2, 'lo'],
    ['ttbr12Hi', R.TTBR1_EL2, 'hi'],
    ['mair2Lo', R.MAIR_EL2, 'lo'],
    ['mair2Hi', R.MAIR_EL2, 'hi'],
  ],
};

/**
 * Regimes that are kept per name, a power of two. A world switch steps through several settings of HCR_EL2, VTTBR_EL2,
 * TCR_EL1 and SCTLR_EL1, and comes back to the same ones at the next; each process has its TTBRs.
 */
const KEPT = 256;

/** The regimes of one name that were needed last, each with the register values that it was computed from. */
class Cached {
  private readonly slots: readonly Slot[];
  private readonly isHigh: readonly boolean[];
  /** The registers as they were seen last, and `regime` of them. */
  private readonly seen: Uint32Array;
  private regime: Regime | undefined;
  /** By hash of the values, the regime that was made last. */
  private readonly kept: { readonly values: Uint32Array; regime: Regime | undefined }[];

  constructor(
    private readonly name: RegimeName,
    private readonly state: CpuState,
    private readonly features: MmuFeatures,
  ) {
    this.slots = SOURCES[name].map(([, slot]) => slot);
    this.isHigh = SOURCES[name].map(([, , half]) => half === 'hi');
    this.seen = new Uint32Array(this.slots.length);
    this.kept = Array.from({ length: KEPT }, () => ({ values: this.seen.slice(), regime: undefined }));
  }

  get(): Regime {
    if (this.changed() || this.regime === undefined) this.regime = this.find();
    return this.regime;
  }

  /** Compares the registers with those seen last, and remembers them. */
  private changed(): boolean {
    const { slots, isHigh, seen, state } = this;
    let changed = false;
    for (let i = 0; i < slots.length; i++) {
      const value = isHigh[i] ? state.hi(slots[i]) : state.lo(slots[i]);
      if (seen[i] === value) continue;
      seen[i] = value;
      changed = true;
    }
    return changed;
  }

  private find(): Regime {
    const { kept, seen } = this;
    const place = kept[hashOf(seen) & (KEPT - 1)];
    if (place.regime === undefined || !areEqual(place.values, seen)) {
      place.values.set(seen);
      place.regime = regimeOf(translationRegisters(this.state), this.name, this.features);
    }
    return place.regime;
  }
}

function areEqual(a: Uint32Array, b: Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function hashOf(values: Uint32Array): number {
  let hash = 0;
  for (let i = 0; i < values.length; i++) hash = Math.imul(hash ^ values[i], 0x9e37_79b1) ^ (hash >>> 15);
  return hash ^ (hash >>> 16);
}

/** Regimes of one CPU. */
export class Regimes {
  private readonly el10: Cached;
  private readonly el2: Cached;
  private readonly el20: Cached;

  constructor(state: CpuState, features: MmuFeatures) {
    this.el10 = new Cached('EL1&0', state, features);
    this.el2 = new Cached('EL2', state, features);
    this.el20 = new Cached('EL2&0', state, features);
  }

  /** The regime as the registers stand; the same object as before while none of its registers has changed. */
  get(name: RegimeName): Regime {
    if (name === 'EL1&0') return this.el10.get();
    return name === 'EL2' ? this.el2.get() : this.el20.get();
  }
}

/** A snapshot of the registers that translation depends on. */
function translationRegisters(state: CpuState): TranslationRegisters {
  const sources = [...SOURCES['EL1&0'], ...SOURCES['EL2&0']];
  const entries = sources.map(([name, slot, half]) => [name, half === 'hi' ? state.hi(slot) : state.lo(slot)]);
  return Object.fromEntries(entries) as TranslationRegisters;
}

interface Owner {
  readonly regimes: Regimes;
  readonly state: CpuState;
}

/** The regime `name` of a CPU as its registers stand. */
export const regimeFor = (core: Owner, name: RegimeName): Regime => core.regimes.get(name);

/** `TranslationRegime`: name of the regime of an EL as HCR_EL2 stands. */
export function regimeNameAt(state: CpuState, el: number): RegimeName {
  if (isInHost(state, el)) return 'EL2&0';
  return el === 2 ? 'EL2' : 'EL1&0';
}

/** The regime of an EL. */
export const regimeAt = (core: Owner, el: number): Regime => regimeFor(core, regimeNameAt(core.state, el));

/** The regime of the current EL. */
export const currentRegime = (core: Owner): Regime => regimeAt(core, core.state.el);
