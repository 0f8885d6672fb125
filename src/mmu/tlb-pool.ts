/** A bounded set of TLB entries in typed arrays: sets of a few ways, found by hash, which are replaced in turn. */

import type { Mapping } from './mapping.ts';
import { TlbEntry, type TlbSpace } from './tlb-entry.ts';
import type { Inspect } from './tlb-hooks.ts';
import {
  asidAt,
  ENTRY_SHIFT,
  holds,
  isGlobalAt,
  readEntry,
  shiftAt,
  spaceAt,
  tagOf,
  vmidAt,
  writeEntry,
} from './tlb-words.ts';

/** log2 of the largest size that a leaf of any granule maps. */
const MAX_SHIFT = 30;
/** Entries of a set. */
const WAYS = 8;
/** Key of a slot without an entry; and a bit that all others have. */
const FREE = 0;
const TAKEN = 1 << 31;

/** In place of an ASID or VMID: entries of all of them. */
export const ANY_ASID = -1;
export const ANY_VMID = -1;

/**
 * Sets over which the entries of one page are spread by their ASIDs, since processes have pages at the same VAs; a TLBI for
 * all ASIDs looks into each. Global entries are in the set before these.
 */
const ASID_SETS = 32;
const GLOBAL_SET = 0;
const setOfAsid = (asid: number): number => 1 + (asid & (ASID_SETS - 1));

/** Spreads the tags of an entry but the ASID over the sets. */
const hashOf = (space: number, vmid: number, hi: number, page: number, shift: number): number => {
  const mixed = Math.imul(page ^ Math.imul(hi, 0x9e37_79b1) ^ (vmid << 8) ^ (space << 5) ^ shift, 0x85eb_ca6b);
  return (mixed ^ (mixed >>> 15)) | TAKEN;
};

/** Entries in slots. A fill takes a free slot of its set, or else the next in turn. */
export class TlbPool {
  /** Valid entries. */
  size = 0;
  private readonly ways: number;
  private readonly setMask: number;
  private readonly words: Int32Array;
  /** By slot: the hash of its entry, so that a lookup touches no entry but the one that it finds. */
  private readonly keys: Int32Array;
  /** By set: the way whose turn it is. */
  private readonly turns: Uint8Array;
  /** Slots of the valid entries, `size` of them in any order, and where each stands there. */
  private readonly valid: Uint16Array;
  private readonly place: Uint16Array;
  /** Valid entries by log2 of their size, and which of these numbers are not 0, so that a lookup passes over the others. */
  private readonly population = new Int32Array(MAX_SHIFT + 1);
  private sizes = 0;
  /** The same of the global ones alone. */
  private readonly globalPopulation = new Int32Array(MAX_SHIFT + 1);
  private globalSizes = 0;
  private lastRemovedSlot = 0;
  /** What `read` gives, and the slot that it was read from; -1: it has changed since. */
  private readonly entry = new TlbEntry();
  private readSlot = -1;

  /** `capacity`: at most 8 entries, or a power of two below 2 ** 16. */
  constructor(capacity: number) {
    this.ways = Math.min(capacity, WAYS);
    const sets = capacity / this.ways;
    this.setMask = sets - 1;
    this.words = new Int32Array(capacity << ENTRY_SHIFT);
    this.keys = new Int32Array(capacity);
    this.turns = new Uint8Array(sets);
    this.valid = new Uint16Array(capacity);
    this.place = new Uint16Array(capacity);
  }

  /** The entry in a slot, valid or just removed; its fields change at the next call: copy what you keep. */
  read(slot: number): TlbEntry {
    if (slot !== this.readSlot) readEntry(this.words, slot, this.entry);
    this.readSlot = slot;
    return this.entry;
  }

  /** Slots of the valid entries, ascending. */
  slots(): number[] {
    return [...this.valid.subarray(0, this.size)].sort((a, b) => a - b);
  }

  /** Copies of the valid entries, in the order of their slots. */
  entries(): TlbEntry[] {
    return this.slots().map((slot) => readEntry(this.words, slot, new TlbEntry()));
  }

  /** Slot of the `n`th valid entry, below `size`, in any order. */
  slotOf(n: number): number {
    return this.valid[n];
  }

  isValid(slot: number): boolean {
    return this.keys[slot] !== FREE;
  }

  /** First slot of a set; `set` counts from the one that the hash chooses. */
  private firstOf(hash: number, set: number): number {
    return ((hash + set) & this.setMask) * this.ways;
  }

  /** The slot of the entry for an address, of several the one with the smallest size; -1: none. `hi` is an int32. */
  find(space: TlbSpace, vmid: number, asid: number, hi: number, lo: number): number {
    for (let sizes = this.sizes; sizes !== 0; sizes &= sizes - 1) {
      const shift = 31 - Math.clz32(sizes & -sizes);
      const slot = this.findSized(space, vmid, asid, hi, lo, shift);
      if (slot >= 0) return slot;
    }
    return -1;
  }

