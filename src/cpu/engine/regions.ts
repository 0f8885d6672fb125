/** Hot blocks become regions: which blocks join, where their functions are kept, when they are dropped. */

import type { HostMemory } from '../../arch/host-memory.ts';
import { HEADER_HEAT, HEADER_REGION, REGION_ENTRY_SHIFT, REGION_INDEX_MASK } from '../ir/records.ts';
import { regionModule } from '../wasm/region.ts';
import type { RegionShape } from '../wasm/region-shape.ts';
import type { Block, CodeCache } from './code-cache.ts';
import { regionShape } from './region-shape.ts';

/** Entries that a region may have besides its first block to get one more. */
const MAX_ENTRIES = 24;
/**
 * How much hotter than others a block has to become that begins inside a region: slices that end there start there
 * again, and the interpreter soon comes to an entry of the region, while one entry more is a whole compilation.
 */
const INSIDE = 64;
/** How often, in the same measure, control enters a region before it grows over pages and calls, which costs more code. */
const WIDE = 32;
/** Functions kept before all are dropped, and bytes of their modules: V8 makes several bytes of machine code from each. */
const MAX_REGIONS = 4096;
const MAX_BYTES = 32 << 20;

interface Region {
  readonly shape: RegionShape;
  readonly index: number;
  /** Of its module. */
  readonly bytes: number;
  /** Reaches over pages, and into calls. */
  readonly isWide: boolean;
}

export class Regions {
  /** Regions compiled since the start, the bytes of their modules, and how many went because their code changed. */
  compiled = 0;
  compiledBytes = 0;
  invalidated = 0;
  /** Bytes of the modules of the regions that there are. */
  liveBytes = 0;
  private readonly byBlock = new Map<Block, Set<Region>>();
  private readonly free: number[] = [];
  private readonly postponed = new WeakSet<Block>();
  private live = 0;

  constructor(
    private readonly memory: HostMemory,
    private readonly table: WebAssembly.Table,
    private readonly code: CodeCache,
    private readonly crcTables: number,
    private readonly slowFloat: (where: number) => number,
  ) {
    code.onDead = (block) => this.drop(block);
  }

  /**
   * Makes a region that is entered at `entry`. One that has the block inside gives way to one that can be entered there
   * too, one that is entered there often to one that reaches further.
   */
  compile(entry: Block): void {
    const isKnown = this.header(entry) !== 0;
    if (!isKnown && this.postpones(entry)) return;
    if (this.live >= MAX_REGIONS || this.liveBytes >= MAX_BYTES) this.clear();
    const region = this.regionFor(entry);
    if (region !== undefined) {
      if (isKnown && region.isWide) return;
      const { nodes, entries } = region.shape;
      const entered = new Set([entry, ...entries.map((index) => nodes[index].block)]);
      this.remove(region);
      this.make(nodes[0].block, entered, isKnown || region.isWide);
    }
    // Blocks found since may have taken its place.
    if (this.header(entry) === 0) this.make(entry, new Set(), false);
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

  private make(first: Block, entered: ReadonlySet<Block>, isWide: boolean): void {
    const { memory, table, code, crcTables } = this;
    const shape = regionShape(memory, code, first, entered, isWide);
    const { nodes, own, entries } = shape;
    const index = this.free.pop() ?? table.grow(1);
    const bytes = regionModule(memory, shape, { crcTables, jumpCache: code.jumps.at, index });
    const env = { memory: memory.memory, slow_float: this.slowFloat };
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env });
    table.set(index, instance.exports.region);
    const region = { shape, index, bytes: bytes.length, isWide };
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
    this.compiled++;
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
    const { shape, index, bytes } = region;
    for (const { block } of shape.nodes) {
      this.byBlock.get(block)?.delete(region);
      if ((this.header(block) & REGION_INDEX_MASK) !== index) continue;
      this.memory.i32[(block.start + HEADER_REGION) >>> 2] = 0;
      this.memory.i32[(block.start + HEADER_HEAT) >>> 2] = this.code.heat;
    }
    this.table.set(index, null);
    this.free.push(index);
    this.live--;
    this.liveBytes -= bytes;
  }

  /** Drops all regions; their blocks run in the interpreter until they are hot again. */
  clear(): void {
    for (const regions of this.byBlock.values()) for (const region of regions) this.remove(region);
    this.byBlock.clear();
  }
}
