/** The language of IR op bodies: wasm expressions whose operands are named, not placed. */

import type { Slot } from '../slots.ts';

/** wasm value types that bodies use. */
export type ValueType = 'i32' | 'i64' | 'v128';

/** A scratch local of one op; dead at its end. */
export interface Scratch {
  readonly index: number;
  readonly type: ValueType;
}

/** The four flags as i32 expressions, each 0 or 1. */
export interface FlagCode {
  readonly N: Code;
  readonly Z: Code;
  readonly C: Code;
  readonly V: Code;
}

/** Conditions of the `cond` field but those that always hold. */
// biome-ignore format: in pairs of opposites
export type ConditionName =
  | 'eq' | 'ne' | 'cs' | 'cc' | 'mi' | 'pl' | 'vs' | 'vc' | 'hi' | 'ls' | 'ge' | 'lt' | 'gt' | 'le';

/** What a body may name besides plain wasm bytes; the interpreter and the region compiler each resolve it. */
export type Token =
  /** An i64 slot, or with `vector` a v128 slot. */
  | { readonly kind: 'operand'; readonly operand: 'a' | 'b' | 'c'; readonly vector: boolean }
  /** The record's 64-bit immediate; `high`: only its upper 32 bits, as i32 (for ops that also use `c`). */
  | { readonly kind: 'imm'; readonly high: boolean }
  | { readonly kind: 'get'; readonly slot: Slot }
  | { readonly kind: 'set'; readonly slot: Slot; readonly value: Code }
  /** 1 when NZCV satisfy a condition, else 0; an i32. */
  | { readonly kind: 'condition'; readonly name: ConditionName }
  | { readonly kind: 'scratch'; readonly local: Scratch }
  | { readonly kind: 'let'; readonly local: Scratch; readonly value: Code; readonly tee: boolean }
  | {
      readonly kind: 'if';
      readonly type: ValueType | undefined;
      readonly cond: Code;
      readonly then: Code;
      readonly else: Code;
    }
  /** Address of the CRC-32 tables in linear memory, an i32. */
  | { readonly kind: 'crcTables' }
  /** Leaves the fast path of a load at the VA in a scratch local; its value is the i64 loaded. */
  | { readonly kind: 'slowLoad'; readonly access: number; readonly va: Code }
  /** Leaves the fast path of a store of an i64 at a VA. */
  | { readonly kind: 'slowStore'; readonly access: number; readonly va: Code; readonly value: Code }
  /** Raises an alignment fault at a VA. */
  | { readonly kind: 'alignmentFault'; readonly access: number; readonly va: Code }
  /** Raises a stack pointer alignment fault. */
  | { readonly kind: 'stackFault' }
  /** The exact library does the op of floating point and adds its flags to FPSR; the value is the v128 result. */
  | { readonly kind: 'slowFloat' };

export type Code = number | Token | readonly Code[];

/** Operands of the record. All are i64 slots; `b` may be the immediate instead. */
export const A: Token = { kind: 'operand', operand: 'a', vector: false };
export const B: Token = { kind: 'operand', operand: 'b', vector: false };
export const C3: Token = { kind: 'operand', operand: 'c', vector: false };
/** Operands that are v128 slots. */
export const A128: Token = { kind: 'operand', operand: 'a', vector: true };
export const B128: Token = { kind: 'operand', operand: 'b', vector: true };
export const C128: Token = { kind: 'operand', operand: 'c', vector: true };
export const IMM: Token = { kind: 'imm', high: false };
export const IMM_HIGH: Token = { kind: 'imm', high: true };
export const CRC_TABLES: Token = { kind: 'crcTables' };

export const get = (slot: Slot): Token => ({ kind: 'get', slot });
export const set = (slot: Slot, value: Code): Token => ({ kind: 'set', slot, value });

/** Scratch locals: four of each integer type and six vectors serve every op. */
export const L64: readonly Scratch[] = [0, 1, 2, 3].map((index) => ({ index, type: 'i64' }));
export const L32: readonly Scratch[] = [0, 1, 2, 3].map((index) => ({ index, type: 'i32' }));
export const L128: readonly Scratch[] = [0, 1, 2, 3, 4, 5].map((index) => ({ index, type: 'v128' }));
export const use = (local: Scratch): Token => ({ kind: 'scratch', local });
export const assign = (local: Scratch, value: Code): Token => ({ kind: 'let', local, value, tee: false });
export const tee = (local: Scratch, value: Code): Token => ({ kind: 'let', local, value, tee: true });

/** `if` with a result of `type`, or none. */
export const when = (cond: Code, then: Code, otherwise: Code = [], type?: ValueType): Token => ({
  kind: 'if',
  type,
  cond,
  then,
  else: otherwise,
});

/** Signed LEB128 of a 64-bit value in two halves. */
export function sleb64(hi: number, lo: number): number[] {
  const out: number[] = [];
  let high = hi | 0;
  let low = lo | 0;
  for (;;) {
    const byte = low & 0x7f;
    low = (low >>> 7) | (high << 25);
    high >>= 7;
    const done = (low === 0 && high === 0 && (byte & 0x40) === 0) || (low === -1 && high === -1 && (byte & 0x40) !== 0);
    out.push(done ? byte : byte | 0x80);
    if (done) return out;
  }
}

/** Signed LEB128 of an int32. */
export const sleb32 = (value: number): number[] => sleb64(value < 0 ? -1 : 0, value | 0);

/** Unsigned LEB128 of a uint32. */
export function uleb(value: number): number[] {
  const out: number[] = [];
  let rest = value >>> 0;
  while (rest > 0x7f) {
    out.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  out.push(rest);
  return out;
}

/** `i32.const`. */
export const i32c = (value: number): Code => [0x41, ...sleb32(value | 0)];
/** `i64.const` of a safe integer. */
export const i64c = (value: number): Code => [
  0x42,
  ...sleb64(Math.floor(value / 0x1_0000_0000), value % 0x1_0000_0000),
];
/** `i64.const` of two halves. */
export const i64hl = (hi: number, lo: number): Code => [0x42, ...sleb64(hi, lo)];
