/** Tests of single SIMD instructions: the word and the registers that each starts with, made from a 32-bit seed. */

import type { A64Row } from '../../../src/cpu/a64/insn.ts';
import { Prng } from '../../vectors/prng.ts';

/** Where the instruction lies, and the bytes of memory that it may use; both in its own page (`runner.c` knows them too). */
export const CODE = 0x4201_0000;
export const WINDOW = 0x4200_0000;
export const WINDOW_BYTES = 256;
/** The byte at an offset of the window before the test. */
export const windowByte = (offset: number): number => (offset * 167 + 0x85) & 0xff;

/** The registers that an instruction reads or writes: X0 to X30, SP_EL0, V0 to V31, FPSR, and NZCV in bits 31 to 28. */
export interface Registers {
  readonly x: BigUint64Array;
  sp: bigint;
  /** 512 bytes. */
  readonly v: Uint8Array;
  fpsr: number;
  readonly nzcv: number;
}
export interface Case {
  readonly word: number;
  readonly seed: number;
  readonly before: Registers;
}
/** What a case leaves. */
export interface Outcome {
  /** The instruction was UNDEFINED, faulted, or completed. */
  readonly end: 'done' | 'undefined' | 'fault';
  readonly after: Registers;
  readonly window: Uint8Array;
}

const QC = 1 << 27;

/** A lane that is likely to saturate, to compare equal, or to be a shift count. */
function interesting(prng: Prng, bits: bigint): bigint {
  const top = 1n << (bits - 1n);
  const small = BigInt(prng.below(Number(bits) + 4));
  return BigInt.asUintN(Number(bits), prng.pick([0n, 1n, -1n, top, top - 1n, top + 1n, small, -small, top >> 1n]));
}

/** A vector of random bits, of interesting lanes, or of both; some bytes of 16. */
function drawVector(prng: Prng): bigint {
  const random = (prng.u64() << 64n) | prng.u64();
  if (prng.chance(30)) return random;
  const bits = BigInt(8 << prng.below(4));
  let value = 0n;
  for (let at = 0n; at < 128n; at += bits) {
    const lane = prng.chance(70) ? interesting(prng, bits) : BigInt.asUintN(Number(bits), random >> at);
    value |= lane << at;
  }
  return value;
}

const signed = (field: number, width: number): number => (field << (32 - width)) >> (32 - width);
/** The widest transfer is of 64 bytes. */
const TARGETS = { from: WINDOW + 64, count: 96 };

/** What the address of a load or store is, less its base. */
function offsetOf(word: number): number | undefined {
  const size = word >>> 30;
  const quadword = ((word >>> 23) & 1) === 1;
  const log2 = quadword ? 4 : size;
  // Pairs: no-allocate, post-index, signed offset, pre-index.
  if ((word & 0x3e00_0000) >>> 0 === 0x2c00_0000) {
    const postIndex = ((word >>> 23) & 3) === 1;
    return postIndex ? 0 : signed((word >>> 15) & 0x7f, 7) * (4 << size);
  }
  if ((word & 0x3f00_0000) === 0x3d00_0000) return ((word >>> 10) & 0xfff) << log2;
  if ((word & 0x3f20_0000) === 0x3c00_0000) {
    const postIndex = ((word >>> 10) & 3) === 1;
    return postIndex ? 0 : signed((word >>> 12) & 0x1ff, 9);
  }
  // Structures.
  if ((word & 0xbe00_0000) >>> 0 === 0x0c00_0000) return 0;
  return undefined;
}

const isRegisterOffset = (word: number): boolean => (word & 0x3f20_0c00) === 0x3c20_0800;
const isLiteral = (word: number): boolean => (word & 0x3f00_0000) === 0x1c00_0000;

/** The word of a case when it lies a number of bytes behind CODE: a load of a literal still finds its target. */
export function moved(word: number, bytes: number): number {
  if (!isLiteral(word)) return word;
  const imm19 = ((word >>> 5) - bytes / 4) & 0x7_ffff;
  return ((word & 0xff00_001f) | (imm19 << 5)) >>> 0;
}

/** Aims the base register of a load or store at the window; the word of a load of a literal changes instead. */
function aim(prng: Prng, word: number, before: Registers): number {
  const target = TARGETS.from + prng.below(TARGETS.count);
  const Rn = (word >>> 5) & 31;
  const base = (value: number): void => {
    // SP must be a multiple of 16.
    if (Rn === 31) before.sp = BigInt(value - (value % 16));
    else before.x[Rn] = BigInt(value);
  };
  if (isLiteral(word)) return ((word & 0xff00_001f) | ((((target - CODE) >> 2) & 0x7_ffff) << 5)) >>> 0;
  const offset = offsetOf(word);
  if (offset !== undefined) base(target - offset);
  if (!isRegisterOffset(word)) return word;
  const Rm = (word >>> 16) & 31;
  // One register twice reaches the window with no offset that the diagrams have; XZR and small offsets do.
  const aimed = Rm === Rn ? (word | (31 << 16)) >>> 0 : word;
  base(target);
  if (Rm !== Rn && Rm !== 31) before.x[Rm] = BigInt(prng.below(4));
  return aimed;
}

/** The registers that a seed stands for. */
export function makeCase(row: A64Row, seed: number): Case {
  const prng = new Prng(seed);
  const v = new Uint8Array(512);
  const view = new DataView(v.buffer);
  const before: Registers = {
    x: BigUint64Array.from({ length: 31 }, () => (prng.chance(50) ? prng.u64() : interesting(prng, 64n))),
    sp: BigInt(WINDOW + 0x80),
    v,
    fpsr: prng.chance(10) ? QC : 0,
    nzcv: (prng.below(16) << 28) >>> 0,
  };
  for (let n = 0; n < 32; n++) {
    const value = drawVector(prng);
    view.setBigUint64(n * 16, BigInt.asUintN(64, value), true);
    view.setBigUint64(n * 16 + 8, value >> 64n, true);
  }
  const { mask, value } = row.pattern;
  const word = (value | (prng.u32() & ~mask)) >>> 0;
  return { word: aim(prng, word, before), seed, before };
}
