/** Makes ELF images of benchmark guests: code from the assembler, translation tables, MMU on, exit by semihosting. */

import { Assembler } from '../../test/cpu/engine/assembler.ts';

export const CODE = 0x4008_0000;
/** Room for code; the tables follow it. */
const CODE_BYTES = 0x40_0000;
const TABLES = CODE + CODE_BYTES;
const PAGE = 4096;
/** VA of the window that 4 KiB pages map, and its size in pages. */
export const WINDOW = 0x8000_0000;
export const WINDOW_PAGES = 8192;
const WINDOW_PA = 0x4200_0000;
export const UART = 0x0900_0000;

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

/** Ends the guest with exit code 0. */
function exit(a: Assembler): void {
  const block = CODE + CODE_BYTES - 16;
  a.mov(1, block).mov(0, 0x20026).str(0, 1).str(31, 1, 8).mov(0, 0x18).hlt(0xf000);
}

/** An ELF64 with one segment that holds code and tables; `emit` makes the code that the CPU is entered at. */
export function image(emit: (a: Assembler) => void): Uint8Array {
  const a = new Assembler(CODE);
  emit(a);
  exit(a);
  const code = a.code();
  if (code.length > CODE_BYTES - 16) throw new Error('the code is too long');
  const data = new Uint8Array(CODE_BYTES);
  data.set(code);
  return elf([data, tables()]);
}

function elf(parts: readonly Uint8Array[]): Uint8Array {
  const header = new Uint8Array(PAGE);
  const view = new DataView(header.buffer);
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint32(16, 2 | (183 << 16), true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(CODE), true);
  view.setBigUint64(32, 64n, true);
  for (const [at, value] of [
    [52, 64],
    [54, 56],
    [56, 1],
  ])
    view.setUint16(at, value, true);
  view.setUint32(64, 1, true);
  view.setUint32(68, 7, true);
  for (const [i, value] of [PAGE, CODE, CODE, bytes, bytes, PAGE].entries())
    view.setBigUint64(72 + i * 8, BigInt(value), true);
  return Buffer.concat([header, ...parts]);
}
