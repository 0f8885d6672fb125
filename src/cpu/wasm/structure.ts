/**
 * Structured control flow of a region from its dominator tree (Norman Ramsey, "Beyond Relooper", ICFP 2022; dominators
 * after Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm").
 */

/** How the nodes of a flow graph nest. Nodes are numbered; node 0 is the entry. */
export interface Structure {
  /** Position of each node in reverse postorder; -1 where the entry does not reach it. */
  readonly order: readonly number[];
  /** Nodes that each node immediately dominates and that more than one forward edge leads to, last in order first. */
  readonly merges: readonly (readonly number[])[];
  /** Targets of a back edge. */
  readonly isLoop: readonly boolean[];
  /** Nodes with a block of their own: at least two forward edges lead to them, or control enters there or below. */
  readonly isMerge: readonly boolean[];
  /** By node: which of the nodes that it immediately dominates leads to each other entry below it. */
  readonly toward: readonly ReadonlyMap<number, number>[];
  /** By node: the targets of its edges into a loop past the loop's head, which would make the graph irreducible. */
  readonly cuts: readonly ReadonlySet<number>[];
}

/** Whether the edge goes against reverse postorder. */
export const isBackEdge = ({ order }: Pick<Structure, 'order'>, from: number, to: number): boolean =>
  order[to] <= order[from];

function reversePostorder(successors: readonly (readonly number[])[]): number[] {
  const seen = new Set([0]);
  const postorder: number[] = [];
  const stack: { node: number; next: number }[] = [{ node: 0, next: 0 }];
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    const to = successors[top.node][top.next++];
    if (to === undefined) postorder.push(stack.pop()?.node as number);
    else if (!seen.has(to)) {
      seen.add(to);
      stack.push({ node: to, next: 0 });
    }
  }
  return postorder.reverse();
}

/** Immediate dominator of each node that the entry reaches. */
function dominators(
  nodes: readonly number[],
  order: readonly number[],
  predecessors: readonly (readonly number[])[],
): number[] {
  const idom: number[] = [];
  idom[0] = 0;
  const meet = (a: number, b: number): number => {
    while (a !== b) {
      while (order[a] > order[b]) a = idom[a];
      while (order[b] > order[a]) b = idom[b];
    }
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of nodes.slice(1)) {
      const known = predecessors[node].filter((p) => idom[p] !== undefined);
      const next = known.reduce(meet);
      if (idom[node] !== next) {
        idom[node] = next;
        changed = true;
      }
    }
  }
  return idom;
}

/**
 * Structures a graph given by the successors of each node, less the edges in `cuts`. Control may also enter at
 * `entries`: it then goes down the dominator tree, from node 0, to the entry. An edge from a node to one that it
 * immediately dominates makes no loop irreducible, so any node can be an entry.
 */
export function structureOf(successors: readonly (readonly number[])[], entries: readonly number[] = []): Structure {
  const nodes = reversePostorder(successors);
  const order = successors.map(() => -1);
  nodes.forEach((node, position) => {
    order[node] = position;
  });
  const predecessors: number[][] = successors.map(() => []);
  for (const node of nodes) for (const to of new Set(successors[node])) predecessors[to].push(node);
  const idom = dominators(nodes, order, predecessors);
  const dominates = (a: number, b: number): boolean => {
    let at = b;
    while (order[at] > order[a]) at = idom[at];
    return at === a;
  };
  const cuts = successors.map(
    (targets, node) =>
      new Set(order[node] < 0 ? [] : targets.filter((to) => order[to] <= order[node] && !dominates(to, node))),
  );
  if (cuts.some(({ size }) => size > 0)) {
    const reducible = successors.map((targets, node) => targets.filter((to) => !cuts[node].has(to)));
    const inner = structureOf(reducible, entries);
    return { ...inner, cuts: cuts.map((targets, node) => new Set([...targets, ...inner.cuts[node]])) };
  }
  const isLoop = successors.map(() => false);
  const isMerge = successors.map(() => false);
  const merges: number[][] = successors.map(() => []);
  const toward = successors.map(() => new Map<number, number>());
  for (const entry of entries) {
    for (let node = entry; node !== 0; node = idom[node]) toward[idom[node]].set(entry, node);
  }
  const below = new Set(toward.flatMap((map) => [...map.values()]));
  for (const node of nodes) {
    isLoop[node] = predecessors[node].some((p) => order[node] <= order[p]);
    isMerge[node] = below.has(node) || forwardEdges(successors, predecessors[node], order, node) > 1;
    if (isMerge[node]) merges[idom[node]].unshift(node);
  }
  return { order, merges, isLoop, isMerge, toward, cuts };
}

/** Forward edges into a node; both ways of one conditional branch count. */
function forwardEdges(
  successors: readonly (readonly number[])[],
  predecessors: readonly number[],
  order: readonly number[],
  node: number,
): number {
  return predecessors
    .filter((p) => order[p] < order[node])
    .reduce((sum, p) => sum + successors[p].filter((to) => to === node).length, 0);
}
