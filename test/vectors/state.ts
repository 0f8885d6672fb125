/** The state before a test, made from a 32-bit seed, and the state after it. */

import { CODE_PAGE, CODE_PAGE_BYTES, CODE_START, EL1_ONLY, MAX_WORDS, READ_ONLY, READ_WRITE } from './environment.ts';
import { Prng } from './prng.ts';

/** The registers that are set before a test and compared after it, in the order in which they are stored. */
export const REGISTERS = [
  ...Array.from({ length: 31 }, (_, n) => `X${n}` as const),
  'SP_EL0',
  'SP_EL1',
  'TPIDR_EL0',
  'TPIDRRO_EL0',
  'TPIDR_EL1',
] as const;
const SP_EL0 = 31;

export interface InitialState {
  /** By `REGISTERS`. */
  readonly registers: BigUint64Array;
  /** PSTATE as SPSR_EL2 holds it: NZCV, DAIF all set, EL and SP. */
  readonly pstate: number;
  /** What ERET uses. The exception that ends a test overwrites them, so they are not compared. */
  readonly elrEl1: bigint;
  readonly spsrEl1: bigint;
}

/** What an exception reports. */
export interface Syndrome {
  /** EL that took it. */
  readonly el: 1 | 2;
  readonly esr: number;
  /** FAR of that EL; 0 when the exception class does not set it. */
  readonly far: bigint;
}

export interface FinalState {
  /** By `REGISTERS`. */
  readonly registers: BigUint64Array;
  /** The return address of the exception that ended the test: for `STOP`, its own address. */
  readonly pc: bigint;
  /** PSTATE as that exception saved it in SPSR_ELx. */
  readonly pstate: number;
  /** Undefined when `STOP` ended the test. */
  readonly exception: Syndrome | undefined;
  /** The bytes of `WINDOW`. */
  readonly memory: Uint8Array;
}

const EL0T = 0b0000;
const EL1T = 0b0100;
const EL1H = 0b0101;
const DAIF = 0x3c0;
/** M[3:0] of SPSR that an exception return from EL1 refuses: EL0h, EL2, EL3 and reserved ones. */
const ILLEGAL_MODES = [0b0001, 0b0010, 0b0110, 0b0111, 0b1000, 0b1001, 0b1100, 0b1101];

// biome-ignore format: one table
const BOUNDARIES = [
  0n, 1n, 2n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0xffffn, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn,
  0x1_0000_0000n, 0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0xffff_ffff_0000_0000n, 0xffff_ffff_7fff_ffffn,
  0xffff_ffff_8000_0000n, 0xffff_ffff_ffff_fffen, 0xffff_ffff_ffff_ffffn,
];

const near = (prng: Prng, edge: number): number => edge - 24 + prng.below(48);
const within = (prng: Prng, range: { from: number; to: number }): number =>
  range.from + prng.below(range.to - range.from);

/** An address in the data pages: mostly where all is allowed, now and then at an edge or where less is. */
export function dataAddress(prng: Prng): number {
  const place = prng.below(100);
  if (place < 8) return near(prng, READ_WRITE.from + 0x1000);
  if (place < 14) return near(prng, READ_ONLY.from);
  if (place < 20) return near(prng, prng.pick([READ_WRITE.from, READ_ONLY.to, EL1_ONLY.to]));
  let address: number;
  if (place < 26) address = within(prng, READ_ONLY);
  else if (place < 32) address = within(prng, EL1_ONLY);
  else address = within(prng, { from: READ_WRITE.from + 0x200, to: READ_WRITE.to - 0x200 });
  const alignment = prng.below(4);
  if (alignment < 2) return address - (address % 16);
  return alignment === 2 ? address - (address % 8) : address;
}

/** An address in the code page that no instruction of a test occupies; rarely one that is not aligned. */
export function codeAddress(prng: Prng): number {
  const span = MAX_WORDS * 4;
  let offset = prng.below((CODE_PAGE_BYTES - span) / 4) * 4;
  if (CODE_PAGE + offset >= CODE_START) offset += span;
  return CODE_PAGE + offset + (prng.chance(6) ? 1 + prng.below(3) : 0);
}

function number64(prng: Prng): bigint {
  switch (prng.below(8)) {
    case 0:
      return prng.pick(BOUNDARIES);
    case 1:
      return BigInt(prng.u32());
    case 2:
      return BigInt.asUintN(64, BigInt(prng.u32() | 0));
    case 3:
      return 1n << BigInt(prng.below(64));
    default:
      return prng.u64();
  }
}

function generalRegister(prng: Prng): bigint {
  const kind = prng.below(100);
  if (kind < 25) return BigInt(dataAddress(prng));
  if (kind < 35) return BigInt.asUintN(64, BigInt((prng.below(128) - 64) * prng.pick([1, 1, 2, 8])));
  if (kind < 43) return BigInt(codeAddress(prng));
  return number64(prng);
}

/** Where ERET goes: code, data that may not be executed, nowhere; and a PC that is not aligned. */
function returnAddress(prng: Prng): bigint {
  const kind = prng.below(100);
  if (kind < 65) return BigInt(codeAddress(prng));
  if (kind < 80) return BigInt(codeAddress(prng) | (1 + prng.below(3)));
  return kind < 90 ? BigInt(dataAddress(prng) & ~3) : prng.u64() & ~3n;
}

/** The state of a seed. */
export function initialState(seed: number): InitialState {
  const prng = new Prng(seed);
  const registers = BigUint64Array.from(REGISTERS, (_, n) => {
    const stackPointer = n >= SP_EL0 && n < SP_EL0 + 2;
    return stackPointer ? BigInt(dataAddress(prng)) : generalRegister(prng);
  });
  const mode = prng.pick([EL1H, EL1H, EL1H, EL1H, EL1H, EL1T, EL0T, EL0T]);
  const pstate = ((prng.below(16) << 28) | DAIF | mode) >>> 0;
  const returnMode = prng.chance(25) ? prng.pick(ILLEGAL_MODES) : prng.pick([EL0T, EL1T, EL1H]);
  const spsrEl1 = BigInt(((prng.below(16) << 28) | DAIF | returnMode) >>> 0);
  return { registers, pstate, elrEl1: returnAddress(prng), spsrEl1 };
}

/** Exception classes that write FAR: instruction and data aborts, PC alignment (DDI 0487, "FAR_EL1"). */
const SETS_FAR = [0x20, 0x21, 0x22, 0x24, 0x25];
/** Whether an exception with this ESR_ELx writes FAR_ELx. */
export const setsFar = (esr: number): boolean => SETS_FAR.includes(esr >>> 26);
