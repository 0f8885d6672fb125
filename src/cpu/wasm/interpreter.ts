/**
 * Makes the interpreter from the op table: a dispatch loop around a `br_table` over op numbers, and a second function for
 * vector ops, whose number would cost the loop its registers.
 */

import { NEXT } from '../core.ts';
import {
  A,
  assign,
  type Code,
  type ConditionName,
  get,
  IMM,
  i32c,
  L32,
  L64,
  set,
  tee,
  uleb,
  use,
  type ValueType,
  when,
} from '../ir/code.ts';
import { conditionHolds, FLAG_SLOTS } from '../ir/conditions.ts';
import { i32, i64, zext } from '../ir/expr.ts';
import { v128 } from '../ir/expr-vector.ts';
import { FIRST_VECTOR_OP, OP_CODES, type OpCode } from '../ir/ops.ts';
import {
  HEADER_HEAT,
  HEADER_INSTRUCTIONS,
  HEADER_LINK_LAST,
  HEADER_LINK_TAKEN,
  HEADER_REGION,
  JUMP_CACHE_START,
  NO_LINK,
  RECORD_A,
  RECORD_B,
  RECORD_BYTES,
  RECORD_C,
  RECORD_D,
  RECORD_IMM,
  RECORD_IMM_HIGH,
  REGION_ENTRY_SHIFT,
  REGION_INDEX_MASK,
} from '../ir/records.ts';
import { slotAccess } from '../ir/slot-access.ts';
import { ACCESS_DATA, ACCESS_VA, BLOCK, BUDGET, CALLED_OUT, EXIT_AT, FP_RESULT, PC, R, type Slot } from '../slots.ts';
import { ModuleWriter } from './encoder.ts';
import { noteBranch } from './history.ts';
import { jumpCacheHit, jumpCacheShares, jumpCacheTake } from './jump-cache.ts';
import { straightCode } from './op-code.ts';
import { CodeWriter, type Target } from './writer.ts';

/** Why `run` returned. */
const LEFT = 0;
/** The block at EXIT_AT has more instructions than the budget, or is dead; nothing of it ran. */
export const BUDGET_OUT = 1;
/** A `stop` op was reached: EXIT_AT is its record. */
export const STOPPED = 2;
/** The block at EXIT_AT, or the region that it enters, has become hot; nothing of it ran. */
export const HOT = 3;

/** What a call out returns besides NEXT and LEAVE: run on at PC, all else has been seen to. */
export const RUN_ON = 2;

const CPU = 0;
const IP = 1;
/** On the way to the dispatcher: where the link to the next block is, if it may have one, and what it says. */
const LINK_AT = 2;
const LINK = 3;
const LOCALS: readonly ValueType[] = [
  'i32',
  'i32',
  'i32',
  'i32',
  'i32',
  'i32',
  'i64',
  'i64',
  'i64',
  'i64',
  'v128',
  'v128',
  'v128',
  'v128',
  'v128',
  'v128',
];

const cpu: Code = [0x20, CPU];
const local = (index: number): Code => [0x20, index];
const setLocal = (index: number, value: Code): Code => [value, 0x21, index];
const ip = local(IP);
const setIp = (value: Code): Code => setLocal(IP, value);
const slotAt = (field: number): Code => i32.add(cpu, i32.load16_u(ip, field));
/** No op keeps anything in it over a call out. */
const OUTCOME = L32[3];
/** Before a call out that may come back to its block, with its page mapped no more. */
const CALLING = set(CALLED_OUT, i32c(1));
const ret = (reason: number): Code => [i32c(reason), 0x0f];
const header = (field: number): Code => i32.load(i32.sub(ip, i32c(-field)));

interface Imports {
  lookup: number;
  loadSlow: number;
  storeSlow: number;
  alignmentFault: number;
  stackFault: number;
  callout: number;
  slowFloat: number;
  jumpCache: number;
  crcTables: number;
}

/** Resolves tokens by fetching operands through the record at `ip`. */
class InterpreterTarget implements Target {
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
    return { i32: 4, i64: 8, v128: 12 }[type] + index;
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
    out.emit(setLocal(LINK_AT, i32c(0)), setLocal(LINK, i32c(0)), setIp(i32c(0)));
    out.br(this.dispatch);
  }
  /** Goes on at a VA, with the block that a link of this one leads to. */
  follow(out: CodeWriter, link: number, va: Code): void {
    out.emit(
      set(PC, va),
      setLocal(LINK_AT, i32.sub(get(BLOCK), i32c(-link))),
      setLocal(LINK, i32.load(local(LINK_AT))),
    );
    const isOpen = i32.and(i32.ne(local(LINK), i32c(NO_LINK)), i32.eqz(get(CALLED_OUT)));
    out.when(i32.eqz(isOpen), () => this.find(out));
    out.emit(setIp(i32c(0)));
    out.br(this.dispatch);
  }
}

