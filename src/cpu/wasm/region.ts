/** Compiles a region: blocks that branch to each other become one wasm function with slots in locals. */

import type { HostMemory } from '../../arch/host-memory.ts';
import { A, type Code, i32c, i64hl, sleb64, uleb, type ValueType } from '../ir/code.ts';
import { i32, i64 } from '../ir/expr.ts';
import { flagEffect } from '../ir/flag-effect.ts';
import { OP_CODES, type OpCode } from '../ir/ops.ts';
import { RECORD_A, RECORD_B, RECORD_BYTES, RECORD_C, RECORD_D, RECORD_IMM, RECORD_IMM_HIGH } from '../ir/records.ts';
import { BLOCK, BUDGET, DISCARD, HISTORY, HISTORY_COUNT, PC, type Slot, slotType, T, ZERO } from '../slots.ts';
import type { Block } from '../engine/code-cache.ts';
import { ModuleWriter } from './encoder.ts';
import { straightCode } from './op-code.ts';
import { CodeWriter, type Target } from './writer.ts';

const CPU = 0;
/** Locals: where the interpreter goes on (0: by PC), which block is next, then scratch, then slots. */
const RESUME = 1;
const NEXT_BLOCK = 2;
const SCRATCH32 = 3;
const SCRATCH64 = 7;
const FIRST_SLOT = 11;
const FIXED_LOCALS: readonly ValueType[] = ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i64', 'i64', 'i64', 'i64'];

const cpu: Code = [0x20, CPU];

/** One record, read back. */
interface Record16 {
  readonly at: number;
  readonly op: OpCode;
  readonly d: Slot;
  readonly a: Slot;
  readonly b: Slot;
  readonly c: Slot;
  readonly hi: number;
  readonly lo: number;
}

function readRecord(memory: HostMemory, at: number): Record16 {
  const { u16, u32 } = memory;
  const slot = (field: number) => u16[(at + field) >>> 1] as Slot;
  return {
    at,
    op: OP_CODES[u16[at >>> 1]],
    d: slot(RECORD_D),
    a: slot(RECORD_A),
    b: slot(RECORD_B),
    c: slot(RECORD_C),
    lo: u32[(at + RECORD_IMM) >>> 2],
    hi: u32[(at + RECORD_IMM_HIGH) >>> 2],
  };
}

/** Resolves tokens to locals and constants. */
class RegionTarget implements Target {
  readonly locals = new Map<Slot, number>();
  readonly written = new Set<Slot>();
  record!: Record16;
  /** Leaves for the interpreter at the instruction that runs. */
  leave: (out: CodeWriter) => void = () => {};

  constructor(private readonly crcBase: number) {}

  local(slot: Slot): number {
    let index = this.locals.get(slot);
    if (index === undefined) {
      index = FIRST_SLOT + this.locals.size;
      this.locals.set(slot, index);
    }
    return index;
  }
  operand(out: CodeWriter, operand: 'a' | 'b' | 'c'): void {
    const { record } = this;
    if (operand === 'b' && record.op.immB) return this.imm(out, false);
    this.get(out, record[operand]);
  }
  imm(out: CodeWriter, high: boolean): void {
    out.emit(high ? i32c(this.record.hi) : i64hl(this.record.hi, this.record.lo));
  }
  get(out: CodeWriter, slot: Slot): void {
    if (slot === ZERO) out.emit(0x42, sleb64(0, 0));
    else out.local(0x20, this.local(slot));
  }
  set(out: CodeWriter, slot: Slot, value: Code): void {
    out.emit(value);
    if (slot === DISCARD) return out.emit(0x1a);
    this.written.add(slot);
    out.local(0x21, this.local(slot));
  }
  scratch(type: ValueType, index: number): number {
    return (type === 'i32' ? SCRATCH32 : SCRATCH64) + index;
  }
  crcTables(out: CodeWriter): void {
    out.emit(i32c(this.crcBase));
  }
  slowLoad(out: CodeWriter): void {
    this.leave(out);
  }
  slowStore(out: CodeWriter): void {
    this.leave(out);
  }
  alignmentFault(out: CodeWriter): void {
    this.leave(out);
  }
  stackFault(out: CodeWriter): void {
    this.leave(out);
  }
}

/** Whether the flags that `records[at]` sets are set again before anything can read them (law 10). */
function flagsDead(records: readonly Record16[], at: number): boolean {
  for (let i = at + 1; i < records.length; i++) {
    const effect = flagEffect(records[i].op.row);
    if (effect === 'reads' || effect === 'leaves') return false;
    if (effect === 'sets') return true;
  }
  return false;
}

class RegionCompiler {
  private readonly target: RegionTarget;
  private readonly out: CodeWriter;
  private readonly byVa: Map<string, number>;
  private exit = 0;
  private loop = 0;

  constructor(private readonly memory: HostMemory, private readonly blocks: readonly Block[], crcBase: number) {
    this.target = new RegionTarget(crcBase);
    this.out = new CodeWriter(this.target);
    this.byVa = new Map(blocks.map((block, index) => [`${block.vaHi}:${block.vaLo}`, index]));
  }

