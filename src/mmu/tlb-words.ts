/** How a TLB entry lies in the words of its pool: in 64 bytes, so that a lookup touches one line of the host's cache. */

import { joined } from '../arch/addresses.ts';
import type { Mapping } from './mapping.ts';
import type { TlbEntry, TlbSpace } from './tlb-entry.ts';

/** log2 of the words of an entry. */
export const ENTRY_SHIFT = 4;

/** Word of the space, two flags and log2 of the size. */
const TAG = 0;
const SPACE_MASK = 7;
const GLOBAL = 1 << 3;
const CLEAN = 1 << 4;
const SIZE = 8;
const VMID = 1;
const ASID = 2;
const HI = 3;
const PAGE = 4;
/** Two words each. */
const PA = 5;
const IPA = 7;
/** Word of level + 1, permissions, attributes + 1 and shareability of each stage. */
const STAGE1 = 9;
const STAGE2 = 10;
const LEVEL_MASK = 7;
const PERMISSIONS = 3;
const PERMISSIONS_MASK = 0x3f;
const ATTRIBUTES = 9;
const ATTRIBUTES_MASK = 0x1ff;
const SHAREABILITY = 18;

/** The part of TAG that an entry of a space and a size (its log2) has. */
export const tagOf = (space: number, shift: number): number => space | (shift << SIZE);
const MATCH = SPACE_MASK | (0xff << SIZE);

/** Whether the entry at `at` is for a page of a VMID; `tag`: see `tagOf`. The ASID is not asked. */
export const holds = (words: Int32Array, at: number, tag: number, vmid: number, hi: number, page: number): boolean =>
  words[at + PAGE] === page && words[at + HI] === hi && (words[at + TAG] & MATCH) === tag && words[at + VMID] === vmid;

export const spaceAt = (words: Int32Array, at: number): number => words[at + TAG] & SPACE_MASK;
export const isGlobalAt = (words: Int32Array, at: number): boolean => (words[at + TAG] & GLOBAL) !== 0;
export const shiftAt = (words: Int32Array, at: number): number => words[at + TAG] >>> SIZE;
export const vmidAt = (words: Int32Array, at: number): number => words[at + VMID];
export const asidAt = (words: Int32Array, at: number): number => words[at + ASID];

const stageWord = (level: number, permissions: number, attributes: number, shareability: number): number =>
  (level + 1) | (permissions << PERMISSIONS) | ((attributes + 1) << ATTRIBUTES) | (shareability << SHAREABILITY);

function writeAddress(words: Int32Array, at: number, address: number): void {
  words[at] = address;
  words[at + 1] = address / 0x1_0000_0000;
}

/** Writes an entry; `hi` and `lo` are an address in its range. */
export function writeEntry(
  words: Int32Array,
  at: number,
  space: TlbSpace,
  vmid: number,
  asid: number,
  hi: number,
  lo: number,
  m: Mapping,
): void {
  words[at + TAG] = tagOf(space, m.shift) | (m.global ? GLOBAL : 0) | (m.clean ? CLEAN : 0);
  words[at + VMID] = vmid;
  words[at + ASID] = asid;
  words[at + HI] = hi;
  words[at + PAGE] = lo >>> m.shift;
  writeAddress(words, at + PA, m.pa);
  writeAddress(words, at + IPA, m.ipa);
  words[at + STAGE1] = stageWord(m.level1, m.permissions1, m.attributes1, m.shareability1);
  words[at + STAGE2] = stageWord(m.level2, m.permissions2, m.attributes2, m.shareability2);
}

/** Reads the entry in a slot. */
export function readEntry(words: Int32Array, slot: number, into: TlbEntry): TlbEntry {
  const at = slot << ENTRY_SHIFT;
  const tag = words[at + TAG];
  const stage1 = words[at + STAGE1];
  const stage2 = words[at + STAGE2];
  into.slot = slot;
  into.space = (tag & SPACE_MASK) as TlbSpace;
  into.global = (tag & GLOBAL) !== 0;
  into.clean = (tag & CLEAN) !== 0;
  into.shift = tag >>> SIZE;
  into.vmid = words[at + VMID];
  into.asid = words[at + ASID];
  into.hi = words[at + HI];
  into.page = words[at + PAGE];
  into.pa = joined(words[at + PA + 1], words[at + PA]);
  into.ipa = joined(words[at + IPA + 1], words[at + IPA]);
  into.level1 = (stage1 & LEVEL_MASK) - 1;
  into.permissions1 = (stage1 >>> PERMISSIONS) & PERMISSIONS_MASK;
  into.attributes1 = ((stage1 >>> ATTRIBUTES) & ATTRIBUTES_MASK) - 1;
  into.shareability1 = stage1 >>> SHAREABILITY;
  into.level2 = (stage2 & LEVEL_MASK) - 1;
  into.permissions2 = (stage2 >>> PERMISSIONS) & PERMISSIONS_MASK;
  into.attributes2 = ((stage2 >>> ATTRIBUTES) & ATTRIBUTES_MASK) - 1;
  into.shareability2 = stage2 >>> SHAREABILITY;
  return into;
}
