/** What each IR op means, once more: on BigInt, from the manual's pseudocode, without a look at the op table. */

import type { OpName } from '../../../src/cpu/ir/ops.ts';

/** Operands of an op. Slots are 64 bits; `imm` is the record's 64-bit immediate, `nzcv` the flags before it. */
export interface Inputs {
  readonly a: bigint;
  readonly b: bigint;
  readonly c: bigint;
  readonly imm: bigint;
  readonly nzcv: number;
}
/** What it leaves: d, the flags where it sets them, whether it branches. */
export interface Outputs {
  readonly d?: bigint;
  readonly nzcv?: number;
  readonly taken?: boolean;
}
export type Model = (inputs: Inputs) => Outputs;

type Width = 32 | 64;
const WIDTHS = [32, 64] as const;
const low = (width: Width, value: bigint): bigint => BigInt.asUintN(width, value);
const signed = (width: Width, value: bigint): bigint => BigInt.asIntN(width, value);

/** AddWithCarry of the manual's shared pseudocode. */
function addWithCarry(width: Width, x: bigint, y: bigint, carry: bigint): { d: bigint; nzcv: number } {
  const [ux, uy] = [low(width, x), low(width, y)];
  const d = low(width, ux + uy + carry);
  const n = Number(d >> BigInt(width - 1)) << 3;
  const z = d === 0n ? 4 : 0;
  const c = d === ux + uy + carry ? 0 : 2;
  const v = signed(width, d) === signed(width, ux) + signed(width, uy) + carry ? 0 : 1;
  return { d, nzcv: n | z | c | v };
}

