/** The memory of the machine for engine tests: its map, page tables, vectors that recover, and the registers for them. */

import { createHash } from 'node:crypto';
import type { SysregSlot } from '../../../src/cpu/slots.ts';
import type { Bus } from '../../../src/devices/bus.ts';
import { Assembler } from './assembler.ts';

export const RAM = 0x4000_0000;
const RAM_BYTES = 4 << 20;
export const TABLES = RAM;
/** One page of vectors for EL1, one for EL2. */
const VECTORS = RAM + 0x10_0000;
const VECTORS_EL2 = RAM + 0x10_1000;
/** Code of the program: 32 pages, writable. */
export const CODE = RAM + 0x11_0000;
/** Sixteen pages, readable and writable at EL1 and EL0; the page after them is not mapped. */
export const DATA = RAM + 0x14_0000;
export const DATA_BYTES = 0x1_0000;
/** One page that may only be read. */
export const READ_ONLY = RAM + 0x16_0000;
/** A second mapping of the code pages. */
export const ALIAS = RAM + 0x18_0000;
const CODE_BYTES = 0x2_0000;
/** Top of the stack. */
export const STACK = RAM + 0x1f_0000;
/** RAM that a 2 MiB block maps. */
export const BLOCK_DATA = RAM + 0x20_0000;
/** Bytes of it that a program may write. */
const BLOCK_DATA_BYTES = 0x1_0000;
/** PA and VA of the device. */
export const DEVICE = 0x0900_0000;

/** Registers with a part to play: recovery address, interrupts taken, scratch of the handlers, exceptions taken. */
export const RECOVER = 24;
const INTERRUPTS = 25;
const [SCRATCH, CLASS] = [26, 27];
export const EXCEPTIONS = 28;

const EC_SVC = 0x15;
const EC_INSTRUCTION_ABORT = 0x20;
const EC_PC_ALIGNMENT = 0x22;

const AF = 1n << 10n;
const EL0 = 1n << 6n;
const READ_ONLY_BIT = 1n << 7n;
const NOT_GLOBAL = 1n << 11n;
const DIRTY_BIT_MODIFIER = 1n << 51n;
const NORMAL = 0n << 2n;
const DEVICE_MEMORY = 1n << 2n;

/** SPSR.M[3:0] of EL1 with SP_EL0; that of EL0 is 0. */
const EL1T = 4;

/** Offsets into the vector table of the current EL with SPx, and of a lower EL. */
const SAME_EL = 0x200;
const LOWER_EL = 0x400;
const IRQ = 0x80;

/** The SVC that comes back at the other of EL0t and EL1t, which share SP_EL0. */
export const SVC_SWITCH = 1 << 15;

/** Every exception comes back: an SVC to the next instruction, a failed fetch to `RECOVER`, all else behind itself. */
function vectors(el: 1 | 2, base: number): Uint8Array {
  const a = new Assembler(base);
  for (const group of [0, SAME_EL, LOWER_EL]) {
    a.org(base + group);
    const [fetch, set, call, out, change] = [a.label(), a.label(), a.label(), a.label(), a.label()];
    a.add(EXCEPTIONS, EXCEPTIONS, 1).mrs(CLASS, `ESR_EL${el}`).lsr(CLASS, CLASS, 26);
    a.cmp(CLASS, EC_SVC)
      .bc('eq', call)
      .cmp(CLASS, EC_SVC + 1)
      .bc('eq', out);
    a.movr(SCRATCH, RECOVER).cmp(CLASS, EC_INSTRUCTION_ABORT).bc('lt', fetch).cmp(CLASS, EC_PC_ALIGNMENT).bc('le', set);
    a.place(fetch);
    a.mrs(SCRATCH, `ELR_EL${el}`).add(SCRATCH, SCRATCH, 4);
    a.place(set);
    a.msr(`ELR_EL${el}`, SCRATCH);
    a.place(out);
    a.eret();
    a.place(call);
    a.mrs(SCRATCH, `ESR_EL${el}`).tbnz(SCRATCH, 15, change).eret();
    a.place(change);
    a.mrs(SCRATCH, `SPSR_EL${el}`).mov(CLASS, EL1T).eor(SCRATCH, SCRATCH, CLASS).msr(`SPSR_EL${el}`, SCRATCH).eret();
    // Writing the device's first register takes its interrupt line down, whatever PSTATE.PAN says.
    a.org(base + group + IRQ)
      .add(INTERRUPTS, INTERRUPTS, 1)
      .mov(SCRATCH, DEVICE)
      .sttr(ZERO, SCRATCH, 'w')
      .eret();
  }
  return a.code();
}
const ZERO = 31;

