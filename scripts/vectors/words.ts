/** Draws instruction words from encoding diagrams, aimed so that most of them do something in the state they meet. */

import type { FieldPosition } from '../../src/cpu/decode/pattern.ts';
import { CODE_PAGE, CODE_START, READ_WRITE, WINDOW } from '../../test/vectors/environment.ts';
import type { Prng } from '../../test/vectors/prng.ts';
import { codeAddress, dataAddress, type InitialState } from '../../test/vectors/state.ts';
import {
  isAtomic,
  isBranchRegister,
  isExclusive,
  isLiteral,
  isLoadStore,
  isMoveToPstate,
  isSystem,
  pcRelativeImmediate,
} from './classes.ts';
import type { Row } from './rows.ts';
import { SAFE_OPERATIONS, SAFE_REGISTERS } from './safe-registers.ts';

/** Where a word stands in its test. */
export interface Place {
  /** Index of the word, and the number of words of the test. */
  readonly index: number;
  readonly count: number;
}

const ZERO_OR_SP = 31;

function fieldValue(field: FieldPosition, drawn: number[], prng: Prng): number {
  const limit = 2 ** field.width;
  if (/^R[a-z]\d?$/.test(field.name)) {
    const choice = prng.below(10);
    if (choice === 0) return ZERO_OR_SP;
    if (choice === 1 && drawn.length > 0) return prng.pick(drawn);
    const register = prng.below(limit);
    drawn.push(register);
    return register;
  }
  if (field.width > 3 && prng.chance(25)) return prng.pick([0, 1, limit / 2 - 1, limit / 2, limit - 2, limit - 1]);
  return prng.below(limit);
}

/** A word and which of its bits the diagram leaves free; `set` touches those alone. */
class Draft {
  constructor(
    public word: number,
    private readonly free: number,
  ) {}

  set(shift: number, width: number, value: number): void {
    const mask = (((2 ** width - 1) << shift) & this.free) >>> 0;
    this.word = ((this.word & ~mask) | ((value << shift) & mask)) >>> 0;
  }
  get(shift: number, width: number): number {
    return (this.word >>> shift) & (2 ** width - 1);
  }
}

/** Numbers of the general registers whose value passes. */
function registersWhere(state: InitialState, passes: (value: bigint) => boolean): number[] {
  return Array.from({ length: 31 }, (_, n) => n).filter((n) => passes(state.registers[n]));
}
const inWindow = (value: bigint): boolean =>
  value >= BigInt(READ_WRITE.from - 32) && value < BigInt(WINDOW.from + WINDOW.bytes + 32);
const inCode = (value: bigint): boolean => value >= BigInt(CODE_PAGE) && value < BigInt(CODE_PAGE + 0x1000);
const isSmall = (value: bigint): boolean => BigInt.asIntN(64, value) >= -1024n && BigInt.asIntN(64, value) < 1024n;

function aimLoadStore(draft: Draft, state: InitialState, prng: Prng): void {
  const aligned = (isExclusive(draft.word) || isAtomic(draft.word)) && prng.chance(90);
  const bases = registersWhere(state, (value) => inWindow(value) && (!aligned || value % 16n === 0n));
  if (!aligned) bases.push(ZERO_OR_SP);
  if (bases.length > 0) draft.set(5, 5, prng.pick(bases));
  const registerOffset = (draft.word & 0x3b200c00) === 0x38200800;
  if (registerOffset) {
    const indexes = registersWhere(state, isSmall);
    if (indexes.length > 0) draft.set(16, 5, prng.pick(indexes));
    draft.set(14, 1, 1);
  }
  const unsignedOffset = (draft.word & 0x3b000000) === 0x39000000;
  if (unsignedOffset) draft.set(10, 12, draft.get(10, 6));
}

/** A target that ends the test or, in a longer one, skips forward. */
function branchTarget(place: Place, prng: Prng): number {
  const left = place.count - place.index - 1;
  if (left > 0 && prng.chance(80)) return CODE_START + (place.index + 1 + prng.below(left + 1)) * 4;
  return codeAddress(prng) & ~3;
}

/** op1 and op2 of MSR (immediate) to SPSel, DAIFSet and DAIFClr. */
const PSTATE_FIELDS = [
  [0, 5],
  [3, 6],
  [3, 7],
] as const;

function aimSystem(draft: Draft, state: InitialState, prng: Prng): void {
  const registerMove = draft.get(20, 1) === 1;
  if (registerMove) {
    draft.set(5, 15, prng.pick(SAFE_REGISTERS));
    return;
  }
  draft.set(5, 15, SAFE_OPERATIONS[prng.chance(90) ? 0 : 1]);
  const addresses = registersWhere(state, inWindow);
  if (addresses.length > 0) draft.set(0, 5, prng.pick(addresses));
}

function aim(draft: Draft, state: InitialState, place: Place, prng: Prng): void {
  const here = CODE_START + place.index * 4;
  const immediate = pcRelativeImmediate(draft.word);
  if (isLiteral(draft.word)) {
    const target = prng.chance(70) ? dataAddress(prng) : codeAddress(prng);
    draft.set(5, 19, (target - here) >> 2);
  } else if (isLoadStore(draft.word)) aimLoadStore(draft, state, prng);
  else if (immediate) draft.set(immediate.shift, immediate.width, (branchTarget(place, prng) - here) >> 2);
  else if (isMoveToPstate(draft.word)) {
    const [op1, op2] = prng.pick(PSTATE_FIELDS);
    draft.set(16, 3, op1);
    draft.set(5, 3, op2);
  } else if (isBranchRegister(draft.word)) {
    const targets = registersWhere(state, inCode);
    if (targets.length > 0) draft.set(5, 5, prng.pick(targets));
  }
}

/** A word of the row; 85 of 100 are aimed at mapped addresses of the state, and all at safe system registers. */
export function drawWord(row: Row, state: InitialState, place: Place, prng: Prng): number {
  const { mask, value, fields } = row.pattern;
  const drawn: number[] = [];
  let word = value;
  for (const field of fields) word |= fieldValue(field, drawn, prng) << field.shift;
  const draft = new Draft(word >>> 0, ~mask >>> 0);
  if (isSystem(draft.word)) aimSystem(draft, state, prng);
  else if (prng.chance(85)) aim(draft, state, place, prng);
  return draft.word;
}

/** A load-exclusive with the address and size of a store-exclusive, so that the store may succeed. */
export function matchingLoadExclusive(store: number): number {
  const rn = (store >>> 5) & 31;
  const pair = (store & 0x200000) !== 0;
  // Two registers that are neither the base nor each other.
  const [rt, rt2] = [1, 2].map((step) => (rn + step) % 31);
  return ((store & 0xffa083e0) | 0x400000 | (31 << 16) | ((pair ? rt2 : 31) << 10) | rt) >>> 0;
}
