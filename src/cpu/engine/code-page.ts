/** The blocks of one 4 KiB page of guest memory, and which of its lines they have instructions in (law 8). */

import type { Block } from '../block.ts';

/** Bytes of guest code whose change invalidates blocks together. */
const LINE_SHIFT = 6;
export const PAGE_SHIFT = 12;
export const PAGE_BYTES = 1 << PAGE_SHIFT;
/** A page that lost its last block more often gets code again and again: it stays watched. */
const EMPTIED_OFTEN = 8;

/** Number of the 4 KiB page around a PA. */
export const pageOf = (pa: number): number => Math.floor(pa / PAGE_BYTES);

const offsetOf = (pa: number): number => pa & (PAGE_BYTES - 1);
const keyOf = (pa: number, flags: number): number => offsetOf(pa) | (flags << PAGE_SHIFT);
const firstLine = ({ pa }: Block): number => offsetOf(pa) >>> LINE_SHIFT;
const lastLine = ({ pa, words }: Block): number => (offsetOf(pa) + words.length * 4 - 1) >>> LINE_SHIFT;

export class CodePage {
  /** By offset and flags; those of one entry have different VAs. */
  private readonly blocks = new Map<number, Block[]>();
  /** One byte a line: not 0 where a block has instructions. */
  private readonly lines = new Uint8Array(PAGE_BYTES >>> LINE_SHIFT);
  /** How often it lost its last block. */
  private emptied = 0;

  /** Stores to the page have to be told. */
  get isWatched(): boolean {
    return this.blocks.size > 0 || this.emptied > EMPTIED_OFTEN;
  }

  find(pa: number, vaHi: number, vaLo: number, flags: number): Block | undefined {
    const chain = this.blocks.get(keyOf(pa, flags));
    if (chain === undefined) return undefined;
    for (const block of chain) if (block.vaLo === vaLo && block.vaHi === vaHi) return block;
    return undefined;
  }

  /** All blocks. */
  all(): Block[] {
    return [...this.blocks.values()].flat();
  }

  add(block: Block): void {
    const key = keyOf(block.pa, block.flags);
    const chain = this.blocks.get(key);
    if (chain === undefined) this.blocks.set(key, [block]);
    else chain.push(block);
    this.mark(block);
  }

  private mark(block: Block): void {
    const last = lastLine(block);
    for (let line = firstLine(block); line <= last; line++) this.lines[line] = 1;
  }

  /** Forgets the blocks in the lines that bytes [from, to) of the page overlap; each is told. True when there were any. */
  drop(from: number, to: number, told: (block: Block) => void): boolean {
    const { blocks, lines } = this;
    const first = from >>> LINE_SHIFT;
    const last = (to - 1) >>> LINE_SHIFT;
    if (!lines.subarray(first, last + 1).some((line) => line !== 0)) return false;
    lines.fill(0);
    const stays = (block: Block): boolean => lastLine(block) < first || firstLine(block) > last;
    // Most stay: nothing is allocated for them.
    blocks.forEach((chain, key) => {
      const kept = chain.every(stays) ? chain : chain.filter(stays);
      for (const block of kept) this.mark(block);
      if (kept === chain) return;
      for (const block of chain) if (!stays(block)) told(block);
      if (kept.length === 0) blocks.delete(key);
      else blocks.set(key, kept);
    });
    if (blocks.size === 0) this.emptied++;
    return true;
  }
}
