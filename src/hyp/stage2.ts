/** The stage-2 tables of one VM: pages and blocks are mapped, protected, aged, split, joined and taken out. */

import { type Ipa, ipa as toIpa, type Pa, pa } from '../arch/addresses.ts';
import { type Bus, FRAME_SHIFT } from '../devices/bus.ts';
import { FINAL_LEVEL } from '../mmu/geometry.ts';
import { OutOfFrames } from './errors.ts';
import type { FrameAllocator } from './frames.ts';
import { Stage2Entries } from './stage2-entries.ts';
import type { Stage2Shape } from './stage2-shape.ts';

/** TLB maintenance for the VM whose tables change, on every CPU. */
export interface Stage2Maintenance {
  /** Removes what was cached for [ipa, ipa + bytes), by stage 2 alone and by both stages together. */
  invalidate(ipa: Ipa, bytes: number): void;
  /** Removes all that was cached for the VM. */
  invalidateAll(): void;
}

/** A page or block as the tables have it. */
export interface Leaf {
  readonly ipa: Ipa;
  readonly pa: Pa;
  readonly bytes: number;
  readonly writable: boolean;
  /** Its access flag. */
  readonly used: boolean;
}

/** Ranges are whole pages inside the VM's IPA size. "False" says that no table could be had, and nothing changed. */
export class Stage2 {
  readonly root: Pa;
  /** Leaves mapped now: pages of the last level, and blocks above it. */
  pages = 0;
  blocks = 0;
  /** Valid entries of each table below the root, by the table's PA. */
  private readonly population = new Map<number, number>();
  private readonly entries: Stage2Entries;
  /** Of the last `descend`: by level the tables that it came through, and the level where it stopped. */
  private readonly path: Pa[] = [];
  private depth = 0;

  /** Throws OutOfFrames when there is no room for the root. */
  constructor(
    bus: Bus,
    private readonly frames: FrameAllocator,
    private readonly shape: Stage2Shape,
    private readonly maintenance: Stage2Maintenance,
  ) {
    this.entries = new Stage2Entries(bus, shape);
    const order = Math.log2(shape.rootTables) + this.tableOrder;
    const root = frames.alloc(order);
    if (root === undefined) throw new OutOfFrames(2 ** (order + FRAME_SHIFT), frames.freeBytes);
    this.root = root;
  }

  /** PAs of the tables below the root. */
  get tables(): number[] {
    return [...this.population.keys()];
  }
  /** Bytes of the root and of all other tables. */
  get tableBytes(): number {
    return (this.shape.rootTables + this.population.size) * 2 ** this.shape.granuleBits;
  }

  /** The leaf that maps an IPA. */
  lookUp(at: Ipa): Leaf | undefined {
    const entry = this.descend(at, FINAL_LEVEL, false);
    return this.entries.isValid(entry) ? this.leaf(entry, at, this.depth) : undefined;
  }

  /** All leaves, by ascending IPA. */
  leaves(): Leaf[] {
    const found: Leaf[] = [];
    this.each(this.root, this.shape.startLevel, 0, 0, 2 ** this.shape.ipaBits, (entry, at, level) => {
      if (!this.entries.isTable(entry, level)) found.push(this.leaf(entry, at, level));
    });
    return found;
  }

  /**
   * Maps the page around an IPA, or the block of a `level` above the last, to physical memory that is aligned alike.
   * What was mapped there goes first.
   */
  map(at: Ipa, to: Pa, rights: number, level = FINAL_LEVEL): boolean {
    const { entries } = this;
    let entry = this.descend(at, level, true);
    if (this.depth < level) {
      if (!entries.isValid(entry)) {
        this.prune(at);
        return false;
      }
      if (!this.split(at, level)) return false;
      entry = this.descend(at, level, false);
    }
    const start = entries.start(at, level);
    if (entries.isTable(entry, level)) {
      this.unmap(start, entries.span(level));
      entry = this.descend(at, level, true);
    }
    if (entries.isValid(entry)) {
      entries.clear(entry);
      this.maintenance.invalidate(start, entries.span(level));
    } else {
      this.count(this.path[level], 1);
      this.countLeaf(level, 1);
    }
    entries.writeLeaf(entry, level, to, rights);
    return true;
  }

