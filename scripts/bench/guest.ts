/** Makes ELF images of benchmark guests: code from the assembler, translation tables, MMU on, exit by semihosting. */

import { Assembler } from '../../test/cpu/engine/assembler.ts';
import { elf } from './elf.ts';

export const CODE = 0x4008_0000;
/** Room for code up to 32 MiB, then the tables. */
export const TABLES = 0x4210_0000;
const PAGE = 4096;
/** VA of the window that 4 KiB pages map, and its size in pages. */
export const WINDOW = 0x8000_0000;
export const WINDOW_PAGES = 8192;
const WINDOW_PA = 0x4400_0000;
export const UART = 0x0900_0000;
/** Holds the checksum at the end; `emit` may use it and X0 to X20. */
export const SUM = 21;
const STARTED = 22;

const AF = 1n << 10n;
const DEVICE = 1n << 2n;
const UXN_PXN = 3n << 53n;

/** Level 1: devices, RAM as one block that EL0 may execute, the window. */
function tables(): Uint8Array {
  const leaves = WINDOW_PAGES / 512;
  const bytes = new Uint8Array((2 + leaves) * PAGE);
  const view = new DataView(bytes.buffer);
  const set = (table: number, index: number, value: bigint) => view.setBigUint64(table * PAGE + index * 8, value, true);
  set(0, 0, AF | DEVICE | UXN_PXN | 1n);
  set(0, 1, 0x4000_0000n | AF | 1n);
  set(0, 2, BigInt(TABLES + PAGE) | 3n);
  for (let leaf = 0; leaf < leaves; leaf++) {
    set(1, leaf, BigInt(TABLES + (2 + leaf) * PAGE) | 3n);
    for (let i = 0; i < 512; i++) set(2 + leaf, i, BigInt(WINDOW_PA + (leaf * 512 + i) * PAGE) | AF | UXN_PXN | 3n);
  }
  return bytes;
}

/** Turns EL1's stage 1 on. */
export function mmuOn(a: Assembler): void {
  a.msrConst('MAIR_EL1', 0xff).msrConst('TCR_EL1', 25n | (25n << 16n) | (1n << 23n) | (2n << 30n) | (2n << 32n));
  a.msrConst('TTBR0_EL1', TABLES)
    .isb()
    .msrConst('SCTLR_EL1', 0x30d0_0800 | 0x1005)
    .isb();
}

/** Prints a text; uses X0 and X1. */
function say(a: Assembler, text: string): void {
  a.mov(1, UART);
  for (const char of text) a.mov(0, char.charCodeAt(0)).str(0, 1, 0, 'w');
}

/** Prints a register as 16 hexadecimal digits without leading zeros; uses X0 to X4. */
function sayHex(a: Assembler, register: number): void {
  a.mov(1, UART).mov(2, 0xf).mov(4, 0);
  for (let shift = 60; shift >= 0; shift -= 4) {
    const skip = a.label();
    if (shift > 0) {
      a.lsr(4, register, shift).cbz(4, skip);
    }
    a.lsr(0, register, shift).and(0, 0, 2).add(3, 0, 0x30).add(0, 0, 0x57).cmp(3, 0x3a).csel(0, 3, 0, 'cc');
    a.str(0, 1, 0, 'w');
    a.place(skip);
  }
}

/** Begins what is measured, in an EL that may write to the UART. */
export function begin(a: Assembler): void {
  say(a, 'time start\n');
  a.isb().mrs(STARTED, 'CNTVCT_EL0');
}

/** Ends what is measured: tells time and checksum, and exits with code 0. */
function finish(a: Assembler): void {
  a.isb().mrs(5, 'CNTVCT_EL0').subsr(5, 5, STARTED).mrs(6, 'CNTFRQ_EL0');
  say(a, 'time end ');
  sayHex(a, 5);
  say(a, ' of ');
  sayHex(a, 6);
  say(a, '\nchecksum ');
  sayHex(a, SUM);
  say(a, '\n');
  const block = TABLES - 16;
  a.mov(1, block).mov(0, 0x20026).str(0, 1).str(31, 1, 8).mov(0, 0x18).hlt(0xf000);
}

/** An ELF64 of code and tables; `emit` makes the code that the CPU is entered at, with `begin` and a checksum in SUM. */
export function image(emit: (a: Assembler) => void): Uint8Array {
  const a = new Assembler(CODE);
  emit(a);
  finish(a);
  const code = a.code();
  if (code.length > TABLES - CODE - 16) throw new Error('the code is too long');
  return elf(CODE, [
    { pa: CODE, bytes: code },
    { pa: TABLES, bytes: tables() },
  ]);
}
