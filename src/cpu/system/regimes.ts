/** The translation regimes that a CPU's registers set up, worked out again only when one of them has changed. */

import type { MmuFeatures } from '../../mmu/features.ts';
import { type Regime, type RegimeName, regimeOf } from '../../mmu/regime.ts';
import type { TranslationRegisters } from '../../mmu/registers.ts';
import type { Core } from '../core.ts';
import { R, type Slot } from '../slots.ts';
import type { CpuState } from '../state.ts';

type Half = 'hi' | 'lo';
/** Where each value comes from. */
const SOURCES: Readonly<Record<keyof TranslationRegisters, readonly [Slot, Half]>> = {
  sctlr1: [R.SCTLR_EL1, 'lo'],
  sctlr2: [R.SCTLR_EL2, 'lo'],
  tcr1Lo: [R.TCR_EL1, 'lo'],
  tcr1Hi: [R.TCR_EL1, 'hi'],
  tcr2: [R.TCR_EL2, 'lo'],
  ttbr0Lo: [R.TTBR0_EL1, 'lo'],
  ttbr0Hi: [R.TTBR0_EL1, 'hi'],
  ttbr1Lo: [R.TTBR1_EL1, 'lo'],
  ttbr1Hi: [R.TTBR1_EL1, 'hi'],
  ttbr2Lo: [R.TTBR0_EL2, 'lo'],
  ttbr2Hi: [R.TTBR0_EL2, 'hi'],
  mair1Lo: [R.MAIR_EL1, 'lo'],
  mair1Hi: [R.MAIR_EL1, 'hi'],
  mair2Lo: [R.MAIR_EL2, 'lo'],
  mair2Hi: [R.MAIR_EL2, 'hi'],
  hcrLo: [R.HCR_EL2, 'lo'],
  hcrHi: [R.HCR_EL2, 'hi'],
  vtcr: [R.VTCR_EL2, 'lo'],
  vttbrLo: [R.VTTBR_EL2, 'lo'],
  vttbrHi: [R.VTTBR_EL2, 'hi'],
};
const NAMES = Object.keys(SOURCES) as (keyof TranslationRegisters)[];
const SLOTS = NAMES.map((name) => SOURCES[name][0]);
const IS_HIGH = NAMES.map((name) => SOURCES[name][1] === 'hi');

/** Regimes of one CPU. */
export class Regimes {
  private readonly seen = new Uint32Array(NAMES.length);
  private readonly known = new Map<RegimeName, Regime>();

  constructor(
    private readonly state: CpuState,
    private readonly features: MmuFeatures,
  ) {}

  /** The regime as the registers stand; the same object as before while none of them has changed. */
  get(name: RegimeName): Regime {
    if (this.changed()) this.known.clear();
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const fresh = regimeOf(translationRegisters(this.state), name, this.features);
    this.known.set(name, fresh);
    return fresh;
  }

  /** Compares the registers with those seen last, and remembers them. */
  private changed(): boolean {
    let changed = false;
    for (let i = 0; i < SLOTS.length; i++) {
      const value = IS_HIGH[i] ? this.state.hi(SLOTS[i]) : this.state.lo(SLOTS[i]);
      if (this.seen[i] === value) continue;
      this.seen[i] = value;
      changed = true;
    }
    return changed;
  }
}

/** A snapshot of the registers that translation depends on. */
export function translationRegisters(state: CpuState): TranslationRegisters {
  const entries = NAMES.map((name) => {
    const [slot, half] = SOURCES[name];
    return [name, half === 'hi' ? state.hi(slot) : state.lo(slot)];
  });
  return Object.fromEntries(entries) as TranslationRegisters;
}

const regimesOfCpu = new WeakMap<CpuState, Regimes>();

/** The regime `name` of a CPU as its registers stand. */
export function regimeFor(core: Core, name: RegimeName): Regime {
  let regimes = regimesOfCpu.get(core.state);
  if (regimes === undefined) {
    regimes = new Regimes(core.state, core.model.mmu);
    regimesOfCpu.set(core.state, regimes);
  }
  return regimes.get(name);
}

/** The regime of the current EL. */
export const currentRegime = (core: Core): Regime => regimeFor(core, core.state.el === 2 ? 'EL2' : 'EL1&0');
