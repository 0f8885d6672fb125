/** Which blocks become one region: those that direct branches and returns reach within a page, and where control may enter. */

import type { HostMemory } from '../../arch/host-memory.ts';
import { OP_CODES } from '../ir/ops.ts';
import { RECORD_BYTES, RECORD_D, RECORD_IMM, RECORD_IMM_HIGH } from '../ir/records.ts';
import { X } from '../slots.ts';
import type { RegionShape } from '../wasm/region.ts';
import type { Block, CodeCache } from './code-cache.ts';

/** Blocks of one region at the most. */
const MAX_BLOCKS = 64;

interface Address {
  readonly hi: number;
  readonly lo: number;
}

/** VAs that the direct branches of a block go to. */
function* targets({ u16, u32 }: HostMemory, block: Block): Generator<Address> {
  for (let at = block.start; at < block.end; at += RECORD_BYTES) {
    const { row } = OP_CODES[u16[at >>> 1]];
    if (row.kind === 'branch' || (row.kind === 'goto' && !row.indirect)) {
      yield { hi: u32[(at + RECORD_IMM_HIGH) >>> 2], lo: u32[(at + RECORD_IMM) >>> 2] };
    }
  }
}

/** VA behind a block that ends in a call or in an instruction that leaves the region: control comes back there. */
function resume({ u16 }: HostMemory, block: Block): Address | undefined {
  const last = block.words.length - 1;
  for (let at = block.records[last]; at < block.end; at += RECORD_BYTES) {
    const { row } = OP_CODES[u16[at >>> 1]];
    const links = u16[(at + RECORD_D) >>> 1] === X[30] && row.kind === 'value';
    if (links || row.kind === 'callout') return { hi: block.vaHi, lo: block.vaLo + block.words.length * 4 };
  }
  return undefined;
}

/**
 * The blocks decoded so far that `entry`, which comes first, reaches within its page: one translation covers them all.
 * Control may enter at `entry`, where it comes back from calls, and at those that `isEntry` tells.
 */
export function regionShape(
  memory: HostMemory,
  code: CodeCache,
  entry: Block,
  isEntry: (block: Block) => boolean,
): RegionShape {
  const indices = new Map<Block, number>([[entry, 0]]);
  const blocks = [entry];
  const resumes: number[][] = [];
  const entries = new Set<number>();
  const join = ({ hi, lo }: Address): number | undefined => {
    if (hi !== entry.vaHi || lo >>> 12 !== entry.vaLo >>> 12) return undefined;
    const block = code.find(entry.pa - (entry.pa % 4096) + (lo & 4095), hi, lo, entry.flags);
    if (block === undefined) return undefined;
    let index = indices.get(block);
    if (index === undefined && blocks.length < MAX_BLOCKS) {
      index = blocks.push(block) - 1;
      indices.set(block, index);
      if (isEntry(block)) entries.add(index);
    }
    return index;
  };
  for (const block of blocks) {
    for (const address of targets(memory, block)) join(address);
    const back = resume(memory, block);
    const index = back === undefined ? undefined : join(back);
    resumes.push(index === undefined ? [] : [index]);
    if (index !== undefined && index !== 0) entries.add(index);
  }
  return { blocks, entries: [...entries], resumes };
}
