/** A bounded set of TLB entries in typed arrays: sets of a few ways, found by hash, which are replaced in turn. */

import { EntrySizes } from './entry-sizes.ts';
import type { Mapping } from './mapping.ts';
import { RemovedEntry } from './removed-entry.ts';
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
import { equalBytes, FREE, hintOf, repeated, UNUSED } from './way-hints.ts';

/** log2 of the slots of a set, whose hints are in two words. A pool with fewer entries than a set has uses its first ones. */
const SET_SHIFT = 3;
const WAYS = 1 << SET_SHIFT;
const WAYS_OF_WORD = 4;

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
  return mixed ^ (mixed >>> 15);
};

/** Entries in slots. A fill takes a free slot of its set, or else the next in turn. */
export class TlbPool {
  /** Valid entries. */
  size = 0;
  private readonly ways: number;
  private readonly setMask: number;
  private readonly words: Int32Array;
  /** By slot: the hint of its entry (see `hintOf`), so that a lookup touches few entries but the one that it finds. */
  private readonly hints: Uint8Array;
  /** The same, four slots a word. */
  private readonly hintWords: Int32Array;
  /** By set: the way whose turn it is. */
  private readonly turns: Uint8Array;
  /** Slots of the valid entries, `size` of them in any order, and where each stands there. */
  private readonly valid: Uint16Array;
  private readonly place: Uint16Array;
  private readonly globalSizes = new EntrySizes();
  private readonly localSizes = new EntrySizes();
  private lastRemovedSlot = 0;
  /** What `read` gives, and `removed`. */
  private readonly entry = new TlbEntry();
  private readonly gone: RemovedEntry;

  /**
   * `capacity`: at most 8 entries, or a power of two below 2 ** 16. `replacing` is told the slot of an entry that
   * another one takes the place of.
   */
  constructor(
    capacity: number,
    private readonly replacing: (slot: number) => void,
  ) {
    this.ways = Math.min(capacity, WAYS);
    const sets = capacity / this.ways;
    this.setMask = sets - 1;
    this.words = new Int32Array(capacity << ENTRY_SHIFT);
    this.gone = new RemovedEntry(this.words);
    this.hints = new Uint8Array(sets << SET_SHIFT).fill(UNUSED).fill(FREE, 0, capacity);
    this.hintWords = new Int32Array(this.hints.buffer);
    this.turns = new Uint8Array(sets);
    this.valid = new Uint16Array(capacity);
    this.place = new Uint16Array(capacity);
  }

  /** The entry in a slot, valid or just removed; its fields change at the next call: copy what you keep. */
  read(slot: number): TlbEntry {
    return readEntry(this.words, slot, this.entry);
  }

