/** Decodes one block of A64 instructions into records. */

import type { HostMemory } from '../../arch/host-memory.ts';
import { A64Ir } from '../a64/ir.ts';
import { decodeA64 } from '../a64/rows.ts';
import type { Block } from '../block.ts';
import { type CodeFlags, packFlags } from '../code-flags.ts';
import { fieldsOf } from '../decode/pattern.ts';
import type { CpuModel, FeatureName } from '../models.ts';
import type { CodeCache } from './code-cache.ts';

/** Instructions of one block at the most. */
const MAX_INSTRUCTIONS = 64;
const PAGE_BYTES = 4096;

export class Translator {
  private readonly ir = new A64Ir();
  private readonly firsts: number[] = [];
  private readonly words: number[] = [];

  constructor(
    private readonly cache: CodeCache,
    private readonly memory: HostMemory,
    private readonly model: CpuModel,
  ) {
    this.ir.model = model;
  }

  /** Decodes from `pa`, whose frame is at `frame` in linear memory, up to a branch, the end of the page or the limit. */
  translate(pa: number, frame: number, vaHi: number, vaLo: number, flags: CodeFlags): Block {
    const { ir, firsts, words } = this;
    ir.list.clear();
    ir.flags = flags;
    ir.ended = false;
    const start = (vaHi | 0) * 0x1_0000_0000 + vaLo;
    const offset = pa % PAGE_BYTES;
    const room = Math.min(flags.debug ? 1 : MAX_INSTRUCTIONS, (PAGE_BYTES - offset) / 4);
    const at = frame + offset;
    const { i32 } = this.memory;
    let count = 0;
    while (!ir.ended && count < room) {
      ir.va = start + count * 4;
      ir.word = i32[(at >>> 2) + count];
      firsts[count] = ir.list.count;
      words[count++] = ir.word;
      this.instruction(ir);
    }
    firsts[count] = ir.list.count;
    if (!ir.ended) {
      ir.va = start + count * 4;
      ir.goto(ir.relative(0));
    }
    const place = { vaHi, vaLo, pa, at, flags: packFlags(flags) };
    return this.cache.add(ir.list, firsts.slice(0, count + 1), words.slice(0, count), place);
  }

  private implements(feature: FeatureName | undefined): boolean {
    return feature === undefined || this.model.features[feature];
  }

  private instruction(ir: A64Ir): void {
    const row = decodeA64(ir.word);
    if (row?.emit === undefined || !this.implements(row.feature)) return ir.undefined();
    row.emit(ir, fieldsOf(row.pattern, ir.word));
  }
}
