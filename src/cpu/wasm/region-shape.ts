/** What the region compiler is told: the nodes of a region, how they are joined, and where control may enter. */

import type { Block } from '../block.ts';

/** A block at one place of a region; the code of a call that joined is there once a call. */
export interface RegionNode {
  readonly block: Block;
  /** Nodes that direct branches go to, by VA. */
  readonly targets: ReadonlyMap<string, number>;
  /** Node behind the call that this code is of: an indirect branch to its VA is the return. */
  readonly returnsTo: number | undefined;
  /** Node at which control comes back after it has left here. */
  readonly resume: number | undefined;
}

export interface RegionShape {
  /** The first is where control enters; code of calls comes last. */
  readonly nodes: readonly RegionNode[];
  /** Number of nodes that are not code of calls. */
  readonly own: number;
  /** Nodes at which control may enter besides the first. */
  readonly entries: readonly number[];
}

/** Key of a VA in `targets`. */
export const vaKey = (hi: number, lo: number): string => `${hi}:${lo}`;