  /** An entry that was just removed, or makes room now. */
  removed(slot: number): RemovedEntry {
    return this.gone.in(slot);
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

  /** First slot of a set; `set` counts from the one that the hash chooses. */
  private firstOf(hash: number, set: number): number {
    return ((hash + set) & this.setMask) << SET_SHIFT;
  }

  /** The slot of the entry for an address, of several the one with the smallest size; -1: none. `hi` is an int32. */
  find(space: TlbSpace, vmid: number, asid: number, hi: number, lo: number): number {
    const local = this.localSizes.present;
    const global = this.globalSizes.present;
    for (let sizes = local | global; sizes !== 0; sizes &= sizes - 1) {
      const size = sizes & -sizes;
      const shift = 31 - Math.clz32(size);
      const page = lo >>> shift;
      const hash = hashOf(space, vmid, hi, page, shift);
      const tag = tagOf(space, vmid, shift);
      let slot = (local & size) === 0 ? -1 : this.findIn(setOfAsid(asid), hash, tag, asid, hi, page);
      if (slot < 0 && (global & size) !== 0) slot = this.findIn(GLOBAL_SET, hash, tag, asid, hi, page);
      if (slot >= 0) return slot;
    }
    return -1;
  }

  /** The first slot of a set with an entry for a page; `asid` may be ANY_ASID. */
  private findIn(set: number, hash: number, tag: number, asid: number, hi: number, page: number): number {
    const { hintWords, words } = this;
    const pattern = repeated(hintOf(hash));
    const first = this.firstOf(hash, set);
    for (let four = first; four < first + WAYS; four += WAYS_OF_WORD) {
      for (let found = equalBytes(hintWords[four / WAYS_OF_WORD], pattern); found !== 0; found &= found - 1) {
        const slot = four + ((31 - Math.clz32(found & -found)) >>> 3);
        const at = slot << ENTRY_SHIFT;
        if (!holds(words, at, tag, hi, page)) continue;
        if (asid === ANY_ASID || isGlobalAt(words, at) || asidAt(words, at) === asid) return slot;
      }
    }
    return -1;
  }

  /** Puts a mapping for an address into a free slot of its set, or else into the next in turn, which it returns. */
  insert(space: TlbSpace, vmid: number, asid: number, hi: number, lo: number, mapping: Mapping): number {
    const { shift, global } = mapping;
    const hash = hashOf(space, vmid, hi, lo >>> shift, shift);
    const slot = this.choose(this.firstOf(hash, global ? GLOBAL_SET : setOfAsid(asid)));
    if (this.hints[slot] !== FREE) {
      this.remove(slot);
      this.replacing(slot);
    }
    this.hints[slot] = hintOf(hash);
    this.place[slot] = this.size;
    this.valid[this.size++] = slot;
    writeEntry(this.words, slot << ENTRY_SHIFT, space, vmid, asid, hi, lo, mapping);
    (global ? this.globalSizes : this.localSizes).add(shift);
    return slot;
  }

  /** The slot of a set whose entry, if it has one, makes room. */
  private choose(first: number): number {
    const { hintWords, turns } = this;
    for (let four = first; four < first + WAYS; four += WAYS_OF_WORD) {
      const free = equalBytes(hintWords[four / WAYS_OF_WORD], repeated(FREE));
      if (free !== 0) return four + ((31 - Math.clz32(free & -free)) >>> 3);
    }
    const set = first >>> SET_SHIFT;
    const way = turns[set];
    turns[set] = way + 1 === this.ways ? 0 : way + 1;
    return first + way;
  }

  /** Removes a valid entry. */
  remove(slot: number): void {
    this.hints[slot] = FREE;
    this.lastRemovedSlot = slot;
    const at = slot << ENTRY_SHIFT;
    (isGlobalAt(this.words, at) ? this.globalSizes : this.localSizes).remove(shiftAt(this.words, at));
    const moved = this.valid[--this.size];
    const hole = this.place[slot];
    this.valid[hole] = moved;
    this.place[moved] = hole;
  }

  /** The entry that was removed last. */
  get lastRemoved(): RemovedEntry {
    return this.removed(this.lastRemovedSlot);
  }

  /**
   * Removes the entries that `find` could return for any size; `asid` may be ANY_ASID. Returns how many went; `inspect`
   * sees each of them before.
   */
  removeAt(space: TlbSpace, vmid: number, asid: number, hi: number, lo: number, inspect?: Inspect): number {
    const before = this.size;
    for (let sizes = this.localSizes.present | this.globalSizes.present; sizes !== 0; sizes &= sizes - 1) {
      const shift = 31 - Math.clz32(sizes & -sizes);
      const page = lo >>> shift;
      const hash = hashOf(space, vmid, hi, page, shift);
      const tag = tagOf(space, vmid, shift);
      for (let set = GLOBAL_SET; set <= ASID_SETS; set++) {
        if (set !== GLOBAL_SET && asid !== ANY_ASID && set !== setOfAsid(asid)) continue;
        for (;;) {
          const slot = this.findIn(set, hash, tag, asid, hi, page);
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
