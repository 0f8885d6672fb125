/** Decodes one block of A64 instructions into records. */

import type { Bus } from '../../devices/bus.ts';
import { A64Ir } from '../a64/ir.ts';
import { decodeA64 } from '../a64/rows.ts';
import { type CodeFlags, packFlags } from '../code-flags.ts';
import type { CpuModel, FeatureName } from '../models.ts';
import type { Block, CodeCache } from './code-cache.ts';

/** Instructions of one block at the most. */
const MAX_INSTRUCTIONS = 64;
const PAGE_BYTES = 4096;

export class Translator {
  private readonly ir = new A64Ir();
  private readonly firsts: number[] = [];
  private readonly words: number[] = [];

  constructor(
    private readonly cache: CodeCache,
    private readonly bus: Bus,
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
    firsts.length = words.length = 0;
    const start = (vaHi | 0) * 0x1_0000_0000 + vaLo;
    const room = Math.min(flags.debug ? 1 : MAX_INSTRUCTIONS, (PAGE_BYTES - (pa % PAGE_BYTES)) / 4);
    while (!ir.ended && words.length < room) {
      ir.va = start + words.length * 4;
      ir.word = this.bus.read32(pa + words.length * 4) as number;
      firsts.push(ir.list.count);
      words.push(ir.word);
      this.instruction(ir);
    }
    firsts.push(ir.list.count);
    if (!ir.ended) {
      ir.va = start + words.length * 4;
      ir.goto(ir.relative(0));
    }
    return this.cache.add(ir.list, firsts, words, {
      vaHi,
      vaLo,
      pa,
      at: frame + (pa % PAGE_BYTES),
      flags: packFlags(flags),
    });
  }

  private implements(feature: FeatureName | undefined): boolean {
    return feature === undefined || this.model.features[feature];
  }

  private instruction(ir: A64Ir): void {
    const row = decodeA64(ir.word);
    if (row?.emit === undefined || !this.implements(row.feature)) return ir.undefined();
    const fields: Record<string, number> = {};
    for (const { name, shift, width } of row.pattern.fields) fields[name] = (ir.word >>> shift) & ((1 << width) - 1);
    row.emit(ir, fields);
  }
}
