/** The stage-2 tables of one VM: pages and blocks are mapped, protected, aged and taken out. */

import { type Ipa, type Pa, ipa as toIpa } from '../arch/addresses.ts';
import type { Bus } from '../devices/bus.ts';
import { FINAL_LEVEL } from '../mmu/geometry.ts';
import type { FrameAllocator } from './frames.ts';
import { Stage2Blocks } from './stage2-blocks.ts';
import type { Stage2Entries } from './stage2-entries.ts';
import { allLeaves, editRange, findLeaf, type Leaf, leafOf } from './stage2-leaves.ts';
import type { Stage2Shape } from './stage2-shape.ts';
import { type Stage2Maintenance, Stage2Tree } from './stage2-tree.ts';

/** Ranges are whole pages inside the VM's IPA size. "False" says that no table could be had, and nothing changed. */
export class Stage2 {
  private readonly tree: Stage2Tree;
  private readonly parts: Stage2Blocks;
  private readonly entries: Stage2Entries;

  /** Throws OutOfFrames when there is no room for the root. */
  constructor(bus: Bus, frames: FrameAllocator, shape: Stage2Shape, maintenance: Stage2Maintenance) {
    this.tree = new Stage2Tree(bus, frames, shape, maintenance);
    this.parts = new Stage2Blocks(this.tree);
    this.entries = this.tree.entries;
  }

  /** Leaves mapped now: pages of the last level, and blocks above it. */
  get pages(): number {
    return this.tree.pages;
  }
  get blocks(): number {
    return this.tree.blocks;
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
    return findLeaf(this.tree, at);
  }

  /** All leaves, by ascending IPA. */
  leaves(): Leaf[] {
    return allLeaves(this.tree);
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
      if (!this.parts.split(at, level)) return false;
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
      this.tree.countLeaves(level, 1);
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
    editRange(this.tree, at, bytes, (entry, _start, level) => {
      if (this.entries.isTable(entry, level) || this.entries.isWritable(entry) === writable) return false;
      this.entries.setWritable(entry, writable);
      return true;
    });
    return true;
  }

  /** Clears access flags; returns the leaves that were used since the last time, as they were. */
  age(at: Ipa, bytes: number): Leaf[] {
    const used: Leaf[] = [];
    editRange(this.tree, at, bytes, (entry, start, level) => {
      if (this.entries.isTable(entry, level) || !this.entries.isUsed(entry)) return false;
      used.push(leafOf(this.tree, entry, start, level));
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
    editRange(this.tree, at, bytes, (entry, _start, level, table) => {
      if (entries.isTable(entry, level)) {
        const below = entries.table(entry);
        if (this.tree.populationOf(below) !== 0) return false;
        empty.push(below);
      } else {
        this.tree.countLeaves(level, -1);
      }
      entries.clear(entry);
      this.tree.count(table, -1);
      return true;
    });
    for (const table of empty) this.tree.freeTable(table);
  }

  /** Makes a block of the table of pages around an IPA when its pages are all there, alike, and follow each other. */
  join(at: Ipa): boolean {
    return this.parts.join(at);
  }

  /** Frees every table. Nothing may use this object afterwards. */
  destroy(): void {
    this.tree.destroy();
  }

  /** Splits the block that has `at` inside, so that a range may begin or end there. */
  private splitAt(at: number): boolean {
    return at >= 2 ** this.tree.shape.ipaBits || this.parts.split(toIpa(at), FINAL_LEVEL, at);
  }
}