/** ConditionHolds for the name of a condition. */
function holds(name: string, nzcv: number): boolean {
  const [n, z, c, v] = [8, 4, 2, 1].map((bit) => (nzcv & bit) !== 0);
  const table: Record<string, boolean> = {
    eq: z,
    ne: !z,
    cs: c,
    cc: !c,
    mi: n,
    pl: !n,
    vs: v,
    vc: !v,
    hi: c && !z,
    ls: !(c && !z),
    ge: n === v,
    lt: n !== v,
    gt: n === v && !z,
    le: !(n === v && !z),
  };
  return table[name];
}
const CONDITION_NAMES = ['eq', 'ne', 'cs', 'cc', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le'];

const bits = (width: Width, value: bigint): string => low(width, value).toString(2).padStart(width, '0');
const leading = (width: Width, value: bigint): bigint => BigInt(bits(width, value).search(/1|$/));
const countSign = (width: Width, value: bigint): bigint => {
  const text = bits(width, value);
  return BigInt(text.search(text[0] === '1' ? /0|$/ : /1|$/)) - 1n;
};
const fromBits = (text: string): bigint => BigInt(`0b${text}`);

/** Reverses the bytes of each `container` bytes of a value of `width` bits. */
function reverseBytes(width: Width, container: number, value: bigint): bigint {
  const bytes = Array.from({ length: width / 8 }, (_, i) => (value >> BigInt(8 * i)) & 0xffn);
  const moved = bytes.map((_, i) => bytes[i - (i % container) + container - 1 - (i % container)]);
  return moved.reduce((sum, byte, i) => sum | (byte << BigInt(8 * i)), 0n);
}

/** CRC-32 bit by bit; the polynomial is reflected. */
function crc(polynomial: bigint, acc: bigint, value: bigint, bytes: number): bigint {
  let sum = low(32, acc) ^ (value & ((1n << BigInt(8 * bytes)) - 1n));
  for (let bit = 0; bit < 8 * bytes; bit++) sum = (sum & 1n) === 1n ? (sum >> 1n) ^ polynomial : sum >> 1n;
  return low(32, sum);
}

const divide = (x: bigint, y: bigint): bigint => (y === 0n ? 0n : x / y);
const rotate = (width: Width, value: bigint, by: bigint): bigint => {
  const x = low(width, value);
  return low(width, (x >> by) | (x << (BigInt(width) - by)));
};

/** Models of ops with a result, by name without the width, which both widths of an op share. */
const BY_WIDTH: Readonly<Record<string, (width: Width, inputs: Inputs) => bigint>> = {
  mov: (w, { a }) => low(w, a),
  add: (w, { a, b }) => low(w, a + b),
  sub: (w, { a, b }) => low(w, a - b),
  and: (w, { a, b }) => low(w, a & b),
  or: (w, { a, b }) => low(w, a | b),
  xor: (w, { a, b }) => low(w, a ^ b),
  bic: (w, { a, b }) => low(w, a & ~b),
  orn: (w, { a, b }) => low(w, a | ~b),
  eon: (w, { a, b }) => low(w, a ^ ~b),
  not: (w, { a }) => low(w, ~a),
  shl: (w, { a, b }) => low(w, a << (b % BigInt(w))),
  shr: (w, { a, b }) => low(w, a) >> (b % BigInt(w)),
  sar: (w, { a, b }) => low(w, signed(w, a) >> (b % BigInt(w))),
  ror: (w, { a, b }) => rotate(w, a, b % BigInt(w)),
  extr: (w, { a, b, imm }) => low(w, ((low(w, a) << BigInt(w)) | low(w, b)) >> imm),
  madd: (w, { a, b, c }) => low(w, c + a * b),
  msub: (w, { a, b, c }) => low(w, c - a * b),
  sdiv: (w, { a, b }) => low(w, divide(signed(w, a), signed(w, b))),
  udiv: (w, { a, b }) => divide(low(w, a), low(w, b)),
  clz: (w, { a }) => leading(w, a),
  cls: (w, { a }) => countSign(w, a),
  rbit: (w, { a }) => fromBits([...bits(w, a)].reverse().join('')),
  select: (w, { a, b, c }) => low(w, c === 0n ? b : a),
  adc: (w, { a, b, c }) => low(w, a + b + c),
};

const results = Object.entries(BY_WIDTH).flatMap(([name, f]) =>
  WIDTHS.map((width) => [`${name}${width}`, (inputs: Inputs) => ({ d: f(width, inputs) })] as const),
);

const value =
  (f: (inputs: Inputs) => bigint): Model =>
  (inputs) => ({ d: low(64, f(inputs)) });

const setters = WIDTHS.flatMap((width) => {
  const add =
    (carry: (inputs: Inputs) => bigint): Model =>
    (i) =>
      addWithCarry(width, i.a, i.b, carry(i));
  const subtract = ({ a, b }: Inputs) => addWithCarry(width, a, ~b, 1n);
  const logic =
    (f: (a: bigint, b: bigint) => bigint): Model =>
    ({ a, b }) => {
      const d = low(width, f(a, b));
      return { d, nzcv: (Number(d >> BigInt(width - 1)) << 3) | (d === 0n ? 4 : 0) };
    };
  const conditional =
    (compare: (inputs: Inputs) => { nzcv: number }): Model =>
    (i) => ({
      nzcv: i.c === 0n ? Number(i.imm >> 32n) & 15 : compare(i).nzcv,
    });
  return [
    [`adds${width}`, add(() => 0n)],
    [`adcs${width}`, add(({ c }) => c)],
    [`subs${width}`, subtract],
    [`ands${width}`, logic((a, b) => a & b)],
    [`bics${width}`, logic((a, b) => a & ~b)],
    [`ccmp${width}`, conditional(subtract)],
    [`ccmn${width}`, conditional(({ a, b }) => addWithCarry(width, a, b, 0n))],
  ] as const;
});

const CRCS = [
  ['crc32', 0xedb8_8320n],
  ['crc32c', 0x82f6_3b78n],
] as const;
const CRC_SIZES = [
  ['b', 1],
  ['h', 2],
  ['w', 4],
  ['x', 8],
] as const;
const crcs = CRCS.flatMap(([name, polynomial]) =>
  CRC_SIZES.map(([suffix, bytes]) => [name + suffix, value(({ a, b }) => crc(polynomial, a, b, bytes))] as const),
);

const conditions = CONDITION_NAMES.flatMap((name): [string, Model][] => [
  [`cond_${name}`, ({ nzcv }) => ({ d: holds(name, nzcv) ? 1n : 0n })],
  [`b_${name}`, ({ nzcv }) => ({ taken: holds(name, nzcv) })],
]);

/** Bit 55 chooses the range of a branch target (AArch64.BranchAddr). */
const upper = (a: bigint): boolean => ((a >> 55n) & 1n) === 1n;
const TAG = 0xffn << 56n;

/** SETF8 and SETF16: C stays. */
function setf(size: bigint): Model {
  return ({ a, nzcv }) => {
    const bit = (at: bigint): number => Number((a >> at) & 1n);
    const z = (a & ((1n << size) - 1n)) === 0n ? 4 : 0;
    return { nzcv: (bit(size - 1n) << 3) | z | (nzcv & 2) | (bit(size) ^ bit(size - 1n)) };
  };
}

const MODELS: ReadonlyMap<string, Model> = new Map<string, Model>([
  ...results,
  ...setters,
  ...crcs,
  ...conditions,
  ['movi', value(({ imm }) => imm)],
  ['smax64', value(({ a, b }) => (signed(64, a) > signed(64, b) ? a : b))],
  ['smin64', value(({ a, b }) => (signed(64, a) < signed(64, b) ? a : b))],
  ['umax64', value(({ a, b }) => [a, b][Number(a < b)])],
  ['umin64', value(({ a, b }) => [a, b][Number(a > b)])],
  ['setf8', setf(8n)],
  ['setf16', setf(16n)],
  ['mul64', value(({ a, b }) => a * b)],
  ['sext8', value(({ a }) => BigInt.asIntN(8, a))],
  ['sext16', value(({ a }) => BigInt.asIntN(16, a))],
  ['sext32', value(({ a }) => BigInt.asIntN(32, a))],
  ['smulh', value(({ a, b }) => (signed(64, a) * signed(64, b)) >> 64n)],
  ['umulh', value(({ a, b }) => (a * b) >> 64n)],
  ['rev16_64', value(({ a }) => reverseBytes(64, 2, a))],
  ['rev16_32', value(({ a }) => reverseBytes(32, 2, a))],
  ['rev32_64', value(({ a }) => reverseBytes(64, 4, a))],
  ['rev32_32', value(({ a }) => reverseBytes(32, 4, a))],
  ['rev64', value(({ a }) => reverseBytes(64, 8, a))],
  ['carry', ({ nzcv }) => ({ d: BigInt((nzcv >> 1) & 1) })],
  ['get_nzcv', ({ nzcv }) => ({ d: BigInt(nzcv) << 28n })],
  ['set_nzcv', ({ a }) => ({ nzcv: Number((a >> 28n) & 15n) })],
  ['branch_target_tbi0', value(({ a }) => (upper(a) ? a : a & ~TAG))],
  ['branch_target_tbi1', value(({ a }) => (upper(a) ? a | TAG : a))],
  ['branch_target_tbi01', value(({ a }) => (upper(a) ? a | TAG : a & ~TAG))],
  ['branch_target_el2', value(({ a }) => a & ~TAG)],
  ['flip', ({ a }) => ({ d: a === 0n ? 1n : 0n })],
  ['b_zero64', ({ a }) => ({ taken: a === 0n })],
  ['b_nonzero64', ({ a }) => ({ taken: a !== 0n })],
  ['b_zero32', ({ a }) => ({ taken: low(32, a) === 0n })],
  ['b_nonzero32', ({ a }) => ({ taken: low(32, a) !== 0n })],
]);

/** The model of an op; undefined for memory, control and the ops that only have effects on other slots. */
export const modelOf = (name: OpName): Model | undefined => MODELS.get(name);
/** Names of all models, to find one whose op is gone. */
export const modelNames = (): readonly string[] => [...MODELS.keys()];
