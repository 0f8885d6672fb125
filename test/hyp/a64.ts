/** A few A64 encodings, by which tests write guests word by word. */

import { SYSREGS, SYSTEM_INSTRUCTIONS_BY_KEY } from '../../src/arch/sysregs/table.ts';

const rows = [...SYSREGS.values(), ...SYSTEM_INSTRUCTIONS_BY_KEY.values()];
function keyOf(name: string): number {
  const row = rows.find((r) => r.name === name);
  if (row === undefined) throw new Error(`no row ${name}`);
  return row.key;
}

/** MOVZ, and a MOVK for each further part of a value that is not zero, into Xd. */
export function mov(rd: number, value: number | bigint): number[] {
  const parts = [0, 1, 2, 3].map((hw) => ({ hw, imm16: Number((BigInt(value) >> BigInt(16 * hw)) & 0xffffn) }));
  const used = parts.filter(({ imm16 }) => imm16 !== 0);
  return (used.length === 0 ? parts.slice(0, 1) : used).map(
    ({ hw, imm16 }, i) => ((i === 0 ? 0xd280_0000 : 0xf280_0000) | (hw << 21) | (imm16 << 5) | rd) >>> 0,
  );
}
/** LDR and STR (immediate, unsigned offset 0) of 64 and 32 bits, and bytes. */
export const ldr = (rt: number, rn: number): number => (0xf940_0000 | (rn << 5) | rt) >>> 0;
export const str = (rt: number, rn: number): number => (0xf900_0000 | (rn << 5) | rt) >>> 0;
export const ldrW = (rt: number, rn: number): number => (0xb940_0000 | (rn << 5) | rt) >>> 0;
export const ldrsb = (rt: number, rn: number): number => (0x3980_0000 | (rn << 5) | rt) >>> 0;
export const strb = (rt: number, rn: number): number => (0x3900_0000 | (rn << 5) | rt) >>> 0;
/** LDR (immediate, post-index): no instruction syndrome. */
export const ldrPost = (rt: number, rn: number, imm9: number): number =>
  (0xf840_0400 | (imm9 << 12) | (rn << 5) | rt) >>> 0;
export const add = (rd: number, rn: number, imm12: number): number =>
  (0x9100_0000 | (imm12 << 10) | (rn << 5) | rd) >>> 0;
export const subs = (rd: number, rn: number, imm12: number): number =>
  (0xf100_0000 | (imm12 << 10) | (rn << 5) | rd) >>> 0;
/** B.NE, and B; the offset counts instructions. */
export const bne = (offset: number): number => (0x5400_0001 | ((offset & 0x7_ffff) << 5)) >>> 0;
export const b = (offset: number): number => (0x1400_0000 | (offset & 0x3ff_ffff)) >>> 0;
export const br = (rn: number): number => (0xd61f_0000 | (rn << 5)) >>> 0;
export const msr = (name: string, rt: number): number => (0xd500_0000 | (keyOf(name) << 5) | rt) >>> 0;
export const mrs = (rt: number, name: string): number => (0xd520_0000 | (keyOf(name) << 5) | rt) >>> 0;
export const sys = msr;
export const hvc = (imm16 = 0): number => (0xd400_0002 | (imm16 << 5)) >>> 0;
export const smc = (imm16 = 0): number => (0xd400_0003 | (imm16 << 5)) >>> 0;
export const SEMIHOSTING = 0xd45e_0000;
export const WFI = 0xd503_207f;
export const WFE = 0xd503_205f;
export const ISB = 0xd503_3fdf;
export const NOP = 0xd503_201f;

const PSCI_SYSTEM_OFF = 0x8400_0008;
/** PSCI SYSTEM_OFF by HVC. */
export const OFF = [...mov(0, PSCI_SYSTEM_OFF), hvc()];

/** Little-endian bytes of a program. */
export function code(...parts: readonly (number | readonly number[])[]): Uint8Array {
  const words = Uint32Array.from(parts.flat());
  return new Uint8Array(words.buffer);
}
