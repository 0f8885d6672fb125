/** Hot blocks become regions: which blocks join, where their functions are kept, when they are dropped. */

import type { HostMemory } from '../../arch/host-memory.ts';
import type { Block } from '../block.ts';
import { HEADER_HEAT, HEADER_REGION, REGION_ENTRY_SHIFT, REGION_INDEX_MASK } from '../ir/records.ts';
import { regionModule } from '../wasm/region.ts';
import type { RegionShape } from '../wasm/region-shape.ts';
import type { CodeCache } from './code-cache.ts';
import { regionShape } from './region-shape.ts';

/** Entries that a region may have besides its first block to get one more. */
const MAX_ENTRIES = 24;
/**
 * How much hotter than others a block has to become that begins inside a region: slices that end there start there
 * again, and the interpreter soon comes to an entry of the region, while one entry more is a whole compilation.
 */
const INSIDE = 8;
/** How often, in the same measure, control enters a region before it grows over pages and calls, which costs more code. */
const WIDE = 8;
/** Functions kept before those of the oldest modules are dropped. */
const MAX_REGIONS = 4096;

/** Hot blocks that wait for each other, and nodes of a module that are enough: a module has a fixed cost, a long one pauses. */
const BATCH = 8;
const BATCH_NODES = 24;

/** V8 keeps the machine code of a module as long as any function of it is in use. */
interface CodeModule {
  readonly bytes: number;
  readonly regions: Set<Region>;
}

interface Region {
  readonly shape: RegionShape;
  readonly index: number;
  /** Reaches over pages, and into calls. */
  readonly isWide: boolean;
  /** Undefined as long as it is planned. */
  module: CodeModule | undefined;
}

export class Regions {
  /** Regions compiled since the start, the bytes of their modules, and how many went because their code changed. */
  compiled = 0;
  compiledBytes = 0;
  invalidated = 0;
  /** Bytes of the modules of which a region is in use, and how many of them there may be before the oldest modules go. */
  liveBytes = 0;
  maxBytes = 32 << 20;
  /** The longest that a guest has stood still for a compilation, in milliseconds of a clock of the host, if there is one. */
  longestPauseMs = 0;
  clockMs: () => number = () => 0;
  private readonly byBlock = new Map<Block, Set<Region>>();
  private readonly free: number[] = [];
  private readonly postponed = new WeakSet<Block>();
  /** Hot blocks, in the order in which they became so, and whether they were entries of a region then. */
  private readonly waiting = new Map<Block, boolean>();
  private readonly planned = new Set<Region>();
  /** In the order of their age. */
  private readonly modules = new Set<CodeModule>();
  private live = 0;

  constructor(
    private readonly memory: HostMemory,
    private readonly table: WebAssembly.Table,
    private readonly code: CodeCache,
    private readonly crcTables: number,
    private readonly slowFloat: unknown,
  ) {
    code.onDead = (block) => this.drop(block);
  }

  /** A block is hot: it waits until there are enough, or one that waits is hot again. */
  heated(block: Block): void {
    const isEntry = this.header(block) !== 0;
    if (isEntry ? this.regionFor(block)?.isWide : this.postpones(block)) return;
    const isUrgent = this.waiting.has(block);
    this.waiting.set(block, isEntry);
    this.memory.i32[(block.start + HEADER_HEAT) >>> 2] = this.code.heat >>> 1;
    if (!isUrgent && this.waiting.size < BATCH) return;
    const start = this.clockMs();
    this.compileWaiting();
    this.longestPauseMs = Math.max(this.longestPauseMs, this.clockMs() - start);
  }

  private compileWaiting(): void {
    this.makeRoom();
    let nodes = 0;
    for (const [block, wasEntry] of this.waiting) {
      this.waiting.delete(block);
      // A region planned for one that waited longer may have it as an entry.
      if (!this.code.isDead(block) && (wasEntry || this.header(block) === 0)) nodes += this.plan(block);
      if (nodes >= BATCH_NODES) break;
    }
    if (this.planned.size > 0) this.compilePlanned();
  }

  /** Drops modules whole, since V8 frees code by module. */
  private makeRoom(): void {
    for (const { regions } of this.modules) {
      if (this.live < MAX_REGIONS && this.liveBytes < this.maxBytes) return;
      for (const region of regions) this.remove(region);
    }
  }

