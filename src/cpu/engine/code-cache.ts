/** Decoded blocks: where their records lie in linear memory, and which bytes of guest memory they came from (laws 6, 8). */

import type { HostMemory } from '../../arch/host-memory.ts';
import type { Block, CodePlace } from '../block.ts';
import type { OpList } from '../ir/builder.ts';
import {
  HEADER_BLOCK,
  HEADER_BYTES,
  HEADER_CODE_AT,
  HEADER_FLAGS,
  HEADER_HEAT,
  HEADER_INSTRUCTIONS,
  HEADER_LINK_LAST,
  HEADER_LINK_TAKEN,
  HEADER_REGION,
  NO_LINK,
  RECORD_A,
  RECORD_B,
  RECORD_BYTES,
  RECORD_D,
  RECORD_IMM,
  RECORD_IMM_HIGH,
} from '../ir/records.ts';
import { CodePage, PAGE_BYTES, PAGE_SHIFT, pageOf } from './code-page.ts';
import { JumpCache } from './jump-cache.ts';
import { PageFilter } from './page-filter.ts';

const CHUNK_BYTES = 1 << 20;
/** Records and headers kept before all blocks are forgotten. */
const MAX_BYTES = 64 << 20;
/** Blocks kept, dead ones included, before all are forgotten: each is an object of the host. */
const MAX_BLOCKS = 1 << 18;
/** A block's instruction count once it is invalid: more than any budget, so that the engine leaves before it. */
const DEAD = 0x7fff_ffff;

/** A link (see `HEADER_LINK_TAKEN`) of a new block by op `i`, if that is a direct branch. */
function linkOf({ hi, lo }: OpList, i: number, { vaHi, vaLo }: CodePlace): number {
  return (hi[i] ^ vaHi) === 0 && lo[i] >>> PAGE_SHIFT === vaLo >>> PAGE_SHIFT ? 0 : NO_LINK;
}

/** All blocks of a machine, and the jump cache through which running code finds them. */
export class CodeCache {
  readonly jumps: JumpCache;
  private readonly pages = new Map<number, CodePage>();
  /** PAs of `pages`. */
  private readonly filter = new PageFilter();
  private readonly byId: Block[] = [];
  private chunk = 0;
  private chunkEnd = 0;
  private readonly chunks: number[] = [];
  private nextChunk = 0;
  /** Number of runs after which a block asks for a region; 0: never. */
  heat = 0;
  /** Called with a PA when the 4 KiB page around it gets its first block: stores to it must be watched. */
  onCodePage: (pa: number) => void = () => {};
  /** Called with each block that becomes invalid. */
  onDead: (block: Block) => void = () => {};

  constructor(private readonly memory: HostMemory) {
    this.jumps = new JumpCache(memory);
  }

  find(pa: number, vaHi: number, vaLo: number, flags: number): Block | undefined {
    const last = this.lastAt(vaHi, vaLo, flags);
    return last?.pa === pa ? last : this.pages.get(pageOf(pa))?.find(pa, vaHi, vaLo, flags);
  }

  /** Blocks that have the first instruction of `inner` behind their own. */
  around({ pa, vaHi, vaLo, flags }: Block): Block[] {
    const blocks = this.pages.get(pageOf(pa))?.all() ?? [];
    return blocks.filter((block) => {
      const before = pa - block.pa;
      const isSame = block.flags === flags && block.vaHi === vaHi && vaLo - block.vaLo === before;
      return isSame && before > 0 && before < block.words.length * 4;
    });
  }

  /** The block whose first record is at `start`. */
  at(start: number): Block {
    return this.byId[this.memory.u32[(start + HEADER_BLOCK) >>> 2]];
  }

  /** Whether the code of a block has changed since it was decoded. */
  isDead(block: Block): boolean {
    return this.memory.i32[(block.start + HEADER_INSTRUCTIONS) >>> 2] === DEAD;
  }

  /** The block that running code found last at a VA, if it was decoded for these flags; it may be mapped no more. */
  lastAt(vaHi: number, vaLo: number, flags: number): Block | undefined {
    const start = this.jumps.startAt(vaHi, vaLo);
    const block = start === 0 ? undefined : this.at(start);
    return block?.flags === flags && !this.isDead(block) ? block : undefined;
  }

  /** Whether a block is part of a region or halfway to one. */
  isWarm({ start }: Block): boolean {
    const { i32 } = this.memory;
    const left = i32[(start + HEADER_HEAT) >>> 2];
    return i32[(start + HEADER_REGION) >>> 2] !== 0 || left > this.heat || left * 2 <= this.heat;
  }