/** Finds the block at PC, whose address `ip` becomes; what is found without a call out becomes the link at LINK_AT. */
function findBlock(out: CodeWriter, imports: Imports): void {
  const [pc] = L64;
  const [entry, , start, page] = L32;
  const keepLink: Code = when(local(LINK_AT), i32.store(local(LINK_AT), ip));
  out.emit(assign(pc, get(PC)), set(CALLED_OUT, i32c(0)));
  out.when(
    jumpCacheHit([0x23, ...uleb(imports.jumpCache)], cpu, pc, entry),
    () => out.emit(setIp(i32.load(use(entry), JUMP_CACHE_START)), keepLink),
    () =>
      out.when(
        jumpCacheShares(pc, entry, start, page),
        () => out.emit(jumpCacheTake(cpu, pc, entry), setIp(use(start)), keepLink),
        () => {
          out.emit(setIp([0x10, ...uleb(imports.lookup)]));
          out.when(i32.eqz(ip), () => out.emit(ret(LEFT)));
        },
      ),
  );
}

/** Goes to the block that the link says, else to that at PC; pays for it out of the budget, enters its region if it has one. */
function enterBlock(out: CodeWriter, target: InterpreterTarget, imports: Imports, regionType: number): void {
  const [entry, left] = L32;
  out.when(
    local(LINK),
    () => out.emit(setIp(local(LINK))),
    () => findBlock(out, imports),
  );
  out.emit(assign(left, i32.sub(get(BUDGET), header(HEADER_INSTRUCTIONS))));
  out.when(i32.lt_s(use(left), i32c(0)), () => {
    // It may be dead.
    out.when(local(LINK), () => {
      out.emit(i32.store(local(LINK_AT), i32c(0)));
      target.find(out);
    });
    out.emit(set(EXIT_AT, ip), ret(BUDGET_OUT));
  });
  const heat: Code = i32.sub(ip, i32c(-HEADER_HEAT));
  out.emit(i32.store(heat, tee(entry, i32.sub(i32.load(heat), i32c(1)))));
  out.when(i32.eqz(use(entry)), () => out.emit(set(EXIT_AT, ip), ret(HOT)));
  // A region pays for its blocks itself.
  out.when(tee(entry, header(HEADER_REGION)), () => {
    const number = i32.shr_u(use(entry), i32c(REGION_ENTRY_SHIFT));
    const index = i32.and(use(entry), i32c(REGION_INDEX_MASK));
    out.emit(
      setIp([cpu, number, index, 0x11, ...uleb(regionType), 0]),
      setLocal(LINK_AT, i32c(0)),
      setLocal(LINK, i32c(0)),
    );
    out.br(target.dispatch);
  });
  out.emit(set(BUDGET, use(left)), set(BLOCK, ip));
}

function opCase(out: CodeWriter, op: OpCode, target: InterpreterTarget, imports: Imports, next: number): void {
  const { row } = op;
  switch (row.kind) {
    case 'branch':
      out.when(row.cond, () => target.follow(out, HEADER_LINK_TAKEN, IMM));
      break;
    case 'goto':
      out.emit(noteBranch(row, cpu));
      if (!row.indirect) return target.follow(out, HEADER_LINK_LAST, IMM);
      out.emit(set(PC, A));
      return target.find(out);
    case 'callout': {
      const call: Code = [CALLING, ip, 0x10, ...uleb(imports.callout)];
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
function vectorBody(target: InterpreterTarget): number[] {
  const out = new CodeWriter(target);
  const ops = OP_CODES.slice(FIRST_VECTOR_OP);
  dispatchTo(out, ops, FIRST_VECTOR_OP);
  for (const op of ops) {
    out.close();
    target.immB = op.immB;
    straight(out, op);
    out.emit(0x0f);
  }
  return out.bytes;
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
    callout: module.importFunction('callout', takes(1, 1)),
    slowFloat: module.importFunction('slow_float', takes(1, 1)),
    jumpCache: module.importConstant('jump_cache'),
    crcTables: module.importConstant('crc_tables'),
  };
  module.importTable('table');
  const regionType = module.type(takes(2, 1));
  const target = new InterpreterTarget(imports);
  const runVector = module.func(undefined, takes(2, 0), LOCALS, vectorBody(target));
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
  module.func('run', takes(2, 1), LOCALS, out.bytes);
  const shim = new CodeWriter(target);
  shim.emit([0x20, 0], 0x10, uleb(imports.slowFloat));
  module.func('slow_float', takes(1, 1), [], shim.bytes);
  return module.bytes();
}
