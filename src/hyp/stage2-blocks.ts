/** Blocks and pages of stage-2 tables that become each other: a block is split, the pages of a table are joined. */

import { type Ipa, type Pa, pa } from '../arch/addresses.ts';
import { FINAL_LEVEL } from '../mmu/geometry.ts';
import type { Stage2Tree } from './stage2-tree.ts';

export class Stage2Blocks {
  constructor(private readonly tree: Stage2Tree) {}

  /**
   * Splits the block around an IPA down to `level`, unless it begins at `border`. False when a table cannot be had: what
   * has been split until then stays so.
   */
  split(at: Ipa, level: number, border = -1): boolean {
    const { tree } = this;
    const { entries } = tree;
    for (;;) {
      const block = tree.descend(at, level, false);
      const from = tree.depth;
      if (from === level || !entries.isValid(block) || entries.start(at, from) === border) return true;
      const table = tree.allocTable();
      if (table === undefined) return false;
      const to = entries.output(block, from);
      const attributes = entries.attributes(block);
      const count = entries.count(from + 1);
      for (let i = 0; i < count; i++) {
        entries.writeLeaf(pa(table + 8 * i), from + 1, pa(to + i * entries.span(from + 1)), attributes);
      }
      tree.count(table, count);
      tree.countLeaves(from, -1);
      tree.countLeaves(from + 1, count);
      tree.breakEntry(block, at, from);
      entries.writeTable(block, table);
    }
  }

  /** Makes a block of the table of pages around an IPA when its pages are all there, alike, and follow each other. */
  join(at: Ipa): boolean {
    const { tree } = this;
    const { entries } = tree;
    const first = tree.descend(at, FINAL_LEVEL, false);
    const level = FINAL_LEVEL - 1;
    if (tree.depth !== FINAL_LEVEL || level < tree.shape.startLevel) return false;
    const table = tree.path[FINAL_LEVEL];
    const to = this.consecutive(table);
    if (to === undefined || to % entries.span(level) !== 0) return false;
    const attributes = entries.attributes(first);
    const parent = entries.at(tree.path[level], at, level);
    tree.breakEntry(parent, at, level, FINAL_LEVEL);
    tree.countLeaves(FINAL_LEVEL, -entries.count(FINAL_LEVEL));
    tree.countLeaves(level, 1);
    tree.freeTable(table);
    entries.writeLeaf(parent, level, to, attributes);
    return true;
  }

  /** Where the pages of a last-level table lead when each follows the one before and has its attributes. */
  private consecutive(table: Pa): Pa | undefined {
    const { tree } = this;
    const { entries } = tree;
    const count = entries.count(FINAL_LEVEL);
    if (tree.populationOf(table) !== count) return undefined;
    const to = entries.output(table, FINAL_LEVEL);
    const attributes = entries.attributes(table);
    for (let i = 1; i < count; i++) {
      const entry = pa(table + 8 * i);
      if (entries.output(entry, FINAL_LEVEL) !== to + i * entries.span(FINAL_LEVEL)) return undefined;
      if (entries.attributes(entry) !== attributes) return undefined;
    }
    return to;
  }
}
