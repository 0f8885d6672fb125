/** Structured control flow from dominator trees. */

import { array, assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBackEdge, structureOf } from '../../../src/cpu/wasm/structure.ts';

describe('the structure of a flow graph', () => {
  it('of a diamond has one merge point, under its head', () => {
    const structure = structureOf([[1, 2], [3], [3], []]);
    expect(structure.isMerge).toEqual([false, false, false, true]);
    expect(structure.merges).toEqual([[3], [], [], []]);
    expect(structure.isLoop).toEqual([false, false, false, false]);
  });

  it('of a loop marks its head, and its back edge is no merge', () => {
    const structure = structureOf([[1], [2, 3], [1], []]);
    expect(structure.isLoop).toEqual([false, true, false, false]);
    expect(structure.isMerge).toEqual([false, false, false, false]);
    expect(isBackEdge(structure, 2, 1)).toBe(true);
  });

  it('of one block that branches to itself is a loop', () => {
    expect(structureOf([[0, 0]])?.isLoop).toEqual([true]);
  });

  it('counts both ways of one branch to one target', () => {
    expect(structureOf([[1, 1], []])?.isMerge).toEqual([false, true]);
  });

  it('puts the merge point that comes last outermost', () => {
    const structure = structureOf([[1, 2], [3, 4], [3, 4], [4], []]);
    expect(structure.merges[0]).toEqual([4, 3]);
  });

  it('of a loop with two entries lacks the edge back into one of them', () => {
    const structure = structureOf([[1, 2], [2], [1]]);
    expect(structure.cuts).toEqual([new Set(), new Set(), new Set([1])]);
    expect(structure.isLoop).toEqual([false, false, false]);
    expect(structure.isMerge).toEqual([false, false, true]);
  });

  it('keeps loops whose head dominates them, and what the entry reaches', () => {
    const structure = structureOf([[1, 2], [2], [1, 3], [3, 4], []]);
    expect(structure.cuts.flatMap((targets) => [...targets])).toHaveLength(1);
    expect(structure.isLoop).toEqual([false, false, false, true, false]);
    expect(structure.order.every((position) => position >= 0)).toBe(true);
  });

  it('leaves out what the entry does not reach', () => {
    expect(structureOf([[], [0]])?.order).toEqual([0, -1]);
  });

  it('has a back edge for every cycle, and nothing is reached by a forward edge before it is ordered', () => {
    const graphs = integer({ min: 1, max: 9 }).chain((size) =>
      array(array(integer({ min: 0, max: size - 1 }), { maxLength: 2 }), { minLength: size, maxLength: size }),
    );
    assert(
      property(graphs, (successors) => {
        const structure = structureOf(successors);
        for (const [from, targets] of successors.entries()) {
          if (structure.order[from] < 0) continue;
          for (const to of targets) {
            expect(structure.order[to]).toBeGreaterThanOrEqual(0);
            if (structure.cuts[from].has(to)) expect(isBackEdge(structure, from, to)).toBe(true);
            else if (isBackEdge(structure, from, to)) expect(structure.isLoop[to]).toBe(true);
          }
        }
        expect(structure.merges.flat().toSorted((a, b) => a - b)).toEqual(
          successors.flatMap((_, node) => (structure.isMerge[node] ? [node] : [])),
        );
      }),
    );
  });

  it('has a way down the dominator tree to each entry, over nodes with blocks of their own', () => {
    // A loop 1, 2, 3 with an entry in its middle, and one behind it.
    const structure = structureOf([[1], [2], [3, 4], [1], [5], []], [3, 5]);
    const way = (entry: number): number[] => {
      const nodes = [0];
      while (nodes[nodes.length - 1] !== entry) {
        nodes.push(structure.toward[nodes[nodes.length - 1]].get(entry) as number);
      }
      return nodes;
    };
    expect(way(3)).toEqual([0, 1, 2, 3]);
    expect(way(5)).toEqual([0, 1, 2, 4, 5]);
    expect(structure.isMerge).toEqual([false, true, true, true, true, true]);
    expect(structure.isLoop).toEqual([false, true, false, false, false, false]);
  });
});
