/** Symbol tables: from a VA to the function or object that holds it. */

import { hex } from '../arch/addresses.ts';
import type { Symbol64 } from '../arch/image/elf-symbols.ts';

/** One symbol of an image, as its symbol table gives it. */
export type ImageSymbol = Pick<Symbol64, 'name' | 'value' | 'size'>;

/** A symbol and the offset of an address in it, in bytes. */
export interface SymbolHit {
  name: string;
  offset: bigint;
}

interface Range {
  name: string;
  start: bigint;
  end: bigint;
}

/** Lookup by address. A symbol without a size reaches to the next one; the last such symbol names its own address only. */
export class SymbolTable {
  /** Ascending by start; of ranges with one start, the shortest last, so that it is found first. */
  private readonly ranges: readonly Range[];
  /** Highest end among the ranges up to each index: where a search may stop. */
  private readonly reach: readonly bigint[];

  /** Takes symbols in any order. */
  constructor(symbols: readonly ImageSymbol[] = []) {
    const starts = [...new Set(symbols.map(({ value }) => value))].sort((a, b) => (a < b ? -1 : 1));
    const next = new Map(starts.map((start, index) => [start, starts[index + 1] ?? start + 1n]));
    this.ranges = symbols
      .map(({ name, value, size }) => ({
        name,
        start: value,
        end: size > 0 ? value + BigInt(size) : (next.get(value) as bigint),
      }))
      .sort((a, b) => (a.start !== b.start ? (a.start < b.start ? -1 : 1) : a.end < b.end ? 1 : -1));
    let highest = 0n;
    this.reach = this.ranges.map(({ end }) => (highest = end > highest ? end : highest));
  }

  /** The innermost symbol that holds a VA, or undefined. */
  find(va: bigint): SymbolHit | undefined {
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ranges[middle].start <= va) low = middle + 1;
      else high = middle;
    }
    for (let at = low - 1; at >= 0 && this.reach[at] > va; at--) {
      const { name, start, end } = this.ranges[at];
      if (end > va) return { name, offset: va - start };
    }
    return undefined;
  }

  /** ` <name+0x14>` for a VA inside a symbol, ` <name>` at its start, else the empty string. */
  suffix(va: bigint): string {
    const hit = this.find(va);
    if (hit === undefined) return '';
    return hit.offset === 0n ? ` <${hit.name}>` : ` <${hit.name}+${hex(hit.offset)}>`;
  }
}