  /** Body of the function, entered at the first block; and the slots that live in locals. */
  compile(): { code: number[]; locals: ValueType[] } {
    const { out, target, blocks } = this;
    this.exit = out.open('block');
    this.loop = out.open('loop');
    const labels = blocks.map(() => out.open('block')).reverse();
    out.local(0x20, NEXT_BLOCK);
    out.emit(0x0e, uleb(labels.length - 1));
    for (const label of labels) out.emit(uleb(out.depth - label));
    for (const block of blocks) {
      out.close();
      this.block(block);
    }
    out.close();
    out.emit(0x00);
    out.close();
    const body = out.bytes;
    const frame = new CodeWriter(target);
    const slots = [...target.locals].filter(([slot]) => !T.includes(slot));
    for (const [slot, local] of slots) {
      frame.emit((slotType(slot) === 'i32' ? i32 : i64).load(cpu, slot));
      frame.local(0x21, local);
    }
    const prologue = frame.bytes.splice(0);
    for (const [slot, local] of slots) {
      if (target.written.has(slot)) frame.emit((slotType(slot) === 'i32' ? i32 : i64).store(cpu, [0x20, ...uleb(local)], slot));
    }
    frame.local(0x20, RESUME);
    const types = [...target.locals.keys()].map((slot) => (slotType(slot) === 'i32' ? 'i32' : 'i64') as ValueType);
    return { code: [...prologue, ...body, ...frame.bytes], locals: [...FIXED_LOCALS, ...types] };
  }

  private block(block: Block): void {
    this.payFor(block);
    const records: Record16[] = [];
    for (let at = block.start; at < block.end; at += RECORD_BYTES) records.push(readRecord(this.memory, at));
    records.forEach((record, i) => this.op(block, record, flagsDead(records, i)));
  }

  /** Takes the block's instructions from the budget, or leaves before it; notes the entry in the history. */
  private payFor(block: Block): void {
    const { out } = this;
    const n = i32c(block.words.length);
    const budget = i32.load(cpu, BUDGET);
    out.when(i32.lt_s(budget, n), () => this.leaveTo(block.vaHi, block.vaLo));
    out.emit(i32.store(cpu, i32.sub(budget, n), BUDGET));
    const count = i32.load(cpu, HISTORY_COUNT);
    const ring = i32.add(cpu, i32.shl(i32.and(count, i32c(HISTORY.length - 1)), i32c(3)));
    out.emit(i64.store(ring, i64hl(block.vaHi, block.vaLo), HISTORY[0]), i32.store(cpu, i32.add(count, i32c(1)), HISTORY_COUNT));
  }

  private op(block: Block, record: Record16, dead: boolean): void {
    const { out, target } = this;
    const { row } = record.op;
    target.record = record;
    target.leave = () => this.deoptimise(block, record.at);
    switch (row.kind) {
      case 'branch':
        return out.when(row.cond, () => this.edge(record));
      case 'goto':
        if (!row.indirect) return this.edge(record);
        out.emit(i64.store(cpu, A, PC), i32c(0));
        out.local(0x21, RESUME);
        return out.br(this.exit);
      case 'callout':
      case 'stop':
        return this.deoptimise(block, record.at);
      default:
        out.emit(straightCode(row, (value) => ({ kind: 'set', slot: record.d, value }), dead));
    }
  }

  /** Goes to the block at the record's immediate, inside the region or out of it. */
  private edge(record: Record16): void {
    const { out } = this;
    const index = this.byVa.get(`${record.hi}:${record.lo}`);
    if (index === undefined) return this.leaveTo(record.hi, record.lo);
    out.emit(i32c(index));
    out.local(0x21, NEXT_BLOCK);
    out.br(this.loop);
  }

  private leaveTo(vaHi: number, vaLo: number): void {
    const { out } = this;
    out.emit(i64.store(cpu, i64hl(vaHi, vaLo), PC), i32c(0));
    out.local(0x21, RESUME);
    out.br(this.exit);
  }

  /** The interpreter does the whole instruction again: no architectural slot has changed yet (law 2). */
  private deoptimise(block: Block, at: number): void {
    const { out } = this;
    let index = block.words.length - 1;
    while (block.records[index] > at) index--;
    out.emit(i32.store(cpu, i32c(block.start), BLOCK), i32c(block.records[index]));
    out.local(0x21, RESUME);
    out.br(this.exit);
  }
}

/** A module whose export `region(cpu)` runs `blocks`, entered at the first, and returns the record to go on at, or 0. */
export function regionModule(memory: HostMemory, blocks: readonly Block[], crcBase: number): Uint8Array {
  const { code, locals } = new RegionCompiler(memory, blocks, crcBase).compile();
  const module = new ModuleWriter();
  module.func('region', { params: ['i32'], results: ['i32'] }, locals, code);
  return module.bytes();
}
