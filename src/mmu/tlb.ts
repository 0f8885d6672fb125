/** The architectural TLB: entries stay until maintenance removes them or capacity evicts them, right or stale. */

import type { Mapping } from './mapping.ts';
import { type Regime, type RegimeName, rangeOf } from './regime.ts';
import type { RemovedEntry } from './removed-entry.ts';
import {
  regimeOfSpace,
  SPACE_EL2,
  SPACE_EL20,
  SPACE_S1,
  SPACE_S2,
  SPACE_S12,
  type TlbEntry,
  type TlbSpace,
} from './tlb-entry.ts';
import type { Speculator, TlbInspector } from './tlb-hooks.ts';
import { ANY_ASID, ANY_VMID, TlbPool } from './tlb-pool.ts';
import { TlbStatsTable } from './tlb-stats.ts';
import { type TlbiOp, tlbiScope } from './tlbi.ts';
import type { WalkCache } from './walk-cache.ts';

/** Capacity that a Tlb has unless told: entries that map VAs, and entries that map IPAs. */
const VA_ENTRIES = 4096;
const IPA_ENTRIES = 1024;

/** In place of a VMID, to `onDrop`: entries of every VMID. */
export const ALL_VMIDS = -1;

/**
 * Called after entries went away; `entry` is the one that went, undefined when there were several. With an `asid` other
 * than ANY_ASID none of them was global, and all were of that ASID.
 */
export type DropListener = (regime: RegimeName, vmid: number, asid: number, entry: RemovedEntry | undefined) => void;

/**
 * Entries of both stages together (by VA) and of stage 2 alone (by IPA). The two are apart so that a TLBI by IPA leaves
 * the former, as it does on silicon. An entry that is returned, or given to a listener, is good until the next call: copy
 * what you keep.
 */
export class Tlb {
  readonly stats = new TlbStatsTable();
  /** Maintenance or eviction removed entries. */
  onDrop: DropListener = () => {};
  /** An entry was added or, before its slot is reused, evicted; for traces. */
  onFill: ((regime: RegimeName, entry: TlbEntry) => void) | undefined = undefined;
  onEvict: ((regime: RegimeName, entry: TlbEntry) => void) | undefined = undefined;
  inspector: TlbInspector | undefined = undefined;
  protected readonly byVa: TlbPool;
  protected readonly byIpa: TlbPool;

  /** `walkCache`: keeps table descriptors too; `contiguous`: one entry holds what the Contiguous bit joins. */
  constructor(
    vaEntries = VA_ENTRIES,
    ipaEntries = IPA_ENTRIES,
    readonly walkCache?: WalkCache,
    readonly contiguous = false,
  ) {
    this.byVa = new TlbPool(vaEntries, (slot) => this.evicting(this.byVa, slot));
    this.byIpa = new TlbPool(ipaEntries, (slot) => this.evicting(this.byIpa, slot));
  }

  /** Called when an access has no entry, before its walk; returns an entry that is there now. */
  missed(_regime: Regime, _vaHi: number, _vaLo: number, _speculator: Speculator): TlbEntry | undefined {
    return undefined;
  }

  /** Called when the registers of the current regime have changed. */
  switched(_regime: Regime, _speculator: Speculator): void {}

  /** Like `lookUp`, but no access: it counts nothing. */
  peek(regime: Regime, vaHi: number, vaLo: number): TlbEntry | undefined {
    return entryAt(this.byVa, this.findVa(regime, canonicalHi(regime, vaHi), vaLo));
  }

  /** Like `lookUpStage2`, but no access: it counts nothing. */
  peekStage2(vmid: number, ipaHi: number, ipaLo: number): TlbEntry | undefined {
    return entryAt(this.byIpa, this.byIpa.find(SPACE_S2, vmid, 0, ipaHi, ipaLo));
  }

  private findVa(regime: Regime, hi: number, lo: number): number {
    return this.byVa.find(spaceOf(regime), regime.vmid, regime.asid, hi, lo);
  }

  /** The entry for a VA in a regime whose stage 1 is on. */
  lookUp(regime: Regime, vaHi: number, vaLo: number): TlbEntry | undefined {
    const hi = canonicalHi(regime, vaHi);
    const entry = entryAt(this.byVa, this.findVa(regime, hi, vaLo));
    this.count(regime.name, regime.vmid, entry);
    if (entry !== undefined) this.inspector?.used(entry, hi, vaLo);
    return entry;
  }

  /** The stage-2 entry for an IPA, given as its two halves. */
  lookUpStage2(vmid: number, ipaHi: number, ipaLo: number): TlbEntry | undefined {
    const entry = entryAt(this.byIpa, this.byIpa.find(SPACE_S2, vmid, 0, ipaHi, ipaLo));
    this.count('EL1&0', vmid, entry);
    if (entry !== undefined) this.inspector?.used(entry, ipaHi, ipaLo);
    return entry;
  }

