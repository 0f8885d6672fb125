/** Tokens of op bodies in a region: slots are locals, immediates constants, slow paths exits. */

import { type Code, type ConditionName, get, i32c, i64hl, set, sleb64, uleb, type ValueType } from '../ir/code.ts';
import { i64, zext } from '../ir/expr.ts';
import type { OpRecord } from '../ir/read-record.ts';
import type { Field } from '../ir/row.ts';
import { slotAccess } from '../ir/slot-access.ts';
import { DISCARD, FP_RESULT, R, type Slot, ZERO } from '../slots.ts';
import { cpu, FIRST_SLOT, SCRATCH } from './region-locals.ts';
import type { CodeWriter, Target } from './writer.ts';

/** Index of the imported function `slow_float`. */
const SLOW_FLOAT = 0;

/** Resolves tokens to locals and constants. */
export class RegionTarget implements Target {
  readonly locals = new Map<Slot, number>();
  readonly written = new Set<Slot>();
  record!: OpRecord;
  /** Leaves for the interpreter at the instruction that runs. */
  leave: (out: CodeWriter) => void = () => {};
  /** Tests the flags where they are. */
  flags: (name: ConditionName) => Code = () => [];

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
  condition(out: CodeWriter, name: ConditionName): void {
    out.emit(this.flags(name));
  }
  scratch(type: ValueType, index: number): number {
    return SCRATCH[type] + index;
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
  /** The exact library finds the operands and FPCR in the CPU struct; its flags and its result come back as values. */
  slowFloat(out: CodeWriter): void {
    const { record } = this;
    for (const slot of new Set([...record.op.row.fields.flatMap((field) => this.source(field)), R.FPCR])) {
      out.emit(slotAccess(slot).store(cpu, get(slot), slot));
    }
    const flags: Code = [i32c(record.at), 0x10, ...uleb(SLOW_FLOAT)];
    out.emit(set(R.FPSR, i64.or(get(R.FPSR), zext(flags))), slotAccess(FP_RESULT).load(cpu, FP_RESULT));
  }
  private source(field: Field): readonly Slot[] {
    const { record } = this;
    if (field === 'a' || field === 'va') return [record.a];
    if (field === 'vb') return [record.b];
    return field === 'vc' ? [record.c] : [];
  }
}
