/** Where a region looks at the budget: at few nodes, each for all that can run until the next of them. */

import { isBackEdge, type Structure } from './structure.ts';

/** Instructions that one look is for at the most, unless one block has more: what is left at the end of a slice is interpreted. */
const MOST = 128;

/**
 * By node, how many instructions the budget must have for control to go on there, or undefined where nothing is looked at.
 * Control enters at node 0 and at `entries`.
 * @param sizes instructions of each node's block
 */
export function budgetChecks(
  sizes: readonly number[],
  successors: readonly (readonly number[])[],
  structure: Structure,
  entries: readonly number[],
): readonly (number | undefined)[] {
  const { order, isLoop } = structure;
  const checks = new Set([0, ...entries, ...[...isLoop.keys()].filter((node) => isLoop[node])]);
  const needs: number[] = [];
  const nodes = [...order.keys()].filter((node) => order[node] >= 0).sort((a, b) => order[b] - order[a]);
  for (const node of nodes) {
    const ahead = successors[node].filter((to) => !isBackEdge(structure, node, to) && !checks.has(to));
    const most = Math.max(0, ...ahead.map((to) => needs[to]));
    const isTooMuch = sizes[node] + most > MOST;
    if (isTooMuch) for (const to of ahead) checks.add(to);
    needs[node] = sizes[node] + (isTooMuch ? 0 : most);
  }
  return needs.map((need, node) => (checks.has(node) ? need : undefined));
}
