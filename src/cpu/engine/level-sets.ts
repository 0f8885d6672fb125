/** The contexts of an EL, by the regime that they belong to: a process or world switch comes back to them. */

import type { Regime } from '../../mmu/regime.ts';
import type { Context } from './context-store.ts';

/** Combinations of PSTATE.SP, PSTATE.PAN and software step. */
const LEVELS = 8;
/** Regimes whose sets are kept before all are forgotten. */
const MAX_REGIMES = 256;
const ELS = 4;

/** By PSTATE.SP, PAN and software step: the context, once it was needed. */
export type Levels = (Context | undefined)[];

export class LevelSets {
  /** By EL and controls of floating point, then by regime. */
  private readonly sets = new Map<number, Map<Regime, Levels>>();

  /** The contexts of an EL in a regime under controls of floating point, as one number. */
  of(el: 0 | 1 | 2, regime: Regime, fpControls: number): Levels {
    const key = fpControls * ELS + el;
    let byRegime = this.sets.get(key);
    const known = byRegime?.get(regime);
    if (known !== undefined) return known;
    if (byRegime === undefined || byRegime.size >= MAX_REGIMES) {
      byRegime = new Map();
      this.sets.set(key, byRegime);
    }
    const levels = new Array<Context | undefined>(LEVELS).fill(undefined);
    byRegime.set(regime, levels);
    return levels;
  }

  /** Forgets all sets; one that is in use stays its user's. */
  clear(): void {
    this.sets.clear();
  }
}
