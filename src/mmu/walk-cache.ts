/** Cached table descriptors: with them a walk begins below the tables that it has already read. */

import { levelShift } from './geometry.ts';
import type { TlbSpace } from './tlb-entry.ts';
import { ANY_ASID, ANY_VMID } from './tlb-pool.ts';

/**
 * What one table descriptor says. It belongs to its ASID whatever its leaves say: entries from levels above the last are
 * not global (DDI 0487, "Global and process-specific translation table entries").
 */
export class WalkCacheEntry {
  valid = false;
  space: TlbSpace = 0;
  vmid = 0;
  asid = 0;
  granuleBits = 0;
  /** Level of the descriptor. */
  level = 0;
  /** First address that the descriptor covers, and the bits of an address that must equal it. */
  hi = 0;
  lo = 0;
  maskHi = 0;
  maskLo = 0;
  /** Address of the table that the descriptor points to. */
  table = 0;
  /** Limits of this descriptor and those above it (see `hierarchyOf`). */
  hierarchy = 0;

  covers(hi: number, lo: number): boolean {
    return (((hi ^ this.hi) & this.maskHi) | ((lo ^ this.lo) & this.maskLo)) === 0;
  }
}

/** A few entries, searched one by one; the oldest makes room. */
export class WalkCache {
  readonly entries: readonly WalkCacheEntry[];
  private cursor = 0;

  constructor(capacity: number) {
    this.entries = Array.from({ length: capacity }, () => new WalkCacheEntry());
  }

  /** The entry of the deepest level, `startLevel` at least, that covers an address. */
  find(
    space: TlbSpace,
    vmid: number,
    asid: number,
    granuleBits: number,
    startLevel: number,
    hi: number,
    lo: number,
  ): WalkCacheEntry | undefined {
    let best: WalkCacheEntry | undefined;
    for (const entry of this.entries) {
      if (!entry.valid || entry.granuleBits !== granuleBits || entry.level < startLevel) continue;
      if (best !== undefined && entry.level <= best.level) continue;
      if (entry.covers(hi, lo) && inScope(entry, space, vmid, asid)) best = entry;
    }
    return best;
  }

  /** Keeps a descriptor that a walk read for an address. */
  add(
    space: TlbSpace,
    vmid: number,
    asid: number,
    granuleBits: number,
    level: number,
    hi: number,
    lo: number,
    table: number,
    hierarchy: number,
  ): void {
    const entry = this.entries[this.cursor];
    this.cursor = (this.cursor + 1) % this.entries.length;
    const shift = levelShift(granuleBits, level);
    entry.valid = true;
    entry.space = space;
    entry.vmid = vmid;
    entry.asid = asid;
    entry.granuleBits = granuleBits;
    entry.level = level;
    entry.maskHi = shift >= 32 ? -1 << (shift - 32) : -1;
    entry.maskLo = shift >= 32 ? 0 : -1 << shift;
    entry.hi = hi & entry.maskHi;
    entry.lo = lo & entry.maskLo;
    entry.table = table;
    entry.hierarchy = hierarchy;
  }

  /** Removes the entries that cover an address; `asid` may be ANY_ASID. */
  removeAt(space: TlbSpace, vmid: number, asid: number, hi: number, lo: number): void {
    for (const entry of this.entries) {
      if (entry.covers(hi, lo) && inScope(entry, space, vmid, asid)) entry.valid = false;
    }
  }

  /** Removes the entries of a space; `vmid` may be ANY_VMID, `asid` ANY_ASID. */
  removeAll(space: TlbSpace, vmid: number, asid: number): void {
    for (const entry of this.entries) if (inScope(entry, space, vmid, asid)) entry.valid = false;
  }
}

const inScope = (entry: WalkCacheEntry, space: TlbSpace, vmid: number, asid: number): boolean =>
  entry.space === space && (vmid === ANY_VMID || entry.vmid === vmid) && (asid === ANY_ASID || entry.asid === asid);
