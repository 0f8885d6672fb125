/** How a TLB entry lies in the words of its pool: in 32 bytes, so that two of them share a line of the host's cache. */

import type { Mapping } from './mapping.ts';
import { allowsFetch } from './permissions.ts';
import type { TlbEntry, TlbSpace } from './tlb-entry.ts';

/** log2 of the words of an entry. */
export const ENTRY_SHIFT = 3;

/** Word of the space, two flags, log2 of the size and the VMID. */
const TAG = 0;
const SPACE_MASK = 7;
const GLOBAL = 1 << 3;
const CLEAN = 1 << 4;
const SIZE = 8;
const SIZE_MASK = 0xff;
const VMID = 16;
const ASID = 1;
const HI = 2;
const PAGE = 3;
/** Bits [43:12] of an address; the bits above are in the word of the stage that it comes from. */
const IPA = 4;
const PA = 5;
/** Word of level + 1, permissions, attributes + 1, shareability and output address [51:44] of each stage. */
const STAGE1 = 6;
const STAGE2 = 7;
const LEVEL_MASK = 7;
const PERMISSIONS = 3;
const PERMISSIONS_MASK = 0x3f;
const ATTRIBUTES = 9;
const ATTRIBUTES_MASK = 0x1ff;
const SHAREABILITY = 18;
const SHAREABILITY_MASK = 3;
const ADDRESS_TOP = 20;

/** Addresses are multiples of the smallest granule. */
const GRANULE_BYTES = 0x1000;
const TOP_UNIT = 2 ** 44;

/** The part of TAG that an entry of a space, VMID and size (its log2) has. */
export const tagOf = (space: number, vmid: number, shift: number): number => space | (shift << SIZE) | (vmid << VMID);
const MATCH = SPACE_MASK | (SIZE_MASK << SIZE) | (0xffff << VMID);

/** Whether the entry at `at` is for a page; `tag`: see `tagOf`. The ASID is not asked. */
export const holds = (words: Int32Array, at: number, tag: number, hi: number, page: number): boolean =>
  words[at + PAGE] === page && words[at + HI] === hi && (words[at + TAG] & MATCH) === tag;

export const spaceAt = (words: Int32Array, at: number): TlbSpace => (words[at + TAG] & SPACE_MASK) as TlbSpace;
export const isGlobalAt = (words: Int32Array, at: number): boolean => (words[at + TAG] & GLOBAL) !== 0;
export const shiftAt = (words: Int32Array, at: number): number => (words[at + TAG] >>> SIZE) & SIZE_MASK;
export const vmidAt = (words: Int32Array, at: number): number => words[at + TAG] >>> VMID;
export const asidAt = (words: Int32Array, at: number): number => words[at + ASID];
/** The halves of the first address of the range, as int32. */
export const hiAt = (words: Int32Array, at: number): number => words[at + HI];
export const loAt = (words: Int32Array, at: number): number => words[at + PAGE] << shiftAt(words, at);
/** Whether code of any privilege may run in the range. */
export const mayRunAt = (words: Int32Array, at: number): boolean =>
  allowsFetch(permissionsIn(words[at + STAGE1]), permissionsIn(words[at + STAGE2]));

const permissionsIn = (stage: number): number => (stage >>> PERMISSIONS) & PERMISSIONS_MASK;

const stageWord = (level: number, permissions: number, attributes: number, shareability: number): number =>
  (level + 1) | (permissions << PERMISSIONS) | ((attributes + 1) << ATTRIBUTES) | (shareability << SHAREABILITY);

/** What the word of a stage has of an output address; seldom anything. */
const topOf = (output: number): number => (output < TOP_UNIT ? 0 : (output / TOP_UNIT) << ADDRESS_TOP);

/** Writes an entry; `hi` and `lo` are an address in its range. */
export function writeEntry(
  words: Int32Array,
  at: number,
  space: number,
  vmid: number,
  asid: number,
  hi: number,
  lo: number,
  m: Mapping,
): void {
  const { ipa, pa } = m;
  words[at + TAG] = tagOf(space, vmid, m.shift) | (m.global ? GLOBAL : 0) | (m.clean ? CLEAN : 0);
  words[at + ASID] = asid;
  words[at + HI] = hi;
  words[at + PAGE] = lo >>> m.shift;
  words[at + IPA] = ipa / GRANULE_BYTES;
  words[at + PA] = pa / GRANULE_BYTES;
  words[at + STAGE1] = stageWord(m.level1, m.permissions1, m.attributes1, m.shareability1) | topOf(ipa);
  words[at + STAGE2] = stageWord(m.level2, m.permissions2, m.attributes2, m.shareability2) | topOf(pa);
}

/** The address whose bits [43:12] are `low`, and whose bits above are in the word of a stage. */
const addressOf = (low: number, stage: number): number =>
  (low >>> 0) * GRANULE_BYTES + (stage >>> ADDRESS_TOP) * TOP_UNIT;

/** Reads the entry in a slot. */
export function readEntry(words: Int32Array, slot: number, into: TlbEntry): TlbEntry {
  const at = slot << ENTRY_SHIFT;
  const tag = words[at + TAG];
  const asid = words[at + ASID];
  const hi = words[at + HI];
  const page = words[at + PAGE];
  const ipa = words[at + IPA];
  const pa = words[at + PA];
  const stage1 = words[at + STAGE1];
  const stage2 = words[at + STAGE2];
  into.slot = slot;
  into.space = (tag & SPACE_MASK) as TlbSpace;
  into.global = (tag & GLOBAL) !== 0;
  into.clean = (tag & CLEAN) !== 0;
  into.shift = (tag >>> SIZE) & SIZE_MASK;
  into.vmid = tag >>> VMID;
  into.asid = asid;
  into.hi = hi;
  into.page = page;
  into.ipa = addressOf(ipa, stage1);
  into.pa = addressOf(pa, stage2);
  into.level1 = (stage1 & LEVEL_MASK) - 1;
  into.permissions1 = permissionsIn(stage1);
  into.attributes1 = ((stage1 >>> ATTRIBUTES) & ATTRIBUTES_MASK) - 1;
  into.shareability1 = (stage1 >>> SHAREABILITY) & SHAREABILITY_MASK;
  into.level2 = (stage2 & LEVEL_MASK) - 1;
  into.permissions2 = permissionsIn(stage2);
  into.attributes2 = ((stage2 >>> ATTRIBUTES) & ATTRIBUTES_MASK) - 1;
  into.shareability2 = (stage2 >>> SHAREABILITY) & SHAREABILITY_MASK;
  return into;
}