  /** Makes the next run of a block neither count as one nor ask for a region. */
  cool(block: Block): void {
    this.memory.i32[(block.start + HEADER_HEAT) >>> 2] = this.heat + 2;
  }

  /** Copies the ops of a block into linear memory. `firsts[i]` is the index of the first op of instruction i. */
  add(ops: OpList, firsts: readonly number[], words: readonly number[], place: CodePlace): Block {
    const base = this.allocate(HEADER_BYTES + ops.count * RECORD_BYTES) + HEADER_BYTES;
    this.copy(ops, base);
    const { vaHi, vaLo, pa, at, flags } = place;
    const records = firsts.map((first) => base + first * RECORD_BYTES);
    const end = base + ops.count * RECORD_BYTES;
    const block: Block = { id: this.byId.length, vaHi, vaLo, pa, at, flags, words, start: base, records, end };
    const { i32 } = this.memory;
    i32[(base + HEADER_CODE_AT) >>> 2] = at;
    i32[(base + HEADER_FLAGS) >>> 2] = flags;
    i32[(base + HEADER_INSTRUCTIONS) >>> 2] = words.length;
    i32[(base + HEADER_REGION) >>> 2] = 0;
    i32[(base + HEADER_LINK_TAKEN) >>> 2] = linkOf(ops, ops.count - 2, place);
    i32[(base + HEADER_LINK_LAST) >>> 2] = linkOf(ops, ops.count - 1, place);
    i32[(base + HEADER_BLOCK) >>> 2] = block.id;
    i32[(base + HEADER_HEAT) >>> 2] = this.heat;
    this.byId.push(block);
    this.link(block);
    return block;
  }

  private copy(ops: OpList, base: number): void {
    const { u16, i32 } = this.memory;
    for (let i = 0; i < ops.count; i++) {
      const at = base + i * RECORD_BYTES;
      u16[at >>> 1] = ops.op[i];
      u16[(at + RECORD_D) >>> 1] = ops.d[i];
      u16[(at + RECORD_A) >>> 1] = ops.a[i];
      u16[(at + RECORD_B) >>> 1] = ops.b[i];
      i32[(at + RECORD_IMM) >>> 2] = ops.lo[i];
      i32[(at + RECORD_IMM_HIGH) >>> 2] = ops.hi[i];
    }
  }

  private link(block: Block): void {
    const number = pageOf(block.pa);
    let page = this.pages.get(number);
    if (page === undefined) {
      page = new CodePage();
      this.pages.set(number, page);
      this.filter.add(block.pa | 0);
    }
    if (!page.isWatched) this.onCodePage(block.pa);
    page.add(block);
  }

  /** Whether stores to the page around a PA have to be told. */
  hasCode(pa: number): boolean {
    return this.filter.has(pa | 0) && (this.pages.get(pageOf(pa))?.isWatched ?? false);
  }

  /** Forgets the blocks whose 64-byte lines overlap [pa, pa + bytes). True when there were any. */
  invalidate(pa: number, bytes: number): boolean {
    let any = false;
    const last = pageOf(pa + bytes - 1);
    for (let number = pageOf(pa); number <= last; number++) {
      const base = number * PAGE_BYTES;
      const to = Math.min(pa + bytes - base, PAGE_BYTES);
      if (this.pages.get(number)?.drop(Math.max(pa - base, 0), to, this.kill) === true) any = true;
    }
    return any;
  }

  private readonly kill = (block: Block): void => {
    this.memory.i32[(block.start + HEADER_INSTRUCTIONS) >>> 2] = DEAD;
    this.onDead(block);
  };

  /** Forgets everything when the records have reached their limit. Only between blocks. True when it did. */
  flushWhenFull(): boolean {
    if (this.nextChunk * CHUNK_BYTES < MAX_BYTES && this.byId.length < MAX_BLOCKS) return false;
    this.flush();
    return true;
  }

  /** Forgets everything. Only between blocks. */
  flush(): void {
    this.pages.clear();
    this.filter.clear();
    this.byId.length = 0;
    this.nextChunk = 0;
    this.chunk = this.chunkEnd = 0;
    this.jumps.clear();
  }

  private allocate(bytes: number): number {
    if (this.chunk + bytes > this.chunkEnd) {
      if (this.nextChunk === this.chunks.length) this.chunks.push(this.memory.alloc(CHUNK_BYTES, RECORD_BYTES));
      this.chunk = this.chunks[this.nextChunk++];
      this.chunkEnd = this.chunk + CHUNK_BYTES;
    }
    const at = this.chunk;
    this.chunk += bytes;
    return at;
  }
}
