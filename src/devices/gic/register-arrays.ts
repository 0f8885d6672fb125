/** The arrays of registers with a bit, a byte or two bits for each INTID, a word at a time, as GICD and GICR have them. */

import type { Interrupts } from './interrupts.ts';
import { INTIDS, SGIS } from './intid.ts';

/** Arrays with a bit for each INTID, by bits [11:7] of the offset. */
const IGROUPR = 1;
const ISENABLER = 2;
export const ICENABLER = 3;
export const ISPENDR = 4;
export const ICPENDR = 5;
const ISACTIVER = 6;
const ICACTIVER = 7;
/** Offsets of the arrays with more, and of what lies between and behind them. */
const IPRIORITYR = 0x400;
const IPRIORITYR_END = 0x800;
const ICFGR = 0xc00;
const ICFGR_END = 0xd00;

/** Number of the bit array that an offset below 0x400 is in. */
export const bitArrayOf = (offset: number): number => offset >>> 7;

/** INTID that the lowest bits of the word at an offset belong to; -1 where no array is. */
export function firstIntid(offset: number): number {
  if (offset < IPRIORITYR) return bitArrayOf(offset) >= IGROUPR ? (offset & 0x7f) * 8 : -1;
  if (offset < IPRIORITYR_END) return offset - IPRIORITYR;
  return offset >= ICFGR && offset < ICFGR_END ? (offset - ICFGR) * 4 : -1;
}

/** Reads the word at an offset where an array is, as `cpu` sees it; zero beyond the INTIDs that exist. */
export function readArrays(interrupts: Interrupts, cpu: number, offset: number): number {
  const first = firstIntid(offset);
  if (first >= INTIDS) return 0;
  const word = interrupts.wordAt(cpu, first >>> 5);
  if (offset < IPRIORITYR) return bitmap(interrupts, bitArrayOf(offset), word);
  if (offset < IPRIORITYR_END) return priorities(interrupts, word, first & 31);
  return configuration(interrupts, word, first);
}

/** Writes the bits of such a word that `lanes` has; the others of `value` are zero. Changes are not reported. */
export function writeArrays(interrupts: Interrupts, cpu: number, offset: number, value: number, lanes: number): void {
  const first = firstIntid(offset);
  if (first >= INTIDS) return;
  const word = interrupts.wordAt(cpu, first >>> 5);
  if (offset < IPRIORITYR) writeBitmap(interrupts, bitArrayOf(offset), word, value, lanes);
  else if (offset < IPRIORITYR_END) setPriorities(interrupts, word, first & 31, value, lanes);
  else if (first >= SGIS) configure(interrupts, word, first, value, lanes);
}

function bitmap(interrupts: Interrupts, array: number, word: number): number {
  switch (array) {
    case IGROUPR:
      return interrupts.group[word];
    case ISENABLER:
    case ICENABLER:
      return interrupts.enabled[word];
    case ISPENDR:
    case ICPENDR:
      return interrupts.pending(word);
    default:
      return interrupts.active[word];
  }
}

function writeBitmap(interrupts: Interrupts, array: number, word: number, value: number, lanes: number): void {
  switch (array) {
    case IGROUPR:
      interrupts.group[word] = (interrupts.group[word] & ~lanes) | value;
      break;
    case ISENABLER:
      interrupts.enabled[word] |= value;
      break;
    case ICENABLER:
      interrupts.enabled[word] &= ~value;
      break;
    case ISPENDR:
      interrupts.latch[word] |= value;
      break;
    case ICPENDR:
      interrupts.latch[word] &= ~value;
      break;
    case ISACTIVER:
      interrupts.active[word] |= value;
      break;
    case ICACTIVER:
      interrupts.active[word] &= ~value;
      break;
  }
}

/** IPRIORITYR, from bit `from` of a word of the bitmaps on. */
function priorities({ priority }: Interrupts, word: number, from: number): number {
  const at = word * 32 + from;
  return priority[at] | (priority[at + 1] << 8) | (priority[at + 2] << 16) | (priority[at + 3] << 24);
}

function setPriorities(interrupts: Interrupts, word: number, from: number, value: number, lanes: number): void {
  for (let i = 0; i < 4; i++) {
    if (((lanes >>> (8 * i)) & 0xff) === 0) continue;
    interrupts.priority[word * 32 + from + i] = (value >>> (8 * i)) & interrupts.priorityMask;
  }
}

/** ICFGR from INTID `first` on: bit 1 of each pair is set for edge-triggered INTIDs. */
function configuration({ edge }: Interrupts, word: number, first: number): number {
  const half = edge[word] >>> (first & 16);
  let pairs = 0;
  for (let i = 0; i < 16; i++) pairs |= ((half >>> i) & 1) << (2 * i + 1);
  return pairs;
}

function configure({ edge }: Interrupts, word: number, first: number, pairs: number, lanes: number): void {
  for (let i = 0; i < 16; i++) {
    if (((lanes >>> (2 * i + 1)) & 1) === 0) continue;
    const bit = 1 << (i + (first & 16));
    if (((pairs >>> (2 * i + 1)) & 1) !== 0) edge[word] |= bit;
    else edge[word] &= ~bit;
  }
}
