/** What looks into a TLB from outside (an inspector), and what a TLB may ask of its MMU (a speculator). */

import type { Regime } from './regime.ts';
import type { TlbEntry } from './tlb-entry.ts';

/** Sees an entry, with an address of its range: the one that somebody asked for, or the first. */
export type Inspect = (entry: TlbEntry, hi: number, lo: number) => void;

/** Watches entries while they are used, filled and, by maintenance, removed. */
export interface TlbInspector {
  readonly used: Inspect;
  readonly filled: (entry: TlbEntry) => void;
  readonly removing: Inspect;
}

/** Walks that no access asked for. */
export interface Speculator {
  /** Walks for a VA and fills the TLB; faults are forgotten. */
  fill(regime: Regime, vaHi: number, vaLo: number): void;
  /** Whether the tables of a regime, or of its stage 2, still give what an entry of it says. */
  isFresh(regime: Regime, entry: TlbEntry): boolean;
}
