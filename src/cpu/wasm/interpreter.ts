/**
 * Makes the interpreter from the op table: a dispatch loop around a `br_table` over op numbers, and a second function for
 * vector ops, whose number would cost the loop its registers.
 */

import { NEXT } from '../core.ts';
import { A, type Code, get, IMM, i32c, set, uleb, type ValueType, when } from '../ir/code.ts';
import { i32, i64 } from '../ir/expr.ts';
import { v128 } from '../ir/expr-vector.ts';
import { FIRST_VECTOR_OP, OP_CODES, type OpCode } from '../ir/ops.ts';
import {
  HEADER_LINK_LAST,
  HEADER_LINK_TAKEN,
  RECORD_A,
  RECORD_BYTES,
  RECORD_D,
  RECORD_IMM,
  RECORD_IMM_HIGH,
} from '../ir/records.ts';
import { BLOCK, EXIT_AT, PC } from '../slots.ts';
import { ModuleWriter } from './encoder.ts';
import { noteBranch } from './history.ts';
import { enterBlock } from './interpreter-dispatch.ts';
import { STOPPED } from './interpreter-exits.ts';
import { CALLING, cpu, type Imports, ip, LOCALS, ret, setIp, slotAt } from './interpreter-locals.ts';
import { InterpreterTarget } from './interpreter-target.ts';
import { straightCode } from './op-code.ts';
import { CodeWriter } from './writer.ts';

function opCase(out: CodeWriter, op: OpCode, target: InterpreterTarget, imports: Imports, next: number): void {
  const { row } = op;
  const goTo = (link: number): void => {
    out.emit(set(PC, IMM));
    target.follow(out, i32.sub(get(BLOCK), i32c(-link)));
  };
  switch (row.kind) {
    case 'branch':
      out.when(row.cond, () => goTo(HEADER_LINK_TAKEN));
      break;
    case 'goto':
      out.emit(noteBranch(row, cpu));
      if (!row.indirect) return goTo(HEADER_LINK_LAST);
      out.emit(set(PC, A));
      return target.find(out);
    case 'callout': {
      const word = i32.load(ip, RECORD_IMM);
      const name = i32.load(ip, RECORD_IMM_HIGH);
      const call: Code = [CALLING, ip, name, word, i32.load16_u(ip, RECORD_A), 0x10, ...uleb(imports.callout)];
      out.emit(row.cond === undefined ? call : when(row.cond, call, i32c(NEXT), 'i32'));
      target.leaveIf(out);
      break;
    }
    case 'stop':
      return out.emit(set(EXIT_AT, ip), ret(STOPPED));
    default:
      straight(out, op);
  }
  advance(out, next);
}

function advance(out: CodeWriter, next: number): void {
  out.emit(setIp(i32.add(ip, i32c(RECORD_BYTES))));
  out.br(next);
}

function straight(out: CodeWriter, { row }: OpCode): void {
  if (row.kind !== 'value' && row.kind !== 'effect' && row.kind !== 'setter')
    throw new Error(`${row.kind} leaves its op`);
  out.emit(straightCode(row, (value) => (row.fields.includes('vd') ? v128 : i64).store(slotAt(RECORD_D), value)));
}

/** Opens a block for each op, of which the first is numbered `first`, and branches to the end of that of the record's op. */
function dispatchTo(out: CodeWriter, ops: readonly OpCode[], first: number, otherwise?: number): void {
  const cases = ops.map(() => out.open('block')).reverse();
  out.emit(i32.sub(i32.load16_u(ip), i32c(first)), 0x0e, uleb(cases.length));
  for (const label of cases) out.emit(uleb(out.depth - label));
  out.emit(uleb(out.depth - (otherwise ?? cases[cases.length - 1])));
}

/** Body of the function that runs one vector op: these neither fault nor branch. */
function vectorBody(target: InterpreterTarget): Uint8Array {
  const out = new CodeWriter(target);
  const ops = OP_CODES.slice(FIRST_VECTOR_OP);
  dispatchTo(out, ops, FIRST_VECTOR_OP);
  for (const op of ops) {
    out.close();
    target.immB = op.immB;
    straight(out, op);
    out.emit(0x0f);
  }
  return out.take();
}

/**
 * The interpreter module. Imports: memory, table, jump_cache, crc_tables, and the calls out. Exports: `run(cpu, ip)`, and
 * `slow_float` for regions, since V8 compiles a wrapper for each module that imports a function of TypeScript.
 */
export function interpreterModule(): Uint8Array {
  const module = new ModuleWriter();
  const takes = (params: number, results: number) => ({
    params: Array<ValueType>(params).fill('i32'),
    results: Array<ValueType>(results).fill('i32'),
  });
  const imports: Imports = {
    lookup: module.importFunction('lookup', takes(0, 1)),
    loadSlow: module.importFunction('load_slow', takes(2, 1)),
    storeSlow: module.importFunction('store_slow', takes(2, 1)),
    alignmentFault: module.importFunction('alignment_fault', takes(2, 1)),
    stackFault: module.importFunction('stack_fault', takes(1, 1)),
    callout: module.importFunction('callout', takes(4, 1)),
    slowFloat: module.importFunction('slow_float', takes(1, 1)),
    jumpCache: module.importConstant('jump_cache'),
    crcTables: module.importConstant('crc_tables'),
  };
  module.importTable('table');
  const regionType = module.type(takes(2, 1));
  const target = new InterpreterTarget(imports);
  const runVector = module.func(undefined, takes(2, 0), LOCALS, [vectorBody(target)]);
  const out = new CodeWriter(target);
  const dispatch = out.open('loop');
  target.dispatch = dispatch;
  out.when(i32.eqz(ip), () => enterBlock(out, target, imports, regionType));
  const next = out.open('loop');
  const vector = out.open('block');
  dispatchTo(out, OP_CODES.slice(0, FIRST_VECTOR_OP), 0, vector);
  for (const op of OP_CODES.slice(0, FIRST_VECTOR_OP)) {
    out.close();
    target.immB = op.immB;
    opCase(out, op, target, imports, next);
  }
  out.close();
  out.emit(cpu, ip, 0x10, uleb(runVector));
  advance(out, next);
  out.close();
  out.close();
  out.emit(0x00);
  module.func('run', takes(2, 1), LOCALS, [out.take()]);
  const shim = new CodeWriter(target);
  shim.emit([0x20, 0], 0x10, uleb(imports.slowFloat));
  module.func('slow_float', takes(1, 1), [], [shim.take()]);
  return module.bytes();
}
