/** Stage 2: an IPA to a PA, for the output of stage 1 and for the addresses of its tables. */

import type { Fault, FaultKind } from '../arch/fault.ts';
import { isStage2Device, shareabilityOf } from './attributes.ts';
import { shareabilityField, stage2MemAttr, WRITE_PERMISSION } from './descriptor.ts';
import { lowBits } from './geometry.ts';
import { Mapping } from './mapping.ts';
import type { DescriptorMemory } from './memory.ts';
import { stage2Allows, stage2Permissions, withoutWrites } from './permissions.ts';
import type { Stage2Tables } from './stage2-tables.ts';
import { TableWalk } from './table-walk.ts';
import type { Tables } from './tables.ts';
import type { Tlb } from './tlb.ts';
import { SPACE_S2 } from './tlb-entry.ts';
import { accessKind, WRITE } from './translation.ts';
import { WalkStep, type WalkVisitor } from './visitor.ts';
import type { WalkCacheEntry } from './walk-cache.ts';

/** Stage-2 translations of one MMU. */
export class Stage2Walk extends TableWalk {
  /** The leaf that the last translation used: its `ipa`, `pa`, `shift` and stage-2 fields; an entry of the TLB or `walked`. */
  leaf: Mapping;
  private readonly walked = new Mapping();
  private fault!: Fault;
  private tlb: Tlb | undefined;
  private vmid = 0;
  private ipa = 0;
  private s1ptw = false;

  constructor(memory: DescriptorMemory) {
    super(memory, new WalkStep(2));
    this.leaf = this.walked;
  }

  /**
   * Translates an IPA and checks its permissions (DDI 0487, AArch64.S2Translate). Returns the PA, or -1 after a fault.
   * `s1ptw`: the address is that of a stage-1 descriptor. With a TLB, its stage-2 entries are used and filled, and it is an
   * access, which hardware may have to mark in the leaf.
   */
  translate(
    tables: Stage2Tables,
    vmid: number,
    ipa: number,
    access: number,
    s1ptw: boolean,
    fault: Fault,
    visitor: WalkVisitor | undefined,
    tlb: Tlb | undefined,
  ): number {
    this.fault = fault;
    this.tlb = tlb;
    this.vmid = vmid;
    this.ipa = ipa;
    this.s1ptw = s1ptw;
    this.step.ipa = ipa;
    this.step.s1ptw = s1ptw;
    const hi = Math.floor(ipa / 0x1_0000_0000);
    const lo = ipa >>> 0;
    const write = accessKind(access) === WRITE;
    const found = tlb?.lookUpStage2(vmid, hi, lo);
    const cached = found?.clean === true && write ? undefined : found;
    if (cached === undefined && !this.find(tables, hi, lo, visitor)) return -1;
    const leaf = cached ?? this.walked;
    this.leaf = leaf;
    if (s1ptw && tables.protectedTableWalk && isStage2Device(leaf.attributes2)) return this.refuse(leaf.level2);
    if (!stage2Allows(leaf.permissions2, access)) return this.refuse(leaf.level2);
    if (cached === undefined) {
      if (tlb !== undefined && !this.mark(write, visitor)) return -1;
      leaf.clean = this.clean;
      if (leaf.clean) leaf.permissions2 = withoutWrites(leaf.permissions2);
      if (found !== undefined) tlb?.discard(found);
      tlb?.fillStage2(vmid, hi, lo, leaf);
    }
    return leaf.pa + (ipa - leaf.ipa);
  }

  /** Walks the tables into `walked`. */
  private find(tables: Stage2Tables, hi: number, lo: number, visitor: WalkVisitor | undefined): boolean {
    if (this.ipa >= tables.inputLimit) return this.fail('translation', 0);
    if (!this.lookUp(tables, hi, lo, visitor)) return false;
    const leaf = this.walked;
    leaf.pa = this.address;
    leaf.ipa = this.ipa - lowBits(this.ipa, this.shift);
    leaf.shift = this.shift;
    leaf.level2 = this.level;
    leaf.permissions2 = stage2Permissions(this.hi, this.clean ? this.lo | WRITE_PERMISSION : this.lo);
    leaf.attributes2 = stage2MemAttr(this.lo);
    leaf.shareability2 = shareabilityOf(shareabilityField(this.lo));
    return true;
  }

  private refuse(level: number): -1 {
    this.fail('permission', level);
    return -1;
  }

  protected override read(hi: number, lo: number, level: number): boolean {
    return this.memory.read(hi, lo) || this.fail('externalOnWalk', level);
  }

  protected override writablePa(address: number): number {
    return address;
  }

  protected override readonly readOnlyBit = 0;

  protected override get joins(): boolean {
    return this.tlb?.contiguous === true;
  }

  protected override cachedTable(tables: Tables, hi: number, lo: number): WalkCacheEntry | undefined {
    return this.tlb?.walkCache?.find(SPACE_S2, this.vmid, 0, tables.granuleBits, tables.startLevel, hi, lo);
  }

  protected override keepTable(granuleBits: number, level: number, table: number, hi: number, lo: number): void {
    this.tlb?.walkCache?.add(SPACE_S2, this.vmid, 0, granuleBits, level, hi, lo, table, 0);
  }

  protected override fail(kind: FaultKind, level: number): false {
    return this.fault.set(kind, 2, level, this.s1ptw, this.ipa);
  }
}
