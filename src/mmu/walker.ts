/** Both stages together: the one translation table walk that every user of the MMU goes through. */

import { joined } from '../arch/addresses.ts';
import { NO_STAGE2 } from './attributes.ts';
import { lowBits } from './geometry.ts';
import { FLAT_SHIFT, Mapping, NO_LEVEL } from './mapping.ts';
import type { DescriptorMemory } from './memory.ts';
import { ALL_STAGE1, ALL_STAGE2 } from './permissions.ts';
import type { Regime } from './regime.ts';
import { Stage1Walk } from './stage1-walk.ts';
import { Stage2Walk } from './stage2-walk.ts';
import type { Tlb } from './tlb.ts';
import { STAGE1_ONLY, type Translation } from './translation.ts';
import type { WalkVisitor } from './visitor.ts';

/** Walks tables in the memory that it was given. Reentrant it is not: one object for each MMU. */
export class Walker {
  /** What the last successful walk found. */
  readonly mapping = new Mapping();
  private readonly stage1: Stage1Walk;
  private readonly stage2: Stage2Walk;

  constructor(memory: DescriptorMemory) {
    this.stage2 = new Stage2Walk(memory);
    this.stage1 = new Stage1Walk(memory, this.stage2);
  }

  /**
   * Translates a VA and checks permissions (DDI 0487, AArch64.TranslateAddress without alignment). Stage 1 is wholly
   * checked before its output enters stage 2. With a TLB it is an architectural access: stage-2 lookups use and fill its
   * stage-2 entries, and hardware marks the leaves where TCR_ELx and VTCR_EL2 ask for it.
   */
  walk(
    regime: Regime,
    vaHi: number,
    vaLo: number,
    access: number,
    out: Translation,
    visitor: WalkVisitor | undefined,
    tlb: Tlb | undefined,
  ): boolean {
    const mapping = this.mapping;
    const { fault } = out;
    if (regime.stage1On) {
      if (!this.stage1.find(regime, vaHi, vaLo, access, mapping, fault, visitor, tlb)) return false;
    } else if ((vaHi & regime.flatMaskHi) !== 0) {
      return fault.set('addressSize', 1, 0);
    } else {
      setFlat(mapping, regime, vaHi, vaLo);
    }
    mapping.pa = mapping.ipa;
    mapping.level2 = NO_LEVEL;
    mapping.permissions2 = ALL_STAGE2;
    mapping.attributes2 = NO_STAGE2;
    mapping.shareability2 = 0;
    const tables = regime.stage2;
    if (tables !== undefined && (access & STAGE1_ONLY) === 0) {
      const ipa = mapping.ipa + lowBits(vaLo, mapping.shift);
      const pa = this.stage2.translate(tables, regime.vmid, ipa, access, false, fault, visitor, tlb);
      if (pa < 0) return false;
      this.narrow(vaLo, ipa, pa);
    }
    mapping.describe(regime, vaLo, access, out);
    return true;
  }

  /** Adds the leaf of stage 2 to the mapping, which holds for the smaller of the two ranges. */
  private narrow(vaLo: number, ipa: number, pa: number): void {
    const { mapping } = this;
    const { leaf } = this.stage2;
    mapping.shift = Math.min(mapping.shift, leaf.shift);
    mapping.ipa = ipa - lowBits(vaLo, mapping.shift);
    mapping.pa = pa - lowBits(vaLo, mapping.shift);
    mapping.clean ||= leaf.clean;
    mapping.level2 = leaf.level2;
    mapping.permissions2 = leaf.permissions2;
    mapping.attributes2 = leaf.attributes2;
    mapping.shareability2 = leaf.shareability2;
  }
}

/** Stage 1 off: the VA is the output address (AArch64.S1DisabledOutput). */
function setFlat(mapping: Mapping, regime: Regime, vaHi: number, vaLo: number): void {
  const address = joined(vaHi & ((1 << (regime.paBits - 32)) - 1), vaLo);
  mapping.ipa = address - lowBits(vaLo, FLAT_SHIFT);
  mapping.shift = FLAT_SHIFT;
  mapping.global = true;
  mapping.clean = false;
  mapping.level1 = NO_LEVEL;
  mapping.permissions1 = ALL_STAGE1;
}