  /**
   * Gives or takes the right to write to what is mapped; a block that reaches out of the range is split. Output
   * addresses stay, so no break is needed.
   */
  protect(at: Ipa, bytes: number, writable: boolean): boolean {
    if (!this.splitAt(at) || !this.splitAt(at + bytes)) return false;
    this.change(at, bytes, (entry) => {
      if (this.entries.isWritable(entry) === writable) return false;
      this.entries.setWritable(entry, writable);
      return true;
    });
    return true;
  }

  /** Clears access flags; returns the leaves that were used since the last time, as they were. */
  age(at: Ipa, bytes: number): Leaf[] {
    const used: Leaf[] = [];
    this.change(at, bytes, (entry, start, level) => {
      if (!this.entries.isUsed(entry)) return false;
      used.push(this.leaf(entry, start, level));
      this.entries.setUsed(entry, false);
      return true;
    });
    return used;
  }

  /** Sets the access flag of the leaf that maps an IPA. An entry without it is in no TLB. */
  markUsed(at: Ipa): void {
    const entry = this.descend(at, FINAL_LEVEL, false);
    if (this.entries.isValid(entry)) this.entries.setUsed(entry, true);
  }

  /**
   * Takes out all leaves of a range, and tables that are empty then. A block that reaches out of it is split, or goes
   * whole when there is no memory for that: what is lost comes back at its next fault.
   */
  unmap(at: Ipa, bytes: number): void {
    this.splitAt(at);
    this.splitAt(at + bytes);
    const { entries } = this;
    const empty: Pa[] = [];
    this.change(at, bytes, (entry, _start, level, table) => {
      if (entries.isTable(entry, level)) {
        const below = entries.table(entry);
        if (this.population.get(below) !== 0) return false;
        empty.push(below);
      } else {
        this.countLeaf(level, -1);
      }
      entries.clear(entry);
      this.count(table, -1);
      return true;
    });
    // Nobody walks them any more once the maintenance is done.
    for (const table of empty) this.freeTable(table);
  }

  /** Makes a block of the table of pages around an IPA when its pages are all there, alike, and follow each other. */
  join(at: Ipa): boolean {
    const { entries } = this;
    const first = this.descend(at, FINAL_LEVEL, false);
    const level = FINAL_LEVEL - 1;
    if (this.depth !== FINAL_LEVEL || level < this.shape.startLevel) return false;
    const table = this.path[FINAL_LEVEL];
    const to = this.consecutive(table);
    if (to === undefined || to % entries.span(level) !== 0) return false;
    const rights = entries.attributes(first);
    const parent = entries.at(this.path[level], at, level);
    entries.clear(parent);
    this.maintenance.invalidate(entries.start(at, level), entries.span(level));
    this.pages -= entries.count(FINAL_LEVEL);
    this.blocks++;
    this.freeTable(table);
    entries.writeLeaf(parent, level, to, rights);
    return true;
  }

  /** Frees every table. Nothing may use this object afterwards. */
  destroy(): void {
    this.maintenance.invalidateAll();
    for (const table of this.tables) this.freeTable(pa(table));
    this.frames.free(this.root);
  }

  /** log2 of the frames that a table fills. */
  private get tableOrder(): number {
    return this.shape.granuleBits - FRAME_SHIFT;
  }

  private leaf(entry: Pa, at: number, level: number): Leaf {
    const { entries } = this;
    return {
      ipa: entries.start(at, level),
      pa: entries.output(entry, level),
      bytes: entries.span(level),
      writable: entries.isWritable(entry),
      used: entries.isUsed(entry),
    };
  }

  /** Goes down to the entry for an IPA at level `to`, or to the leaf or invalid entry above it that ends the way. */
  private descend(at: Ipa, to: number, make: boolean): Pa {
    const { entries } = this;
    this.depth = this.shape.startLevel;
    this.path[this.depth] = this.root;
    for (;;) {
      const table = this.path[this.depth];
      const entry = entries.at(table, at, this.depth);
      if (this.depth === to) return entry;
      if (!entries.isValid(entry) && !(make && this.makeTable(table, entry))) return entry;
      if (!entries.isTable(entry, this.depth)) return entry;
      this.path[++this.depth] = entries.table(entry);
    }
  }

  private makeTable(parent: Pa, entry: Pa): boolean {
    const table = this.frames.alloc(this.tableOrder);
    if (table === undefined) return false;
    this.population.set(table, 0);
    this.count(parent, 1);
    this.entries.writeTable(entry, table);
    return true;
  }

