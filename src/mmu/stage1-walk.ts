/** Stage 1: a VA to an IPA, or to a PA where no stage 2 follows. */

import { joined } from '../arch/addresses.ts';
import type { Fault, FaultKind } from '../arch/fault.ts';
import { mairByte, shareabilityOf } from './attributes.ts';
import { attributeIndex, isNotGlobal, shareabilityField, WRITE_PERMISSION } from './descriptor.ts';
import type { Mapping } from './mapping.ts';
import type { DescriptorMemory } from './memory.ts';
import { onePrivilegePermissions, stage1Allows, twoPrivilegesPermissions, withoutWrites } from './permissions.ts';
import { type Regime, rangeOf } from './regime.ts';
import type { Stage2Walk } from './stage2-walk.ts';
import { TableWalk } from './table-walk.ts';
import type { Tables } from './tables.ts';
import { canonicalHi, spaceOf, type Tlb } from './tlb.ts';
import { accessKind, READ, WRITE } from './translation.ts';
import { inRange } from './va-range.ts';
import { WalkStep, type WalkVisitor } from './visitor.ts';
import type { WalkCacheEntry } from './walk-cache.ts';

/** Stage-1 lookups of one MMU. */
export class Stage1Walk extends TableWalk {
  private regime!: Regime;
  private fault!: Fault;
  private tlb: Tlb | undefined;

  constructor(
    memory: DescriptorMemory,
    private readonly stage2: Stage2Walk,
  ) {
    super(memory, new WalkStep(1));
  }

  /**
   * Finds the leaf of a VA, checks its permissions, and writes the stage-1 fields, `ipa` and `shift` of `mapping`. False:
   * see `fault`. With a TLB it is an access, which hardware may have to mark in the leaf.
   */
  find(
    regime: Regime,
    vaHi: number,
    vaLo: number,
    access: number,
    mapping: Mapping,
    fault: Fault,
    visitor: WalkVisitor | undefined,
    tlb: Tlb | undefined,
  ): boolean {
    this.regime = regime;
    this.fault = fault;
    this.tlb = tlb;
    const range = rangeOf(regime, vaHi);
    if (!inRange(range, range === regime.upper, vaHi, vaLo)) return this.fail('translation', 0);
    if (visitor !== undefined) this.step.descriptorSpace = regime.stage2On ? 'IPA' : 'PA';
    if (!this.lookUp(range, vaHi, vaLo, visitor)) return false;
    const isEl2 = regime.name === 'EL2';
    const permissions = isEl2 ? onePrivilegePermissions : twoPrivilegesPermissions;
    mapping.ipa = this.address;
    mapping.shift = this.shift;
    mapping.global = isEl2 || !isNotGlobal(this.lo);
    mapping.level1 = this.level;
    const effectiveLo = this.clean ? this.lo & ~WRITE_PERMISSION : this.lo;
    mapping.permissions1 = permissions(this.hi, effectiveLo, this.hierarchy, regime.wxn);
    if (!stage1Allows(mapping.permissions1, access)) return this.fail('permission', this.level);
    if (tlb !== undefined && !this.mark(accessKind(access) === WRITE, visitor)) return false;
    mapping.clean = this.clean;
    if (this.clean) mapping.permissions1 = withoutWrites(mapping.permissions1);
    mapping.attributes1 = mairByte(regime, attributeIndex(this.lo));
    mapping.shareability1 = shareabilityOf(shareabilityField(this.lo));
    return true;
  }

  protected override read(hi: number, lo: number, level: number, visitor: WalkVisitor | undefined): boolean {
    const { stage2, vmid } = this.regime;
    let paHi = hi;
    let paLo = lo;
    if (stage2 !== undefined) {
      const pa = this.stage2.translate(stage2, vmid, joined(hi, lo), READ, true, this.fault, visitor, this.tlb);
      if (pa < 0) return false;
      paHi = Math.floor(pa / 0x1_0000_0000);
      paLo = pa | 0;
    }
    return this.memory.read(paHi, paLo) || this.fail('externalOnWalk', level);
  }

  protected override writablePa(address: number, visitor: WalkVisitor | undefined): number {
    const { stage2, vmid } = this.regime;
    if (stage2 === undefined) return address;
    return this.stage2.translate(stage2, vmid, address, WRITE, true, this.fault, visitor, this.tlb);
  }

  protected override readonly readOnlyBit = WRITE_PERMISSION;

  protected override get joins(): boolean {
    return this.tlb?.contiguous === true;
  }

  protected override cachedTable(tables: Tables, vaHi: number, vaLo: number): WalkCacheEntry | undefined {
    const cache = this.tlb?.walkCache;
    if (cache === undefined) return undefined;
    const { regime } = this;
    const hi = canonicalHi(regime, vaHi);
    return cache.find(spaceOf(regime), regime.vmid, regime.asid, tables.granuleBits, tables.startLevel, hi, vaLo);
  }

  protected override keepTable(granuleBits: number, level: number, table: number, vaHi: number, vaLo: number): void {
    const cache = this.tlb?.walkCache;
    if (cache === undefined) return;
    const { regime, hierarchy } = this;
    const hi = canonicalHi(regime, vaHi);
    cache.add(spaceOf(regime), regime.vmid, regime.asid, granuleBits, level, hi, vaLo, table, hierarchy);
  }

  protected override fail(kind: FaultKind, level: number): false {
    return this.fault.set(kind, 1, level);
  }
}
