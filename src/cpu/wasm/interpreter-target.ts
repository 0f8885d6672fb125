/** Tokens of op bodies in the interpreter: operands and immediates are those of the record, slow paths calls out. */

import { type Code, type ConditionName, get, i32c, set, tee, uleb, use, type ValueType } from '../ir/code.ts';
import { conditionHolds, FLAG_SLOTS } from '../ir/conditions.ts';
import { i32, i64, zext } from '../ir/expr.ts';
import { v128 } from '../ir/expr-vector.ts';
import { RECORD_A, RECORD_B, RECORD_C, RECORD_IMM, RECORD_IMM_HIGH } from '../ir/records.ts';
import { slotAccess } from '../ir/slot-access.ts';
import { ACCESS_DATA, ACCESS_VA, FP_RESULT, R, type Slot } from '../slots.ts';
import { LEFT, RUN_ON } from './interpreter-exits.ts';
import {
  CALLING,
  cpu,
  type Imports,
  ip,
  LINK_AT,
  OUTCOME,
  ret,
  setIp,
  setLocal,
  slotAt,
} from './interpreter-locals.ts';
import type { CodeWriter, Target } from './writer.ts';

/** Resolves tokens by fetching operands through the record at `ip`. */
export class InterpreterTarget implements Target {
  immB = false;
  /** Label of the loop that finds the block at PC while `ip` is 0. */
  dispatch = 0;
  constructor(private readonly imports: Imports) {}

  operand(out: CodeWriter, operand: 'a' | 'b' | 'c', vector: boolean): void {
    if (operand === 'b' && this.immB) out.emit(i64.load(ip, RECORD_IMM));
    else out.emit((vector ? v128 : i64).load(slotAt({ a: RECORD_A, b: RECORD_B, c: RECORD_C }[operand])));
  }
  imm(out: CodeWriter, high: boolean): void {
    out.emit(high ? i32.load(ip, RECORD_IMM_HIGH) : i64.load(ip, RECORD_IMM));
  }
  get(out: CodeWriter, slot: Slot): void {
    out.emit(slotAccess(slot).load(cpu, slot));
  }
  set(out: CodeWriter, slot: Slot, value: Code): void {
    out.emit(slotAccess(slot).store(cpu, value, slot));
  }
  condition(out: CodeWriter, name: ConditionName): void {
    out.emit(conditionHolds(name, FLAG_SLOTS));
  }
  scratch(type: ValueType, index: number): number {
    return { i32: 3, i64: 7, v128: 11 }[type] + index;
  }
  crcTables(out: CodeWriter): void {
    out.emit(0x23, uleb(this.imports.crcTables));
  }
  slowLoad(out: CodeWriter, access: number, va: Code): void {
    out.emit(set(ACCESS_VA, va), CALLING, ip, i32c(access), 0x10, uleb(this.imports.loadSlow));
    this.leaveIf(out);
    out.emit(get(ACCESS_DATA));
  }
  slowStore(out: CodeWriter, access: number, va: Code, value: Code): void {
    out.emit(set(ACCESS_DATA, value), set(ACCESS_VA, va));
    out.emit(CALLING, ip, i32c(access), 0x10, uleb(this.imports.storeSlow));
    this.leaveIf(out);
  }
  alignmentFault(out: CodeWriter, access: number, va: Code): void {
    out.emit(set(ACCESS_VA, va), ip, i32c(access), 0x10, uleb(this.imports.alignmentFault));
    this.leaveIf(out);
  }
  stackFault(out: CodeWriter): void {
    out.emit(ip, 0x10, uleb(this.imports.stackFault));
    this.leaveIf(out);
  }
  slowFloat(out: CodeWriter): void {
    const flags: Code = [ip, 0x10, ...uleb(this.imports.slowFloat)];
    out.emit(set(R.FPSR, i64.or(get(R.FPSR), zext(flags))), get(FP_RESULT));
  }
  /** Goes on after a call out, whose outcome is on the stack, as that says. */
  leaveIf(out: CodeWriter): void {
    out.when(tee(OUTCOME, []), () => {
      out.when(i32.eq(use(OUTCOME), i32c(RUN_ON)), () => this.find(out));
      out.emit(ret(LEFT));
    });
  }
  /** Goes on at PC, with a block that is looked up. */
  find(out: CodeWriter): void {
    this.follow(out, i32c(0));
  }
  /** Goes on at PC, with the block that the link at an address leads to. */
  follow(out: CodeWriter, linkAt: Code): void {
    out.emit(setLocal(LINK_AT, linkAt), setIp(i32c(0)));
    out.br(this.dispatch);
  }
}