  private freeTable(table: Pa): void {
    this.population.delete(table);
    this.frames.free(table);
  }

  /** Frees the tables that the last `descend`, for the same IPA, made and that have no entry. */
  private prune(at: Ipa): void {
    const { entries } = this;
    for (let level = this.depth; level > this.shape.startLevel; level--) {
      const table = this.path[level];
      if (this.population.get(table) !== 0) return;
      const parent = this.path[level - 1];
      entries.clear(entries.at(parent, at, level - 1));
      this.maintenance.invalidate(entries.start(at, level - 1), entries.span(level - 1));
      this.count(parent, -1);
      this.freeTable(table);
    }
  }

  /** Splits the block that has `at` inside, so that a range may begin or end there. */
  private splitAt(at: number): boolean {
    return at >= 2 ** this.shape.ipaBits || this.split(toIpa(at), FINAL_LEVEL, at);
  }

  /** Splits the block around an IPA down to `level`, unless it begins at `border`. */
  private split(at: Ipa, level: number, border = -1): boolean {
    const { entries } = this;
    for (;;) {
      const block = this.descend(at, level, false);
      const from = this.depth;
      if (from === level || !entries.isValid(block) || entries.start(at, from) === border) return true;
      const table = this.frames.alloc(this.tableOrder);
      if (table === undefined) return false;
      const to = entries.output(block, from);
      const rights = entries.attributes(block);
      const isUsed = entries.isUsed(block);
      const count = entries.count(from + 1);
      for (let i = 0; i < count; i++) {
        const part = pa(table + 8 * i);
        entries.writeLeaf(part, from + 1, pa(to + i * entries.span(from + 1)), rights);
        if (!isUsed) entries.setUsed(part, false);
      }
      this.population.set(table, count);
      this.countLeaf(from, -1);
      this.countLeaf(from + 1, count);
      entries.clear(block);
      this.maintenance.invalidate(entries.start(at, from), entries.span(from));
      entries.writeTable(block, table);
    }
  }

  /** Where the pages of a last-level table lead when each follows the one before and has its attributes. */
  private consecutive(table: Pa): Pa | undefined {
    const { entries } = this;
    const count = entries.count(FINAL_LEVEL);
    if (this.population.get(table) !== count) return undefined;
    const to = entries.output(table, FINAL_LEVEL);
    const attributes = entries.attributes(table);
    for (let i = 1; i < count; i++) {
      const entry = pa(table + 8 * i);
      if (entries.output(entry, FINAL_LEVEL) !== to + i * entries.span(FINAL_LEVEL)) return undefined;
      if (entries.attributes(entry) !== attributes) return undefined;
    }
    return to;
  }

  /** Calls `edit` for the valid entries of a range, tables after what they hold; one TLBI covers those that it changed. */
  private change(
    at: Ipa,
    bytes: number,
    edit: (entry: Pa, start: number, level: number, table: Pa) => boolean,
  ): void {
    let from = Number.POSITIVE_INFINITY;
    let end = 0;
    this.each(this.root, this.shape.startLevel, 0, at, at + bytes, (entry, start, level, table) => {
      if (!edit(entry, start, level, table)) return;
      from = Math.min(from, start);
      end = Math.max(end, start + this.entries.span(level));
    });
    if (end > 0) this.maintenance.invalidate(toIpa(from), end - from);
  }

  /** Calls `take` for each valid entry of a table, whose first IPA is `base`, that [from, end) meets; its tables first. */
  private each(
    table: Pa,
    level: number,
    base: number,
    from: number,
    end: number,
    take: (entry: Pa, start: number, level: number, table: Pa) => void,
  ): void {
    const { entries } = this;
    const span = entries.span(level);
    const last = Math.min(end, base + span * entries.count(level));
    for (let start: number = entries.start(Math.max(from, base), level); start < last; start += span) {
      const entry = entries.at(table, start, level);
      if (!entries.isValid(entry)) continue;
      if (entries.isTable(entry, level)) this.each(entries.table(entry), level + 1, start, from, end, take);
      take(entry, start, level, table);
    }
  }

  private count(table: Pa, change: number): void {
    const entries = this.population.get(table);
    if (entries !== undefined) this.population.set(table, entries + change);
  }
  private countLeaf(level: number, change: number): void {
    if (level === FINAL_LEVEL) this.pages += change;
    else this.blocks += change;
  }
}
