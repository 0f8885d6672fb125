/** The tree of stage-2 tables of one VM: the way down to an entry, tables made and freed, and entries broken. */

import { type Ipa, type Pa, pa } from '../arch/addresses.ts';
import type { Bus } from '../devices/bus.ts';
import { FRAME_SHIFT } from '../devices/frames.ts';
import { FINAL_LEVEL } from '../mmu/geometry.ts';
import { OutOfFrames } from './errors.ts';
import type { FrameAllocator } from './frames.ts';
import { Stage2Entries } from './stage2-entries.ts';
import type { Stage2Shape } from './stage2-shape.ts';

/** TLB maintenance for the VM whose tables change, on every CPU. */
export interface Stage2Maintenance {
  /**
   * Removes what was cached for [ipa, ipa + bytes), by stage 2 alone and by both stages together; no leaf that changed
   * there was smaller than `stride`.
   */
  invalidate(ipa: Ipa, bytes: number, stride: number): void;
  /** Removes all that was cached for the VM. */
  invalidateAll(): void;
}

/** Sees a valid entry, the first IPA that it maps, its level, and the table that it is in. */
export type EntryVisitor = (entry: Pa, start: number, level: number, table: Pa) => void;

export class Stage2Tree {
  readonly root: Pa;
  readonly entries: Stage2Entries;
  /** Of the last `descend`: by level the tables that it came through, and the level where it stopped. */
  readonly path: Pa[] = [];
  depth = 0;
  /** Leaves in all tables: pages of the last level, and blocks above it. */
  pages = 0;
  blocks = 0;
  /** Valid entries of each table below the root, by the table's PA. */
  private readonly population = new Map<number, number>();

  /** Throws OutOfFrames when there is no room for the root. */
  constructor(
    bus: Bus,
    private readonly frames: FrameAllocator,
    readonly shape: Stage2Shape,
    readonly maintenance: Stage2Maintenance,
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
  get bytes(): number {
    return (this.shape.rootTables + this.population.size) * 2 ** this.shape.granuleBits;
  }
  /** Valid entries of a table below the root. */
  populationOf(table: Pa): number {
    return this.population.get(table) ?? 0;
  }

  /** Goes down to the entry for an IPA at level `to`, or to the leaf or invalid entry above it that ends the way. */
  descend(at: Ipa, to: number, make: boolean): Pa {
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

  /** A table without entries, to which none leads yet; undefined when there is no room. */
  allocTable(): Pa | undefined {
    const table = this.frames.alloc(this.tableOrder);
    if (table !== undefined) this.population.set(table, 0);
    return table;
  }

  private makeTable(parent: Pa, entry: Pa): boolean {
    const table = this.allocTable();
    if (table === undefined) return false;
    this.count(parent, 1);
    this.entries.writeTable(entry, table);
    return true;
  }

  /** Frees a table that no entry leads to and no TLB knows. */
  freeTable(table: Pa): void {
    this.population.delete(table);
    this.frames.free(table);
  }

  /** Frees the tables that the last `descend`, for the same IPA, made and that have no entry. */
  prune(at: Ipa): void {
    const { entries } = this;
    for (let level = this.depth; level > this.shape.startLevel; level--) {
      const table = this.path[level];
      if (this.population.get(table) !== 0) return;
      const parent = this.path[level - 1];
      this.breakEntry(entries.at(parent, at, level - 1), at, level - 1);
      this.count(parent, -1);
      this.freeTable(table);
    }
  }

  /** Break of break-before-make: no CPU uses the entry any more (DDI 0487, "Using break-before-make"). */
  breakEntry(entry: Pa, at: Ipa, level: number, leafLevel = level): void {
    const { entries } = this;
    entries.clear(entry);
    this.maintenance.invalidate(entries.start(at, level), entries.span(level), entries.span(leafLevel));
  }

  /** Counts valid entries of a table that come or go; the root has no count. */
  count(table: Pa, change: number): void {
    const entries = this.population.get(table);
    if (entries !== undefined) this.population.set(table, entries + change);
  }

  /** Counts leaves at a level that come or go. */
  countLeaves(level: number, change: number): void {
    if (level === FINAL_LEVEL) this.pages += change;
    else this.blocks += change;
  }

  /** Calls `take` for each valid entry that [from, end) meets, by ascending IPA; a table after what is in it. */
  visit(from: number, end: number, take: EntryVisitor): void {
    this.each(this.root, this.shape.startLevel, 0, from, end, take);
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

  /** Calls `take` for each valid entry of a table, whose first IPA is `base`, that [from, end) meets; its tables first. */
  private each(table: Pa, level: number, base: number, from: number, end: number, take: EntryVisitor): void {
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
}
