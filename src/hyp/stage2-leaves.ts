/** The leaves of stage-2 tables: what each says, all of them, and changes to many under one TLB maintenance. */

import { type Ipa, ipa, type Pa } from '../arch/addresses.ts';
import { FINAL_LEVEL } from '../mmu/geometry.ts';
import type { Stage2Tree } from './stage2-tree.ts';

/** A page or block as the tables have it. */
export interface Leaf {
  readonly ipa: Ipa;
  readonly pa: Pa;
  readonly bytes: number;
  readonly writable: boolean;
  /** Its access flag. */
  readonly used: boolean;
}

/** The leaf that an entry at a level is, which maps an IPA. */
export function leafOf({ entries }: Stage2Tree, entry: Pa, at: number, level: number): Leaf {
  return {
    ipa: entries.start(at, level),
    pa: entries.output(entry, level),
    bytes: entries.span(level),
    writable: entries.isWritable(entry),
    used: entries.isUsed(entry),
  };
}

/** The leaf that maps an IPA. */
export function findLeaf(tree: Stage2Tree, at: Ipa): Leaf | undefined {
  const entry = tree.descend(at, FINAL_LEVEL, false);
  return tree.entries.isValid(entry) ? leafOf(tree, entry, at, tree.depth) : undefined;
}

/** All leaves, by ascending IPA. */
export function allLeaves(tree: Stage2Tree): Leaf[] {
  const found: Leaf[] = [];
  tree.visit(0, 2 ** tree.shape.ipaBits, (entry, at, level) => {
    if (!tree.entries.isTable(entry, level)) found.push(leafOf(tree, entry, at, level));
  });
  return found;
}

/** Changes a valid entry, the first IPA that it maps, its level, and the table that it is in; true if it did. */
export type Edit = (entry: Pa, start: number, level: number, table: Pa) => boolean;

/**
 * Calls `edit` for the valid entries of a range, a table after what it holds. One TLBI covers the leaves that were
 * changed; every TLB has then forgotten the tables above them as well.
 */
export function editRange(tree: Stage2Tree, at: Ipa, bytes: number, edit: Edit): void {
  let from = Number.POSITIVE_INFINITY;
  let end = 0;
  let stride = Number.POSITIVE_INFINITY;
  tree.visit(at, at + bytes, (entry, start, level, table) => {
    const isLeaf = !tree.entries.isTable(entry, level);
    if (!edit(entry, start, level, table) || !isLeaf) return;
    const span = tree.entries.span(level);
    from = Math.min(from, start);
    end = Math.max(end, start + span);
    stride = Math.min(stride, span);
  });
  if (end > 0) tree.maintenance.invalidate(ipa(from), end - from, stride);
}
