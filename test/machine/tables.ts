/** Translation tables of the test guests, 39-bit trees of 4K granules for either stage, and the registers that use them. */

import { RAM_BASE } from '../../src/machine/virt-map.ts';
import type { Assembler } from '../cpu/engine/assembler.ts';
import { DATA, type Guest, HCR_RW } from './guest.ts';

/** Descriptor bits of stage 1: a leaf of Normal memory, Inner Shareable; and what makes it EL0's or read-only. */
export const LEAF = 1n | (1n << 10n) | (3n << 8n);
export const EL0 = 1n << 6n;
export const READ_ONLY = 1n << 7n;
/** S2AP[1]; a leaf of stage 2: read, write, Normal Write-Back. */
export const STAGE2_WRITE = 1n << 7n;
export const STAGE2_LEAF = LEAF | (0xfn << 2n) | (3n << 6n);
/** Bytes that an entry of a level 2 table maps. */
export const BLOCK_BYTES = 0x20_0000;

/** SCTLR_EL1 with its RES1 bits alone, and with MMU and caches on; SCTLR_EL2 with its MMU on. */
export const SCTLR_EL1_OFF = 0x30d0_0980n;
export const SCTLR_EL1_ON = SCTLR_EL1_OFF | 0x1005n;
const SCTLR_EL2_ON = 0x30c5_1835n;
/** Both: 39-bit VAs of TTBR0, 4K granule, 40-bit output. */
const TCR_EL1 = 25n | (1n << 23n) | (2n << 30n) | (2n << 32n);
const TCR_EL2 = 0x8080_0000n | 25n | (2n << 16n);
/** Index 0: Normal Write-Back. */
const MAIR = 0xffn;
/** 39-bit IPAs from level 1, 4K granule, 40-bit output. */
const VTCR = 0x8000_0000n | 25n | (1n << 6n) | (2n << 16n);
export const HCR_VM = 1n;

/** PA of the entry that a table of `level` has for an address. */
export const entryOf = (table: number, input: number, level: number): number =>
  table + (Math.floor(input / 2 ** (39 - 9 * level)) % 512) * 8;

/** PA of the entry of `level` for an address; the tables above it are made where they are not there. */
export function entryFor(guest: Guest, root: number, input: number, level: 1 | 2 | 3): number {
  let table = root;
  for (let at = 1; at < level; at++) {
    const entry = entryOf(table, input, at);
    if (guest.word(entry) === 0n) guest.setWord(entry, BigInt(guest.table()) | 3n);
    table = Number(guest.word(entry) & 0xffff_ffff_f000n);
  }
  return entryOf(table, input, level);
}

/** The descriptor of a page with the bits of a leaf. */
export const page = (output: number, flags: bigint): bigint => BigInt(output) | flags | 2n;
/** The descriptor of a table. */
export const tableAt = (at: number): bigint => BigInt(at) | 3n;

export function mapPage(guest: Guest, root: number, input: number, output: number, flags: bigint): void {
  guest.setWord(entryFor(guest, root, input, 3), page(output, flags));
}

/** A tree that maps code, tables and `DATA` as they are, in blocks. */
function identity(guest: Guest, flags: bigint): number {
  const root = guest.table();
  for (const at of [RAM_BASE, DATA]) guest.setWord(entryFor(guest, root, at, 2), BigInt(at) | flags);
  return root;
}

/** Turns stage 1 of the EL1&0 regime on, over `identity`; returns its root. */
export function stage1(guest: Guest, a: Assembler): number {
  const root = identity(guest, LEAF);
  a.msrConst('TTBR0_EL1', root).msrConst('TCR_EL1', TCR_EL1).msrConst('MAIR_EL1', MAIR);
  a.msrConst('SCTLR_EL1', SCTLR_EL1_ON);
  return root;
}

/** Turns stage 2 on, over `identity`, and sets further bits of HCR_EL2; returns its root. */
export function stage2(guest: Guest, a: Assembler, hcr = 0n): number {
  const root = identity(guest, STAGE2_LEAF);
  a.msrConst('VTTBR_EL2', root)
    .msrConst('VTCR_EL2', VTCR)
    .msrConst('HCR_EL2', HCR_RW | HCR_VM | hcr);
  return root;
}

/** Turns stage 1 of the EL2 regime on, over `identity`; returns its root. */
export function stage1OfEl2(guest: Guest, a: Assembler): number {
  const root = identity(guest, LEAF);
  a.msrConst('TTBR0_EL2', root).msrConst('TCR_EL2', TCR_EL2).msrConst('MAIR_EL2', MAIR);
  a.msrConst('SCTLR_EL2', SCTLR_EL2_ON).isb();
  return root;
}
