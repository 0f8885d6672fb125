/** Trace events of decoded and entered blocks. */

import { vaOf } from '../../arch/addresses.ts';
import { CATEGORIES, type Trace } from '../../arch/trace.ts';
import type { Block } from '../block.ts';
import type { Cpu } from './cpu.ts';

const ENTRY = CATEGORIES.exec | CATEGORIES.cpu;

/** Whether every entry into a block must be seen, so that none may bypass the lookup. */
export const tracesBlocks = (trace: Trace): boolean => trace.on(ENTRY);

/** A block was decoded. */
export function traceTranslation(trace: Trace, cpu: Cpu, block: Block): void {
  if (!trace.on(CATEGORIES.in_asm)) return;
  const start = vaOf(block.vaHi, block.vaLo);
  const instructions = Array.from(block.words, (word, i) => ({ va: start + BigInt(i * 4), word: word >>> 0 }));
  trace.sink(cpu.index, { category: 'in_asm', type: 'block', instructions });
}

/** A block is about to run. */
export function traceBlock(trace: Trace, cpu: Cpu, block: Block): void {
  if (trace.on(CATEGORIES.exec)) {
    const va = vaOf(block.vaHi, block.vaLo);
    trace.sink(cpu.index, { category: 'exec', type: 'block', va, pa: block.pa, count: block.words.length });
  }
  if (trace.on(CATEGORIES.cpu)) trace.sink(cpu.index, { category: 'cpu', type: 'registers' });
}