  /**
   * Plans a region that is entered at `entry`; returns how many nodes it has. One that has the block inside gives way to
   * one that can be entered there too, one that is entered there often to one that reaches further.
   */
  private plan(entry: Block): number {
    const isEntry = this.header(entry) !== 0;
    const region = this.regionFor(entry);
    let count = 0;
    if (region !== undefined) {
      if (isEntry && region.isWide) return 0;
      const { nodes, entries } = region.shape;
      const entered = new Set([entry, ...entries.map((index) => nodes[index].block)]);
      this.remove(region);
      count = this.make(nodes[0].block, entered, isEntry || region.isWide);
    }
    // Blocks found since may have taken its place.
    if (this.header(entry) === 0) count += this.make(entry, new Set(), false);
    return count;
  }

  /** The region that is entered at a block, else one that has it inside and room for one more entry. */
  private regionFor(entry: Block): Region | undefined {
    const header = this.header(entry);
    for (const region of this.byBlock.get(entry) ?? []) {
      const { nodes, own, entries } = region.shape;
      const isInside = entries.length < MAX_ENTRIES && nodes.findIndex(({ block }) => block === entry) < own;
      if (header === 0 ? isInside : (header & REGION_INDEX_MASK) === region.index) return region;
    }
    return undefined;
  }

  /** Whether it is the first time that a block is hot which begins behind the first instruction of one in a region. */
  private postpones(entry: Block): boolean {
    if (this.byBlock.has(entry) || this.postponed.has(entry)) return false;
    if (!this.code.around(entry).some((block) => this.byBlock.has(block))) return false;
    this.postponed.add(entry);
    this.memory.i32[(entry.start + HEADER_HEAT) >>> 2] = this.code.heat * INSIDE;
    return true;
  }

  private header(block: Block): number {
    return this.memory.i32[(block.start + HEADER_REGION) >>> 2];
  }

  private make(first: Block, entered: Set<Block>, isWide: boolean): number {
    const { memory, table, code } = this;
    for (const block of this.waiting.keys()) entered.add(block);
    const shape = regionShape(memory, code, first, entered, isWide);
    const { nodes, own, entries } = shape;
    const index = this.free.pop() ?? table.grow(1);
    const region: Region = { shape, index, isWide, module: undefined };
    this.planned.add(region);
    for (const at of [0, ...entries]) {
      const { block } = nodes[at];
      if (this.header(block) === 0) {
        memory.i32[(block.start + HEADER_REGION) >>> 2] = index | (at << REGION_ENTRY_SHIFT);
        memory.i32[(block.start + HEADER_HEAT) >>> 2] = code.heat * WIDE;
      }
    }
    nodes.forEach(({ block }, at) => {
      if (at < own && this.header(block) === 0) memory.i32[(block.start + HEADER_HEAT) >>> 2] = code.heat * INSIDE;
      const regions = this.byBlock.get(block);
      if (regions === undefined) this.byBlock.set(block, new Set([region]));
      else regions.add(region);
    });
    this.live++;
    return nodes.length;
  }

  /** One module for all. */
  private compilePlanned(): void {
    const { memory, table, code, crcTables } = this;
    const regions = [...this.planned];
    this.planned.clear();
    const bytes = regionModule(memory, regions, { crcTables, jumpCache: code.jumps.at });
    const env = { memory: memory.memory, slow_float: this.slowFloat };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env });
    const module = { bytes: bytes.length, regions: new Set(regions) };
    this.modules.add(module);
    for (const region of regions) {
      table.set(region.index, exports[region.index]);
      region.module = module;
    }
    this.compiled += regions.length;
    this.compiledBytes += bytes.length;
    this.liveBytes += bytes.length;
  }

  /** Code of `block` changed: its regions go. */
  private drop(block: Block): void {
    for (const region of this.byBlock.get(block) ?? []) {
      this.remove(region);
      this.invalidated++;
    }
    this.byBlock.delete(block);
  }

  private remove(region: Region): void {
    const { shape, index, module } = region;
    for (const { block } of shape.nodes) {
      this.byBlock.get(block)?.delete(region);
      if ((this.header(block) & REGION_INDEX_MASK) !== index) continue;
      this.memory.i32[(block.start + HEADER_REGION) >>> 2] = 0;
      this.memory.i32[(block.start + HEADER_HEAT) >>> 2] = this.code.heat;
    }
    this.table.set(index, null);
    this.free.push(index);
    this.live--;
    this.planned.delete(region);
    if (module === undefined) return;
    module.regions.delete(region);
    if (module.regions.size > 0) return;
    this.modules.delete(module);
    this.liveBytes -= module.bytes;
  }

  private removeAll(): void {
    for (const regions of this.byBlock.values()) for (const region of regions) this.remove(region);
    this.byBlock.clear();
  }

  /** Drops all regions; their blocks run in the interpreter until they are hot again. */
  clear(): void {
    this.waiting.clear();
    this.removeAll();
  }
}
