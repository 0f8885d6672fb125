/** Which blocks become one region: those that direct branches, calls and returns reach, and where control may enter. */

import type { HostMemory } from '../../arch/host-memory.ts';
import type { Block } from '../block.ts';
import { type RegionNode, type RegionShape, vaKey } from '../wasm/region-shape.ts';
import { type Address, exitsOf } from './block-exits.ts';
import type { CodeCache } from './code-cache.ts';

/** Nodes of one region at the most: without those of calls, with them, and of one call. */
const MAX_OWN = 64;
const MAX_NODES = 128;
const MAX_CALLED = 16;
/** Calls within calls that join. */
const MAX_DEPTH = 3;

/** One activation of a function: a call that joins has nodes of its own for the callee's blocks. */
interface Frame {
  readonly depth: number;
  readonly returnsTo: number | undefined;
  readonly nodes: Map<Block, number>;
}

interface Draft extends RegionNode {
  readonly targets: Map<string, number>;
  resume: number | undefined;
  readonly frame: Frame;
}

interface Call {
  readonly from: Draft;
  readonly callee: Block;
  readonly returnsTo: number;
}

const isSamePage = (block: Block, { hi, lo }: Address): boolean => hi === block.vaHi && lo >>> 12 === block.vaLo >>> 12;

class Growth {
  readonly nodes: Draft[] = [];
  private readonly calls: Call[] = [];
  private visited = 0;

  constructor(
    private readonly memory: HostMemory,
    private readonly code: CodeCache,
    private readonly isWide: boolean,
  ) {}

  /** Adds what the nodes reach without calls. */
  visitAll(): void {
    while (this.visited < this.nodes.length) this.visit(this.nodes[this.visited++]);
  }

  /** Adds what calls reach, nearest first. */
  inlineAll(): void {
    for (const { from, callee, returnsTo } of this.calls) {
      if (this.nodes.length >= MAX_NODES) return;
      const index = this.node(callee, { depth: from.frame.depth + 1, returnsTo, nodes: new Map() });
      if (index !== undefined) from.targets.set(vaKey(callee.vaHi, callee.vaLo), index);
      this.visitAll();
    }
  }

  /** Index of the node of a block in a frame, added if there is room. */
  node(block: Block, frame: Frame): number | undefined {
    const known = frame.nodes.get(block);
    if (known !== undefined) return known;
    if (frame.nodes.size >= (frame.depth === 0 ? MAX_OWN : MAX_CALLED)) return undefined;
    const { returnsTo } = frame;
    const index = this.nodes.push({ block, targets: new Map(), returnsTo, resume: undefined, frame }) - 1;
    frame.nodes.set(block, index);
    return index;
  }

  private visit(draft: Draft): void {
    const { block, frame, targets } = draft;
    const exits = exitsOf(this.memory, block);
    if (exits.resume !== undefined) draft.resume = this.join(exits.resume, draft);
    exits.targets.forEach((address, i) => {
      if (exits.calls && i === exits.targets.length - 1 && this.willInline(address, draft)) return;
      const index = this.join(address, draft);
      if (index !== undefined) targets.set(vaKey(address.hi, address.lo), index);
    });
    if (frame.depth > 0) draft.resume = undefined;
  }

  private willInline(address: Address, draft: Draft): boolean {
    const { frame, resume } = draft;
    const callee = this.find(address, draft.block);
    if (!this.isWide || callee === undefined || resume === undefined || frame.depth === MAX_DEPTH) return false;
    // The return goes to the page of the call, whose translation holds since then.
    const isBehind = this.nodes[resume].block.vaLo >>> 12 === draft.block.vaLo >>> 12;
    if (!isBehind || !this.code.isWarm(callee)) return false;
    this.calls.push({ from: draft, callee, returnsTo: resume });
    return true;
  }

  /** The node of a block that is decoded; of one on another page, or in a call, only if it is warm. */
  private join(address: Address, { block, frame }: Draft): number | undefined {
    const found = this.find(address, block);
    if (found === undefined) return undefined;
    const isOwn = frame.depth === 0 && isSamePage(block, address);
    return isOwn || this.code.isWarm(found) ? this.node(found, frame) : undefined;
  }

  private find(address: Address, near: Block): Block | undefined {
    const { code } = this;
    if (!isSamePage(near, address)) return this.isWide ? code.lastAt(address.hi, address.lo, near.flags) : undefined;
    return code.find(near.pa - (near.pa % 4096) + (address.lo & 4095), address.hi, address.lo, near.flags);
  }
}

/**
 * The blocks decoded so far that `entry`, which comes first, reaches within its page; with `isWide` also on others, and
 * the code of calls. Control may enter at `entry`, where it comes back from calls, and at `entered`.
 */
export function regionShape(
  memory: HostMemory,
  code: CodeCache,
  entry: Block,
  entered: ReadonlySet<Block>,
  isWide: boolean,
): RegionShape {
  const growth = new Growth(memory, code, isWide);
  const { nodes } = growth;
  growth.node(entry, { depth: 0, returnsTo: undefined, nodes: new Map() });
  growth.visitAll();
  const own = nodes.length;
  growth.inlineAll();
  const entries = new Set<number>();
  for (let index = 0; index < own; index++) {
    const { block, resume } = nodes[index];
    if (entered.has(block)) entries.add(index);
    if (resume !== undefined) entries.add(resume);
  }
  entries.delete(0);
  return { nodes, own, entries: [...entries] };
}