/** `unmarked`: hardware has the Access flag and the dirty state of the data pages to set. */
function tables(unmarked: boolean): Uint8Array {
  const bytes = new Uint8Array(0x3000);
  const view = new DataView(bytes.buffer);
  const set = (table: number, index: number, value: bigint) =>
    view.setBigUint64(table * 0x1000 + index * 8, value, true);
  set(0, 0, 0n | AF | DEVICE_MEMORY | EL0 | 1n);
  set(0, 1, BigInt(TABLES + 0x1000) | 3n);
  set(1, 0, BigInt(TABLES + 0x2000) | 3n);
  for (let i = 1; i < RAM_BYTES >>> 21; i++) set(1, i, BigInt(RAM + i * 0x20_0000) | AF | NORMAL | 1n);
  const toggled = unmarked ? AF | READ_ONLY_BIT | DIRTY_BIT_MODIFIER : 0n;
  const map = (va: number, pa: number, length: number, attributes: bigint) => {
    for (let at = 0; at < length; at += 0x1000) {
      set(
        2,
        ((va + at) >>> 12) & 511,
        (BigInt(pa + at) | AF | NORMAL | attributes | 3n) ^ (va === DATA ? toggled : 0n),
      );
    }
  };
  map(TABLES, TABLES, 0x4000, 0n);
  map(VECTORS, VECTORS, 0x2000, READ_ONLY_BIT);
  map(CODE, CODE, CODE_BYTES, 0n);
  map(ALIAS, CODE, CODE_BYTES, 0n);
  map(DATA, DATA, DATA_BYTES, EL0 | NOT_GLOBAL);
  map(READ_ONLY, READ_ONLY, 0x1000, READ_ONLY_BIT | EL0);
  map(STACK - 0x1000, STACK - 0x1000, 0x1000, 0n);
  return bytes;
}

/** What programs may write, by PA. */
const WRITABLE: readonly (readonly [number, number])[] = [
  [TABLES, 0x4000],
  [CODE, CODE_BYTES],
  [DATA, DATA_BYTES],
  [STACK - 0x1000, 0x1000],
  [BLOCK_DATA, BLOCK_DATA_BYTES],
];

/** System registers at the start. */
export const REGISTERS: Partial<Record<SysregSlot, bigint>> = {
  /** RES1 bits, M, C, I, SA, SA0, DZE, UCT, nTWI, nTWE, UCI. */
  SCTLR_EL1: 0x30d0_0800n | 0x0405_d01dn,
  SCTLR_EL2: 0x30c5_0830n,
  /** 39-bit VA by TTBR0 alone, 4K granule, 40-bit IPA, ASID of TTBR0. */
  TCR_EL1: 25n | (25n << 16n) | (1n << 23n) | (2n << 30n) | (2n << 32n),
  TTBR0_EL1: BigInt(TABLES) | (1n << 48n),
  MAIR_EL1: 0x00ffn,
  HCR_EL2: 1n << 31n,
  VBAR_EL1: BigInt(VECTORS),
  VBAR_EL2: BigInt(VECTORS_EL2),
};

/** Makes the RAM with page tables and vectors; `unmarked` as of a program. */
export function addMemory(bus: Bus, unmarked: boolean): void {
  bus.addRam(RAM, RAM_BYTES);
  bus.writeBytes(TABLES, tables(unmarked));
  bus.writeBytes(VECTORS, vectors(1, VECTORS));
  bus.writeBytes(VECTORS_EL2, vectors(2, VECTORS_EL2));
}

/** A digest of all that programs may write. */
export function memoryDigest(bus: Bus): string {
  const hash = createHash('sha256');
  for (const [from, bytes] of WRITABLE) hash.update(bus.readBytes(from, bytes) as Uint8Array);
  return hash.digest('hex');
}
