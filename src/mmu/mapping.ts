/** What a walk finds out about a range of addresses: all that the TLB needs to answer, or refuse, later accesses. */

import {
  flatAttributes,
  isDevice,
  NO_STAGE2,
  NON_SHAREABLE,
  OUTER_SHAREABLE,
  stage1AttributesFor,
  stage2AttributesFor,
} from './attributes.ts';
import { lowBits } from './geometry.ts';
import { ALL_STAGE1, ALL_STAGE2, granted } from './permissions.ts';
import type { Regime } from './regime.ts';
import { accessKind, EXECUTE, PRIVILEGED_ACCESS_NEVER, READ, type Translation, WRITE } from './translation.ts';

/** Level of a stage that took no part. */
export const NO_LEVEL = -1;
/** log2 of the range that a translation with both stages off is said to hold for. */
export const FLAT_SHIFT = 30;

/** The outcome of both stages for 2 ** `shift` bytes. Mutable: walks and the TLB reuse their objects. */
export class Mapping {
  /** First PA and first IPA of the range, in bytes. */
  pa = 0;
  ipa = 0;
  shift = FLAT_SHIFT;
  global = true;
  /** A write needs a walk: hardware has to mark a leaf of one of the stages dirty, whose set here has no writes yet. */
  clean = false;
  /** Stage 1: leaf level, permissions (see `stage1Allows`), MAIR byte and SH of the leaf. */
  level1 = NO_LEVEL;
  permissions1 = ALL_STAGE1;
  attributes1 = 0;
  shareability1 = 0;
  /** Stage 2: leaf level, permissions (see `stage2Allows`), MemAttr and SH of the leaf. */
  level2 = NO_LEVEL;
  permissions2 = ALL_STAGE2;
  attributes2 = NO_STAGE2;
  shareability2 = 0;

  /** Fills in the result of an access that the mapping allows; `vaLo` is the low half of its VA. */
  describe(regime: Regime, vaLo: number, access: number, out: Translation): void {
    const execute = accessKind(access) === EXECUTE;
    const offset = lowBits(vaLo, this.shift);
    // With stage 1 off there is no memory of EL0's for PAN to keep from EL1.
    const judged = this.level1 === NO_LEVEL ? access & ~PRIVILEGED_ACCESS_NEVER : access;
    const rights = granted(this.permissions1, this.permissions2, judged);
    out.pa = this.pa + offset;
    out.ipa = this.ipa + offset;
    out.shift = this.shift;
    out.readable = (rights & (1 << READ)) !== 0;
    out.writable = (rights & (1 << WRITE)) !== 0;
    out.executable = (rights & (1 << EXECUTE)) !== 0;
    out.global = this.global;
    out.level1 = this.level1;
    out.level2 = this.level2;
    if (this.level1 === NO_LEVEL) {
      out.stage1Attributes = flatAttributes(regime, execute);
      out.stage1Shareability = regime.defaultCacheable ? NON_SHAREABLE : OUTER_SHAREABLE;
    } else {
      out.stage1Attributes = stage1AttributesFor(regime, execute, this.attributes1);
      out.stage1Shareability = this.shareability1;
    }
    out.stage2Attributes = stage2AttributesFor(regime, execute, this.attributes2);
    out.stage2Shareability = this.shareability2;
    out.device = isDevice(out.attributes);
  }
}

/** Output address of the input address with low half `lo`, which the mapping covers. */
export const outputAddress = (mapping: Mapping, lo: number): number => mapping.pa + lowBits(lo, mapping.shift);
