/** The machine that every vector runs on: memory map, stage-1 tables, system registers, and the trap that ends a test. */

import { Prng } from './prng.ts';

const PAGE = 0x1000;
/** First page of the tables; VA, IPA and PA are equal everywhere. */
const TABLES = 0x4100_0000;
/** VBAR_EL1: sixteen vectors, all made of `HVC #0xE12`; EL1 may execute them. */
export const VECTORS = 0x4100_3000;
/** The code page, readable and executable at EL1 and EL0, full of `STOP` but for the test. */
export const CODE_PAGE = 0x4101_0000;
export const CODE_PAGE_BYTES = PAGE;
/** VA of the first instruction of a test. */
export const CODE_START = CODE_PAGE + 0x800;
/** Words that a test may have at most. */
export const MAX_WORDS = 20;
/** `BRK #0xE12`: fills the code page; reaching one ends a test. */
export const STOP = 0xd421_c240;
/** ESR_EL1 after `STOP`: EC 0x3C, IL, comment 0xE12. */
export const STOP_ESR = 0xf200_0e12;
/** `HVC #0xE12`. */
const VECTOR_WORD = 0xd401_c242;

/** Data pages by what they allow; what lies around and between them is not mapped. */
export const READ_WRITE = { from: 0x4102_1000, to: 0x4102_3000 } as const;
export const READ_ONLY = { from: 0x4102_3000, to: 0x4102_4000 } as const;
export const EL1_ONLY = { from: 0x4102_5000, to: 0x4102_6000 } as const;
/** The bytes that are compared after a test: all data pages and the hole among them. */
export const WINDOW = { from: READ_WRITE.from, bytes: EL1_ONLY.to - READ_WRITE.from } as const;

/** Values of the registers that configure EL1; those not named have their reset value or do not matter. */
export const SYSTEM_REGISTERS = {
  /** RW: EL1 is AArch64. TSC, TWI: SMC and WFI trap to EL2. IMO: the time-out of the recorder. */
  HCR_EL2: (1n << 31n) | (1n << 19n) | (1n << 13n) | (1n << 4n),
  /** RES1 bits, M, C, I, DZE, UCT, nTWI, nTWE, UCI; A, SA and SA0 are 0: unaligned addresses and SP are normal. */
  SCTLR_EL1: 0x30d0_0800n | 0x0405_d005n,
  /** T0SZ = T1SZ = 25 (39-bit VA), 4K granule, EPD1, 40-bit IPS, write-back inner shareable walks, TBI off. */
  TCR_EL1: 25n | (1n << 8n) | (1n << 10n) | (3n << 12n) | (25n << 16n) | (1n << 23n) | (2n << 30n) | (2n << 32n),
  TTBR0_EL1: BigInt(TABLES),
  /** Attribute 0: Normal, write-back. */
  MAIR_EL1: 0xffn,
  CPACR_EL1: 0n,
  VBAR_EL1: BigInt(VECTORS),
} as const;

/** Bytes to write at a PA before the first test. */
export interface Region {
  readonly pa: number;
  readonly bytes: Uint8Array;
}

const AF = 1n << 10n;
const INNER_SHAREABLE = 3n << 8n;
const UXN = 1n << 54n;
const PXN = 1n << 53n;
const AP_EL0 = 1n << 6n;
const AP_READ_ONLY = 1n << 7n;
const TABLE = 3n;
const PAGE_DESCRIPTOR = 3n | AF | INNER_SHAREABLE;

function tables(): Uint8Array {
  const bytes = new Uint8Array(3 * PAGE);
  const view = new DataView(bytes.buffer);
  view.setBigUint64((TABLES >>> 30) * 8, BigInt(TABLES + PAGE) | TABLE, true);
  view.setBigUint64(PAGE + ((TABLES >>> 21) & 511) * 8, BigInt(TABLES + 2 * PAGE) | TABLE, true);
  const map = (from: number, to: number, attributes: bigint) => {
    for (let at = from; at < to; at += PAGE) {
      view.setBigUint64(2 * PAGE + ((at >>> 12) & 511) * 8, BigInt(at) | PAGE_DESCRIPTOR | attributes, true);
    }
  };
  map(VECTORS, VECTORS + PAGE, AP_READ_ONLY | UXN);
  map(CODE_PAGE, CODE_PAGE + PAGE, AP_READ_ONLY | AP_EL0);
  map(READ_WRITE.from, READ_WRITE.to, AP_EL0 | UXN | PXN);
  map(READ_ONLY.from, READ_ONLY.to, AP_READ_ONLY | AP_EL0 | UXN | PXN);
  map(EL1_ONLY.from, EL1_ONLY.to, UXN | PXN);
  return bytes;
}

function filled(bytes: number, word: () => number): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  for (let at = 0; at < bytes; at += 4) view.setUint32(at, word(), true);
  return new Uint8Array(view.buffer);
}

const contents = new Prng(0xe12);
const WINDOW_CONTENTS = filled(WINDOW.bytes, () => contents.u32());
/** A copy of what the window holds before each test. */
export const windowContents = (): Uint8Array => WINDOW_CONTENTS.slice();

/** Everything in memory before the first test; the test's own words go to `CODE_START`. */
export function memoryRegions(): Region[] {
  return [
    { pa: TABLES, bytes: tables() },
    { pa: VECTORS, bytes: filled(PAGE, () => VECTOR_WORD) },
    { pa: CODE_PAGE, bytes: filled(CODE_PAGE_BYTES, () => STOP) },
    { pa: WINDOW.from, bytes: windowContents() },
  ];
}
