/** A bounded set of TLB entries: found by hash, replaced first in first out. */

import type { Mapping } from './mapping.ts';
import { TlbEntry, type TlbSpace } from './tlb-entry.ts';
import type { Inspect } from './tlb-hooks.ts';

/** log2 of every size that a leaf of any granule maps; smallest first, which is also the order of lookups. */
const SIZES = [12, 14, 16, 21, 25, 29, 30] as const;
const MAX_SHIFT = 30;

/** In place of an ASID or VMID: entries of all of them. */
export const ANY_ASID = -1;
export const ANY_VMID = -1;

/** Tags in one word a slot, so that a search through all valid slots touches no entry but those that match. */
const TAG_SPACE_MASK = 7;
const TAG_GLOBAL = 1 << 3;
const TAG_ASID = 4;
/** VMID[11:0]; the entry itself has all of it. */
const TAG_VMID = 20;

/** Spreads the tags of an entry over the buckets. The ASID is left out: global entries match every one. */
const hashOf = (space: number, vmid: number, hi: number, page: number, shift: number): number => {
  const mixed = Math.imul(page ^ Math.imul(hi, 0x9e37_79b1) ^ (vmid << 8) ^ (space << 5) ^ shift, 0x85eb_ca6b);
  return mixed ^ (mixed >>> 15);
};

/** Entries in slots; a fill takes the slot that was filled the longest time ago. */
export class TlbPool {
  /** Slots that were ever filled. */
  readonly entries: TlbEntry[] = [];
  private readonly buckets: (TlbEntry | undefined)[];
  private readonly mask: number;
  private readonly tags: Uint32Array;
  /** Slots of the valid entries, `size` of them in any order, and where each stands there. */
  private readonly valid: Uint32Array;
  private readonly place: Uint32Array;
  /** Valid entries by log2 of their size, so that a lookup passes over sizes that are not there. */
  private readonly population = new Int32Array(MAX_SHIFT + 1);
  private cursor = 0;
  /** Valid entries. */
  size = 0;
  /** The slot that was emptied last; its tags stay readable until it is filled again. */
  lastRemoved: TlbEntry | undefined = undefined;

  constructor(private readonly capacity: number) {
    this.buckets = new Array<TlbEntry | undefined>(2 ** Math.ceil(Math.log2(capacity * 2))).fill(undefined);
    this.mask = this.buckets.length - 1;
    this.tags = new Uint32Array(capacity);
    this.valid = new Uint32Array(capacity);
    this.place = new Uint32Array(capacity);
  }

