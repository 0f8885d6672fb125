/** The stage-2 tables of one VM: pages and blocks are mapped, protected, aged, split, joined and taken out. */

import { type Ipa, type Pa, pa, ipa as toIpa } from '../arch/addresses.ts';
import type { Bus } from '../devices/bus.ts';
import { FINAL_LEVEL } from '../mmu/geometry.ts';
import type { FrameAllocator } from './frames.ts';
import type { Stage2Entries } from './stage2-entries.ts';
import type { Stage2Shape } from './stage2-shape.ts';
import { type Stage2Maintenance, Stage2Tree } from './stage2-tree.ts';

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
  /** Leaves mapped now: pages of the last level, and blocks above it. */
  pages = 0;
  blocks = 0;
  private readonly tree: Stage2Tree;
  private readonly entries: Stage2Entries;

  /** Throws OutOfFrames when there is no room for the root. */
  constructor(
    bus: Bus,
    frames: FrameAllocator,
    shape: Stage2Shape,
    private readonly maintenance: Stage2Maintenance,
  ) {
    this.tree = new Stage2Tree(bus, frames, shape, maintenance);
    this.entries = this.tree.entries;
  }

  /** PA of the root, for VTTBR_EL2. */
  get root(): Pa {
    return this.tree.root;
  }
  /** PAs of the tables below the root. */
  get tables(): number[] {
    return this.tree.tables;
  }
  /** Bytes of the root and of all other tables. */
  get tableBytes(): number {
    return this.tree.bytes;
  }

  /** The leaf that maps an IPA. */
  lookUp(at: Ipa): Leaf | undefined {
    const entry = this.tree.descend(at, FINAL_LEVEL, false);
    return this.entries.isValid(entry) ? this.leaf(entry, at, this.tree.depth) : undefined;
  }

  /** All leaves, by ascending IPA. */
  leaves(): Leaf[] {
    const found: Leaf[] = [];
    this.tree.visit(0, this.ipaEnd, (entry, at, level) => {
      if (!this.entries.isTable(entry, level)) found.push(this.leaf(entry, at, level));
    });
    return found;
  }

  /**
   * Maps the page around an IPA, or the block of a `level` above the last, to physical memory that is aligned alike.
   * What was mapped there goes first.
   */
  map(at: Ipa, to: Pa, attributes: number, level = FINAL_LEVEL): boolean {
    const { entries } = this;
    let entry = this.tree.descend(at, level, true);
    if (this.tree.depth < level) {
      if (!entries.isValid(entry)) {
        this.tree.prune(at);
        return false;
      }
      if (!this.split(at, level)) return false;
      entry = this.tree.descend(at, level, false);
    }
    const start = entries.start(at, level);
    if (entries.isTable(entry, level)) {
      this.unmap(start, entries.span(level));
      entry = this.tree.descend(at, level, true);
    }
    if (entries.isValid(entry)) {
      this.tree.breakEntry(entry, at, level);
    } else {
      this.tree.count(this.tree.path[level], 1);
      this.countLeaf(level, 1);
    }
    entries.writeLeaf(entry, level, to, attributes);
    return true;
  }

  /**
   * Gives or takes the right to write to what is mapped; a block that reaches out of the range is split. Output
   * addresses stay, so no break is needed.
   */
  protect(at: Ipa, bytes: number, writable: boolean): boolean {
    if (!this.splitAt(at) || !this.splitAt(at + bytes)) return false;
    this.change(at, bytes, (entry, _start, level) => {
      if (this.entries.isTable(entry, level) || this.entries.isWritable(entry) === writable) return false;
      this.entries.setWritable(entry, writable);
      return true;
    });
    return true;
  }

  /** Clears access flags; returns the leaves that were used since the last time, as they were. */
  age(at: Ipa, bytes: number): Leaf[] {
    const used: Leaf[] = [];
    this.change(at, bytes, (entry, start, level) => {
      if (this.entries.isTable(entry, level) || !this.entries.isUsed(entry)) return false;
      used.push(this.leaf(entry, start, level));
      this.entries.setUsed(entry, false);
      return true;
    });
    return used;
  }

  /** Sets the access flag of the leaf that maps an IPA. An entry without it is in no TLB. */
  markUsed(at: Ipa): void {
    const entry = this.tree.descend(at, FINAL_LEVEL, false);
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
        if (this.tree.populationOf(below) !== 0) return false;
        empty.push(below);
      } else {
        this.countLeaf(level, -1);
      }
      entries.clear(entry);
      this.tree.count(table, -1);
      return true;
    });
    // The maintenance by the IPAs of their leaves made every TLB forget these tables as well.
    for (const table of empty) this.tree.freeTable(table);
  }

  /** Makes a block of the table of pages around an IPA when its pages are all there, alike, and follow each other. */
  join(at: Ipa): boolean {
    const { entries } = this;
    const first = this.tree.descend(at, FINAL_LEVEL, false);
    const level = FINAL_LEVEL - 1;
    if (this.tree.depth !== FINAL_LEVEL || level < this.tree.shape.startLevel) return false;
    const table = this.tree.path[FINAL_LEVEL];
    const to = this.consecutive(table);
    if (to === undefined || to % entries.span(level) !== 0) return false;
    const attributes = entries.attributes(first);
    const parent = entries.at(this.tree.path[level], at, level);
    this.tree.breakEntry(parent, at, level, FINAL_LEVEL);
    this.pages -= entries.count(FINAL_LEVEL);
    this.blocks++;
    this.tree.freeTable(table);
    entries.writeLeaf(parent, level, to, attributes);
    return true;
  }

  /** Frees every table. Nothing may use this object afterwards. */
  destroy(): void {
    this.tree.destroy();
  }

  private get ipaEnd(): number {
    return 2 ** this.tree.shape.ipaBits;
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

  /** Splits the block that has `at` inside, so that a range may begin or end there. */
  private splitAt(at: number): boolean {
    return at >= this.ipaEnd || this.split(toIpa(at), FINAL_LEVEL, at);
  }

  /** Splits the block around an IPA down to `level`, unless it begins at `border`. */
  private split(at: Ipa, level: number, border = -1): boolean {
    const { entries } = this;
    for (;;) {
      const block = this.tree.descend(at, level, false);
      const from = this.tree.depth;
      if (from === level || !entries.isValid(block) || entries.start(at, from) === border) return true;
      const table = this.tree.allocTable();
      if (table === undefined) return false;
      const to = entries.output(block, from);
      const attributes = entries.attributes(block);
      const count = entries.count(from + 1);
      for (let i = 0; i < count; i++) {
        entries.writeLeaf(pa(table + 8 * i), from + 1, pa(to + i * entries.span(from + 1)), attributes);
      }
      this.tree.count(table, count);
      this.countLeaf(from, -1);
      this.countLeaf(from + 1, count);
      this.tree.breakEntry(block, at, from);
      entries.writeTable(block, table);
    }
  }

  /** Where the pages of a last-level table lead when each follows the one before and has its attributes. */
  private consecutive(table: Pa): Pa | undefined {
    const { entries } = this;
    const count = entries.count(FINAL_LEVEL);
    if (this.tree.populationOf(table) !== count) return undefined;
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
  private change(at: Ipa, bytes: number, edit: (entry: Pa, start: number, level: number, table: Pa) => boolean): void {
    let from = Number.POSITIVE_INFINITY;
    let end = 0;
    let stride = Number.POSITIVE_INFINITY;
    this.tree.visit(at, at + bytes, (entry, start, level, table) => {
      const isLeaf = !this.entries.isTable(entry, level);
      if (!edit(entry, start, level, table) || !isLeaf) return;
      const span = this.entries.span(level);
      from = Math.min(from, start);
      end = Math.max(end, start + span);
      stride = Math.min(stride, span);
    });
    if (end > 0) this.maintenance.invalidate(toIpa(from), end - from, stride);
  }

  private countLeaf(level: number, change: number): void {
    if (level === FINAL_LEVEL) this.pages += change;
    else this.blocks += change;
  }
}