  /** Adds what a walk found for a VA that has no entry; stage 1 is on. */
  fill(regime: Regime, vaHi: number, vaLo: number, mapping: Mapping): void {
    this.insert(this.byVa, spaceOf(regime), regime.vmid, regime.asid, canonicalHi(regime, vaHi), vaLo, mapping);
  }

  /** Adds a stage-2 leaf for an IPA that has no entry. */
  fillStage2(vmid: number, ipaHi: number, ipaLo: number, leaf: Mapping): void {
    this.insert(this.byIpa, SPACE_S2, vmid, 0, ipaHi, ipaLo, leaf);
  }

  /**
   * Executes a TLBI and returns how many entries it removed. `vmid` and `asid` count only where the operation looks at
   * them; `page` is VA[55:12] or IPA[47:12] as an exact number, the low bits of the operand of the instruction.
   * `host`: EL2&0 is meant by operations that may mean it.
   */
  invalidate(op: TlbiOp, vmid: number, asid: number, page: number, host = false): number {
    const { spaces, by, lastLevel } = tlbiScope(op, host);
    const regime = regimeOfSpace(spaces[0]);
    const tagged = regime === 'EL1&0' ? vmid : 0;
    // VA bit 55 stands for the bits above it; an IPA never reaches it.
    const hi = (Math.floor(page / 2 ** 20) << 8) >> 8;
    const lo = ((page % 2 ** 20) << 12) >>> 0;
    const byAddress = by === 'address' || by === 'addressAndAsid';
    const ofAsid = by === 'asid' || by === 'addressAndAsid' ? asid : ANY_ASID;
    const ofVmid = by === 'every' ? ANY_VMID : tagged;
    const inspect = this.inspector?.removing;
    let removed = 0;
    let last: TlbPool | undefined;
    for (const space of spaces) {
      const pool = space === SPACE_S2 ? this.byIpa : this.byVa;
      const count = byAddress
        ? pool.removeAt(space, tagged, ofAsid, hi, lo, inspect)
        : pool.removeAll(space, ofVmid, ofAsid, inspect);
      if (count > 0) last = pool;
      removed += count;
      if (this.walkCache === undefined || lastLevel) continue;
      if (byAddress) this.walkCache.removeAt(space, tagged, ofAsid, hi, lo);
      else this.walkCache.removeAll(space, ofVmid, ofAsid);
    }
    if (removed > 0) {
      const vmids = by === 'every' && regime === 'EL1&0' ? ALL_VMIDS : tagged;
      this.onDrop(regime, vmids, by === 'asid' ? asid : ANY_ASID, removed === 1 ? last?.lastRemoved : undefined);
    }
    return removed;
  }

  /** Valid entries, in the order of their slots; for explorers and tests. */
  entries(): TlbEntry[] {
    return [...this.byVa.entries(), ...this.byIpa.entries()];
  }

  private insert(
    pool: TlbPool,
    space: TlbSpace,
    vmid: number,
    asid: number,
    hi: number,
    lo: number,
    mapping: Mapping,
  ): void {
    const slot = pool.insert(space, vmid, asid, hi, lo, mapping);
    const regime = regimeOfSpace(space);
    this.stats.of(regime, vmid).fills++;
    if (this.onFill !== undefined) this.onFill(regime, pool.read(slot));
    if (this.inspector !== undefined) this.inspector.filled(pool.read(slot));
  }

  /** Drops a valid entry that hardware is about to replace. */
  discard(entry: TlbEntry): void {
    this.evict(entry.space === SPACE_S2 ? this.byIpa : this.byVa, entry.slot);
  }

  /** Drops a valid entry that no maintenance asked for. */
  protected evict(pool: TlbPool, slot: number): void {
    pool.remove(slot);
    this.evicting(pool, slot);
  }

  /** Counts and tells that the entry of a slot makes room. */
  private evicting(pool: TlbPool, slot: number): void {
    const entry = pool.removed(slot);
    const { space, vmid, asid, global } = entry;
    const regime = regimeOfSpace(space);
    this.stats.of(regime, vmid).evictions++;
    if (this.onEvict !== undefined) this.onEvict(regime, pool.read(slot));
    this.onDrop(regime, vmid, global ? ANY_ASID : asid, entry);
  }

  private count(regime: RegimeName, vmid: number, entry: TlbEntry | undefined): void {
    const stats = this.stats.of(regime, vmid);
    if (entry === undefined) stats.misses++;
    else stats.hits++;
  }
}

const entryAt = (pool: TlbPool, slot: number): TlbEntry | undefined => (slot < 0 ? undefined : pool.read(slot));

/** The space of the VA entries of a regime as it is set up. */
export function spaceOf({ name, stage2On }: Regime): TlbSpace {
  if (name === 'EL1&0') return stage2On ? SPACE_S12 : SPACE_S1;
  return name === 'EL2' ? SPACE_EL2 : SPACE_EL20;
}

/** High half of a VA as an int32; with TBI, bit 55 replaces the bits above it. */
export const canonicalHi = (regime: Regime, vaHi: number): number =>
  rangeOf(regime, vaHi).tbi ? (vaHi << 8) >> 8 : vaHi | 0;