  /** The entry for an address; of several, the one with the smallest size. `hi` is an int32. */
  find(space: TlbSpace, vmid: number, asid: number, hi: number, lo: number): TlbEntry | undefined {
    for (const shift of SIZES) {
      const entry = this.population[shift] === 0 ? undefined : this.findSized(space, vmid, asid, hi, lo, shift);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  private findSized(
    space: TlbSpace,
    vmid: number,
    asid: number,
    hi: number,
    lo: number,
    shift: number,
  ): TlbEntry | undefined {
    const page = lo >>> shift;
    let entry = this.buckets[hashOf(space, vmid, hi, page, shift) & this.mask];
    while (entry !== undefined && !(holds(entry, space, vmid, hi, page, shift) && matchesAsid(entry, asid))) {
      entry = entry.next;
    }
    return entry;
  }

  /** The slot that the next `insert` takes; remove its entry first if it is valid. */
  get victim(): TlbEntry {
    if (this.cursor === this.entries.length) this.entries.push(new TlbEntry(this.cursor));
    return this.entries[this.cursor];
  }

  /** Puts a mapping into the victim's slot, which is empty by now. */
  insert(space: TlbSpace, vmid: number, asid: number, hi: number, lo: number, mapping: Mapping): TlbEntry {
    const entry = this.victim;
    this.cursor = (this.cursor + 1) % this.capacity;
    entry.copy(mapping);
    entry.valid = true;
    entry.space = space;
    entry.vmid = vmid;
    entry.asid = asid;
    entry.hi = hi;
    entry.page = lo >>> entry.shift;
    this.link(entry);
    const { slot } = entry;
    this.tags[slot] = space | (entry.global ? TAG_GLOBAL : 0) | (asid << TAG_ASID) | (vmid << TAG_VMID);
    this.population[entry.shift]++;
    this.place[slot] = this.size;
    this.valid[this.size++] = slot;
    return entry;
  }

  /** Removes a valid entry. */
  remove(entry: TlbEntry): void {
    if (entry.previous !== undefined) entry.previous.next = entry.next;
    else this.buckets[entry.bucket] = entry.next;
    if (entry.next !== undefined) entry.next.previous = entry.previous;
    entry.previous = undefined;
    entry.next = undefined;
    entry.valid = false;
    this.lastRemoved = entry;
    this.population[entry.shift]--;
    const moved = this.valid[--this.size];
    const hole = this.place[entry.slot];
    this.valid[hole] = moved;
    this.place[moved] = hole;
  }

  /**
   * Removes the entries that `find` could return for any size; `asid` may be ANY_ASID. Returns how many went; `inspect`
   * sees each of them before.
   */
  removeAt(space: TlbSpace, vmid: number, asid: number, hi: number, lo: number, inspect?: Inspect): number {
    let removed = 0;
    for (const shift of SIZES) {
      if (this.population[shift] === 0) continue;
      const page = lo >>> shift;
      let entry = this.buckets[hashOf(space, vmid, hi, page, shift) & this.mask];
      while (entry !== undefined) {
        const next: TlbEntry | undefined = entry.next;
        if (holds(entry, space, vmid, hi, page, shift) && (asid === ANY_ASID || matchesAsid(entry, asid))) {
          inspect?.(entry, hi, lo);
          this.remove(entry);
          removed++;
        }
        entry = next;
      }
    }
    return removed;
  }

  /**
   * Removes the entries of a space and of a VMID or ANY_VMID, and for an ASID, if not ANY_ASID, only those that are not
   * global; returns how many went; `inspect` sees each of them before.
   */
  removeAll(space: TlbSpace, vmid: number, asid: number, inspect?: Inspect): number {
    const { tags, valid } = this;
    const vmidMask = vmid === ANY_VMID ? 0 : -1 << TAG_VMID;
    const asidMask = asid === ANY_ASID ? 0 : TAG_GLOBAL | (0xffff << TAG_ASID);
    const mask = TAG_SPACE_MASK | vmidMask | asidMask;
    const tag = space | ((vmid << TAG_VMID) & vmidMask) | ((asid << TAG_ASID) & asidMask);
    const before = this.size;
    // A removal puts the last one, which has been looked at, into the place of the one that goes.
    for (let i = before - 1; i >= 0; i--) {
      if ((tags[valid[i]] & mask) !== tag) continue;
      const entry = this.entries[valid[i]];
      if (vmid !== ANY_VMID && entry.vmid !== vmid) continue;
      inspect?.(entry, entry.hi, entry.lo);
      this.remove(entry);
    }
    return before - this.size;
  }

  private link(entry: TlbEntry): void {
    entry.bucket = hashOf(entry.space, entry.vmid, entry.hi, entry.page, entry.shift) & this.mask;
    const head = this.buckets[entry.bucket];
    entry.next = head;
    if (head !== undefined) head.previous = entry;
    this.buckets[entry.bucket] = entry;
  }
}

const holds = (entry: TlbEntry, space: TlbSpace, vmid: number, hi: number, page: number, shift: number): boolean =>
  entry.page === page && entry.hi === hi && entry.shift === shift && entry.space === space && entry.vmid === vmid;

const matchesAsid = (entry: TlbEntry, asid: number): boolean => entry.global || entry.asid === asid;