  private findSized(space: TlbSpace, vmid: number, asid: number, hi: number, lo: number, shift: number): number {
    const page = lo >>> shift;
    const key = hashOf(space, vmid, hi, page, shift);
    const tag = tagOf(space, shift);
    const slot = this.findIn(this.firstOf(key, setOfAsid(asid)), key, tag, vmid, asid, hi, page);
    if (slot >= 0 || (this.globalSizes & (1 << shift)) === 0) return slot;
    return this.findIn(this.firstOf(key, GLOBAL_SET), key, tag, vmid, asid, hi, page);
  }

  /** The first slot of a set with an entry for a page; `asid` may be ANY_ASID. */
  private findIn(
    first: number,
    key: number,
    tag: number,
    vmid: number,
    asid: number,
    hi: number,
    page: number,
  ): number {
    const { keys, words, ways } = this;
    for (let slot = first; slot < first + ways; slot++) {
      if (keys[slot] !== key) continue;
      const at = slot << ENTRY_SHIFT;
      if (!holds(words, at, tag, vmid, hi, page)) continue;
      if (asid === ANY_ASID || isGlobalAt(words, at) || asidAt(words, at) === asid) return slot;
    }
    return -1;
  }

  /** Chooses the slot for an `insert` of a mapping at an address; its entry has to be removed first, if it is valid. */
  choose(space: TlbSpace, vmid: number, asid: number, hi: number, lo: number, { shift, global }: Mapping): number {
    const { keys, turns, ways } = this;
    const hash = hashOf(space, vmid, hi, lo >>> shift, shift);
    const first = this.firstOf(hash, global ? GLOBAL_SET : setOfAsid(asid));
    for (let slot = first; slot < first + ways; slot++) if (keys[slot] === FREE) return slot;
    const set = first / ways;
    const way = turns[set];
    turns[set] = way + 1 === ways ? 0 : way + 1;
    return first + way;
  }

  /** Puts a mapping into the slot that was chosen, which is free by now. */
  insert(slot: number, space: TlbSpace, vmid: number, asid: number, hi: number, lo: number, mapping: Mapping): void {
    const { shift } = mapping;
    this.keys[slot] = hashOf(space, vmid, hi, lo >>> shift, shift);
    this.readSlot = -1;
    writeEntry(this.words, slot << ENTRY_SHIFT, space, vmid, asid, hi, lo, mapping);
    if (this.population[shift]++ === 0) this.sizes |= 1 << shift;
    if (mapping.global && this.globalPopulation[shift]++ === 0) this.globalSizes |= 1 << shift;
    this.place[slot] = this.size;
    this.valid[this.size++] = slot;
  }

  /** Removes a valid entry. */
  remove(slot: number): void {
    this.keys[slot] = FREE;
    this.lastRemovedSlot = slot;
    const at = slot << ENTRY_SHIFT;
    const shift = shiftAt(this.words, at);
    if (--this.population[shift] === 0) this.sizes &= ~(1 << shift);
    if (isGlobalAt(this.words, at) && --this.globalPopulation[shift] === 0) this.globalSizes &= ~(1 << shift);
    const moved = this.valid[--this.size];
    const hole = this.place[slot];
    this.valid[hole] = moved;
    this.place[moved] = hole;
  }

  /** The entry that was removed last; see `read`. */
  get lastRemoved(): TlbEntry {
    return this.read(this.lastRemovedSlot);
  }

  /**
   * Removes the entries that `find` could return for any size; `asid` may be ANY_ASID. Returns how many went; `inspect`
   * sees each of them before.
   */
  removeAt(space: TlbSpace, vmid: number, asid: number, hi: number, lo: number, inspect?: Inspect): number {
    const before = this.size;
    for (let sizes = this.sizes; sizes !== 0; sizes &= sizes - 1) {
      const shift = 31 - Math.clz32(sizes & -sizes);
      const page = lo >>> shift;
      const key = hashOf(space, vmid, hi, page, shift);
      const tag = tagOf(space, shift);
      for (let set = GLOBAL_SET; set <= ASID_SETS; set++) {
        if (set !== GLOBAL_SET && asid !== ANY_ASID && set !== setOfAsid(asid)) continue;
        const first = this.firstOf(key, set);
        for (;;) {
          const slot = this.findIn(first, key, tag, vmid, asid, hi, page);
          if (slot < 0) break;
          inspect?.(this.read(slot), hi, lo);
          this.remove(slot);
        }
      }
    }
    return before - this.size;
  }

  /**
   * Removes the entries of a space and of a VMID or ANY_VMID, and for an ASID, if not ANY_ASID, only those that are not
   * global; returns how many went; `inspect` sees each of them before.
   */
  removeAll(space: TlbSpace, vmid: number, asid: number, inspect?: Inspect): number {
    const { words, valid } = this;
    const before = this.size;
    // A removal puts the last one, which has been looked at, into the place of the one that goes.
    for (let i = before - 1; i >= 0; i--) {
      const slot = valid[i];
      const at = slot << ENTRY_SHIFT;
      if (spaceAt(words, at) !== space || (vmid !== ANY_VMID && vmidAt(words, at) !== vmid)) continue;
      if (asid !== ANY_ASID && (isGlobalAt(words, at) || asidAt(words, at) !== asid)) continue;
      if (inspect !== undefined) {
        const entry = this.read(slot);
        inspect(entry, entry.hi, entry.lo);
      }
      this.remove(slot);
    }
    return before - this.size;
  }
}
