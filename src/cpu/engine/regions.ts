/** Hot blocks become regions: which blocks join, where their functions are kept, when they are dropped. */

import type { HostMemory } from '../../arch/host-memory.ts';
import { OP_CODES } from '../ir/ops.ts';
import { HEADER_HEAT, HEADER_REGION, RECORD_BYTES, RECORD_IMM, RECORD_IMM_HIGH } from '../ir/records.ts';
import { regionModule } from '../wasm/region.ts';
import type { Block, CodeCache } from './code-cache.ts';

/** Blocks of one region at the most. */
const MAX_BLOCKS = 64;
/** Functions kept before all are dropped: V8 holds code memory for each. */
const MAX_REGIONS = 4096;

interface Region {
  readonly entry: Block;
  readonly blocks: readonly Block[];
  readonly index: number;
}

const samePage = (a: Block, b: Block): boolean =>
  a.vaHi === b.vaHi && a.vaLo >>> 12 === b.vaLo >>> 12 && Math.floor(a.pa / 4096) === Math.floor(b.pa / 4096);

export class Regions {
  /** Regions compiled since the start. */
  compiled = 0;
  private readonly byBlock = new Map<Block, Set<Region>>();
  private readonly free: number[] = [];
  private live = 0;

  constructor(
    private readonly memory: HostMemory,
    private readonly table: WebAssembly.Table,
    private readonly code: CodeCache,
    private readonly crcBase: number,
    private readonly slowFloat: (where: number) => number,
  ) {
    code.onDead = (block) => this.drop(block);
  }

  /** Makes a region that is entered at `entry`, unless there is one. */
  compile(entry: Block): void {
    const header = (entry.start + HEADER_REGION) >>> 2;
    if (this.memory.i32[header] !== 0) return;
    if (this.live >= MAX_REGIONS) this.clear();
    const blocks = this.reachable(entry);
    const module = new WebAssembly.Module(regionModule(this.memory, blocks, this.crcBase));
    const env = { memory: this.memory.memory, slow_float: this.slowFloat };
    const instance = new WebAssembly.Instance(module, { env });
    const index = this.free.pop() ?? this.table.grow(1);
    this.table.set(index, instance.exports.region);
    this.memory.i32[header] = index;
    const region = { entry, blocks, index };
    for (const block of blocks) {
      const regions = this.byBlock.get(block);
      if (regions === undefined) this.byBlock.set(block, new Set([region]));
      else regions.add(region);
    }
    this.live++;
    this.compiled++;
  }

  /** Decoded blocks that `entry` reaches by direct branches within its page: one translation covers them all. */
  private reachable(entry: Block): Block[] {
    const blocks = [entry];
    for (const block of blocks) {
      for (const { hi, lo } of this.successors(block)) {
        if (blocks.length >= MAX_BLOCKS || hi !== entry.vaHi || lo >>> 12 !== entry.vaLo >>> 12) continue;
        const pa = entry.pa - (entry.pa % 4096) + (lo & 4095);
        const next = this.code.find(pa, hi, lo, entry.flags);
        if (next !== undefined && samePage(next, entry) && !blocks.includes(next)) blocks.push(next);
      }
    }
    return blocks;
  }

  private *successors(block: Block): Generator<{ hi: number; lo: number }> {
    const { u16, u32 } = this.memory;
    for (let at = block.start; at < block.end; at += RECORD_BYTES) {
      const { row } = OP_CODES[u16[at >>> 1]];
      if (row.kind === 'branch' || (row.kind === 'goto' && !row.indirect)) {
        yield { hi: u32[(at + RECORD_IMM_HIGH) >>> 2], lo: u32[(at + RECORD_IMM) >>> 2] };
      }
    }
  }

  /** Code of `block` changed: its regions go. */
  private drop(block: Block): void {
    for (const region of this.byBlock.get(block) ?? []) this.remove(region);
    this.byBlock.delete(block);
  }

  private remove(region: Region): void {
    const { entry, blocks, index } = region;
    for (const block of blocks) this.byBlock.get(block)?.delete(region);
    this.memory.i32[(entry.start + HEADER_REGION) >>> 2] = 0;
    this.memory.i32[(entry.start + HEADER_HEAT) >>> 2] = this.code.heat;
    this.table.set(index, null);
    this.free.push(index);
    this.live--;
  }

  /** Drops all regions; their blocks run in the interpreter until they are hot again. */
  clear(): void {
    for (const regions of this.byBlock.values()) for (const region of regions) this.remove(region);
    this.byBlock.clear();
  }
}
