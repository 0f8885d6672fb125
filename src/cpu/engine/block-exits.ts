/** Where control goes from a decoded block: direct branches, calls, and the places it comes back to. */

import type { HostMemory } from '../../arch/host-memory.ts';
import type { Block } from '../block.ts';
import { OP_CODES } from '../ir/ops.ts';
import { RECORD_BYTES, RECORD_D, RECORD_IMM, RECORD_IMM_HIGH } from '../ir/records.ts';
import { X } from '../slots.ts';

/** A VA in halves. */
export interface Address {
  readonly hi: number;
  readonly lo: number;
}

export interface BlockExits {
  /** VAs that direct branches go to, in the order of the branches. */
  readonly targets: readonly Address[];
  /** The block ends in a direct call: its callee is the last of `targets`. */
  readonly calls: boolean;
  /** VA behind a block that ends in a call or in an instruction that leaves generated code: control comes back there. */
  readonly resume: Address | undefined;
}

/** The exits of a block. */
export function exitsOf({ u16, u32 }: HostMemory, block: Block): BlockExits {
  const targets: Address[] = [];
  const last = block.words.length - 1;
  let links = false;
  let leaves = false;
  let calls = false;
  for (let at = block.start; at < block.end; at += RECORD_BYTES) {
    const { row } = OP_CODES[u16[at >>> 1]];
    if (row.kind === 'branch' || (row.kind === 'goto' && !row.indirect)) {
      targets.push({ hi: u32[(at + RECORD_IMM_HIGH) >>> 2], lo: u32[(at + RECORD_IMM) >>> 2] });
    }
    if (at < block.records[last]) continue;
    links ||= row.kind === 'value' && u16[(at + RECORD_D) >>> 1] === X[30];
    leaves ||= row.kind === 'callout';
    calls ||= row.kind === 'goto' && row.links === true;
  }
  const resume = { hi: block.vaHi, lo: block.vaLo + block.words.length * 4 };
  return { targets, calls, resume: links || leaves ? resume : undefined };
}
