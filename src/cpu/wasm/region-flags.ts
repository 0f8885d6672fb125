/** NZCV in a region: operands of the last op that set them, until something reads the flags or control leaves (law 10). */

import { A, assign, B, type Code, type ConditionName, i32c, set, use, type ValueType, when } from '../ir/code.ts';
import { conditionHolds, FLAG_SLOTS } from '../ir/conditions.ts';
import { i32, i64, w, zext } from '../ir/expr.ts';
import { flagEffect } from '../ir/flag-effect.ts';
import { OPS } from '../ir/ops.ts';
import { type OpRow, type SetterRow, setterLocals } from '../ir/row.ts';
import { C, N, type Slot, V, Z } from '../slots.ts';
import { FLAG_KINDS, type FlagState, flagsAfter, isLogic, KNOWN, VARIES } from './flag-states.ts';
import { setterResult, straightCode } from './op-code.ts';
import { cpu, FLAG_KIND, FLAG_X, FLAG_Y, local, setLocal, teeLocal } from './region-locals.ts';
import type { CodeWriter } from './writer.ts';

/** Conditions after x - y that are one comparison of x and y. */
const COMPARISONS = {
  eq: 'eq',
  ne: 'ne',
  cs: 'ge_u',
  cc: 'lt_u',
  hi: 'gt_u',
  ls: 'le_u',
  ge: 'ge_s',
  lt: 'lt_s',
  gt: 'gt_s',
  le: 'le_s',
} as const satisfies Partial<Record<ConditionName, keyof typeof i32>>;

/** Operands of a kind as its width has them. */
const operands = ({ width }: SetterRow): { x: Code; y: Code } =>
  width === 64 ? { x: local(FLAG_X), y: local(FLAG_Y) } : { x: w(local(FLAG_X)), y: w(local(FLAG_Y)) };

/** Makes `x`, `y` and `r` of a kind those that its flags name. */
function bind(row: SetterRow): Code {
  const { x, y, r } = setterLocals(row.width);
  const from = operands(row);
  return [assign(x, from.x), assign(y, from.y), assign(r, row.result)];
}

function isComparison(name: ConditionName): name is keyof typeof COMPARISONS {
  return name in COMPARISONS;
}

function conditionOf(row: SetterRow, name: ConditionName): Code {
  const isDifference = row === OPS.subs64 || row === OPS.subs32;
  if (!isDifference || !isComparison(name)) return [bind(row), conditionHolds(name, row.flags)];
  const { x, y } = operands(row);
  return (row.width === 64 ? i64 : i32)[COMPARISONS[name]](x, y);
}

const compute = (row: SetterRow): Code => {
  const { flags } = row;
  return [bind(row), set(N, flags.N), set(Z, flags.Z), set(C, flags.C), set(V, flags.V)];
};

/** Code for flags of one kind, if they are. */
function ofKind(is: Code, kind: FlagState, code: (row: SetterRow) => Code): Code {
  const row = FLAG_KINDS[kind];
  return row === undefined ? [] : when(i32.eq(is, i32c(kind)), code(row));
}

/** Of the function that writes flags to the CPU struct: the struct, the kind, FLAG_X and FLAG_Y. */
export const WRITE_FLAGS_PARAMS: readonly ValueType[] = ['i32', 'i32', 'i64', 'i64'];
const KIND_PARAM = 1;

/** Its body; a region calls it where control leaves. */
export const writeFlags: Code = FLAG_KINDS.map((_, kind) =>
  ofKind(local(KIND_PARAM), kind, (row) => {
    const { flags } = row;
    const store = (slot: Slot, code: Code): Code => i32.store(cpu, code, slot);
    return [bind(row), store(N, flags.N), store(Z, flags.Z), store(C, flags.C), store(V, flags.V)];
  }),
);

/** Keeps what the flags of a row come from, and stores its result. */
function keep(row: SetterRow, store: (value: Code) => Code): Code {
  const { x, y, r } = setterLocals(row.width);
  const narrow = row.width === 64 ? (code: Code): Code => code : w;
  const writesD = row.fields.includes('d');
  if (isLogic(row)) {
    const result = row.width === 64 ? use(r) : zext(use(r));
    const kept: Code = [setterResult(row), setLocal(FLAG_Y, teeLocal(FLAG_X, result))];
    return writesD ? [kept, store(local(FLAG_X))] : kept;
  }
  if (!writesD) return [setLocal(FLAG_X, A), setLocal(FLAG_Y, B)];
  const sources = [assign(x, narrow(teeLocal(FLAG_X, A))), assign(y, narrow(teeLocal(FLAG_Y, B)))];
  return [sources, assign(r, row.result), store(row.width === 64 ? use(r) : zext(use(r)))];
}

export class RegionFlags {
  /** Where the flags are at the place that code is written for. */
  state: FlagState = KNOWN;

  /** @param kinds all that the region's ops leave */
  constructor(
    private readonly out: CodeWriter,
    private readonly kinds: ReadonlySet<FlagState>,
  ) {}

  /** Has the flags where an op wants them that comes next. */
  before(row: OpRow): void {
    const effect = flagEffect(row);
    const isNeeded = effect === 'touches' || (effect === 'tests' && this.state === VARIES);
    if (isNeeded && this.state !== KNOWN) this.toSlots();
  }

  /** Code of an op that sets flags. */
  setter(row: SetterRow, store: (value: Code) => Code): Code {
    this.state = flagsAfter(this.state, row);
    return this.state === KNOWN ? straightCode(row, store) : keep(row, store);
  }

  /** 1 when the flags satisfy a condition, else 0 (i32). */
  condition(name: ConditionName): Code {
    const row = FLAG_KINDS[this.state];
    return row === undefined ? conditionHolds(name, FLAG_SLOTS) : conditionOf(row, name);
  }

  /** Before a branch to code that has the flags in a given state. */
  goTo(state: FlagState): void {
    if (state === VARIES && this.state !== VARIES) this.tell();
    else if (state !== this.state) throw new Error(`flags of kind ${this.state} go to ${state}`);
  }

  /** Before a branch to code that looks what the kind is. */
  tell(): void {
    if (this.state !== VARIES) this.out.emit(setLocal(FLAG_KIND, i32c(this.state)));
  }

  private toSlots(): void {
    const row = FLAG_KINDS[this.state];
    if (row !== undefined) this.out.emit(compute(row));
    else for (const kind of this.kinds) this.out.emit(ofKind(local(FLAG_KIND), kind, compute));
    this.state = KNOWN;
  }
}
