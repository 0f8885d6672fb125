/** Compiles rows into a decision tree over their fixed bits, and refuses tables that are ambiguous. */

import type { Pattern } from './pattern.ts';

export interface Decodable {
  readonly name: string;
  readonly pattern: Pattern;
}

type Node<T> = { readonly rows: readonly T[] } | { readonly mask: number; readonly next: ReadonlyMap<number, Node<T>> };

const overlap = (a: Pattern, b: Pattern): boolean => ((a.value ^ b.value) & a.mask & b.mask) === 0;
const moreSpecific = (a: Pattern, b: Pattern): boolean => (a.mask & b.mask) >>> 0 === b.mask && a.mask !== b.mask;

/** Number of fixed bits. */
const fixedBits = ({ fields }: Pattern): number => 32 - fields.reduce((sum, { width }) => sum + width, 0);

/** Throws when two rows match one word and neither is strictly more specific than the other. */
function check(rows: readonly Decodable[]): void {
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [rows[i].pattern, rows[j].pattern];
      if (overlap(a, b) && !moreSpecific(a, b) && !moreSpecific(b, a)) {
        throw new Error(`rows '${rows[i].name}' and '${rows[j].name}' overlap`);
      }
    }
  }
}

function build<T extends Decodable>(rows: readonly T[], tested: number): Node<T> {
  const common = rows.reduce((mask, row) => mask & row.pattern.mask, ~tested) >>> 0;
  if (rows.length <= 1 || common === 0) return { rows };
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const key = row.pattern.value & common;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  const next = new Map([...groups].map(([key, group]) => [key, build(group, (tested | common) >>> 0)]));
  return { mask: common, next };
}

/** Returns a function from a word to its row: the most specific of those that match, or undefined. */
export function compileTree<T extends Decodable>(rows: readonly T[]): (word: number) => T | undefined {
  check(rows);
  const sorted = [...rows].sort((a, b) => fixedBits(b.pattern) - fixedBits(a.pattern));
  const root = build(sorted, 0);
  return (word) => {
    let node: Node<T> | undefined = root;
    while (node !== undefined && !('rows' in node)) node = node.next.get(word & node.mask);
    if (node !== undefined)
      for (const row of node.rows) if (((word ^ row.pattern.value) & row.pattern.mask) === 0) return row;
    return undefined;
  };
}
