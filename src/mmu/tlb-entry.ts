/** A TLB entry: a mapping and the tags that say whose it is. */

import { Mapping } from './mapping.ts';
import type { RegimeName } from './regime.ts';

/** What an entry translates: VA to PA without stage 2, VA to PA by both stages, IPA to PA; VA to PA of EL2, of EL2&0. */
export type TlbSpace = 0 | 1 | 2 | 3 | 4;
export const SPACE_S1 = 0;
export const SPACE_S12 = 1;
export const SPACE_S2 = 2;
export const SPACE_EL2 = 3;
export const SPACE_EL20 = 4;

const REGIMES = ['EL1&0', 'EL1&0', 'EL1&0', 'EL2', 'EL2&0'] as const;

/** Regime that the entries of a space belong to. */
export const regimeOfSpace = (space: TlbSpace): RegimeName => REGIMES[space];

/** What a slot of a TLB holds. `level1` and `level2`, permissions and attributes are those at the time of the fill. */
export class TlbEntry extends Mapping {
  /** Its place among the entries that translate VAs, or among those that translate IPAs. */
  slot = 0;
  space: TlbSpace = SPACE_S1;
  /** VTTBR_EL2.VMID at the fill, 0 for EL2 and EL2&0. */
  vmid = 0;
  /** ASID at the fill; of no effect when `global`. */
  asid = 0;
  /** High half of the VA, canonical, or of the IPA; int32. */
  hi = 0;
  /** Low half shifted right by `shift`. */
  page = 0;

  /** Low half of the first VA or IPA of the range, as int32. */
  get lo(): number {
    return this.page << this.shift;
  }
}
