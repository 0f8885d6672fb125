/** The register arrays of GICD with a byte or two bits for each INTID, a word at a time. */

import type { Interrupts } from './interrupts.ts';
import { FIRST_SPI, INTIDS, SGIS } from './intid.ts';

/** The word of a byte array whose lowest byte is that of `first`; zero beyond the INTIDs that exist. */
function bytes(first: number, byte: (intid: number) => number): number {
  if (first >= INTIDS) return 0;
  return byte(first) | (byte(first + 1) << 8) | (byte(first + 2) << 16) | (byte(first + 3) << 24);
}

/** Calls `take` for each byte of a word that `lanes` has and an INTID that exists. */
function eachByte(first: number, word: number, lanes: number, take: (intid: number, byte: number) => void): void {
  if (first >= INTIDS) return;
  for (let i = 0; i < 4; i++) {
    if (((lanes >>> (8 * i)) & 0xff) !== 0) take(first + i, (word >>> (8 * i)) & 0xff);
  }
}

/** Index of an INTID in `Interrupts.priority`. */
const priorityAt = (interrupts: Interrupts, cpu: number, intid: number): number =>
  interrupts.wordAt(cpu, intid >>> 5) * 32 + (intid & 31);

/** GICD_IPRIORITYR from INTID `first` on. */
export const priorities = (interrupts: Interrupts, cpu: number, first: number): number =>
  bytes(first, (intid) => interrupts.priority[priorityAt(interrupts, cpu, intid)]);

export function setPriorities(interrupts: Interrupts, cpu: number, first: number, word: number, lanes: number): void {
  eachByte(first, word, lanes, (intid, byte) => {
    interrupts.priority[priorityAt(interrupts, cpu, intid)] = byte;
  });
}

/** GICD_ITARGETSR from INTID `first` on: with one CPU RAZ/WI; a private interrupt targets the CPU that reads. */
export function targets(interrupts: Interrupts, cpu: number, first: number): number {
  if (interrupts.cpus === 1) return 0;
  return bytes(first, (intid) => (intid < FIRST_SPI ? 1 << cpu : interrupts.targetsOf(intid - FIRST_SPI)));
}

export function setTargets(interrupts: Interrupts, first: number, word: number, lanes: number): void {
  if (interrupts.cpus === 1 || first < FIRST_SPI) return;
  eachByte(first, word, lanes, (intid, byte) => interrupts.setTargets(intid - FIRST_SPI, byte));
}

/** GICD_ICFGR from INTID `first` on: bit 1 of each pair is set for edge-triggered INTIDs. */
export function configuration(interrupts: Interrupts, cpu: number, first: number): number {
  if (first >= INTIDS) return 0;
  const half = interrupts.edge[interrupts.wordAt(cpu, first >>> 5)] >>> (first & 16);
  let pairs = 0;
  for (let i = 0; i < 16; i++) pairs |= ((half >>> i) & 1) << (2 * i + 1);
  return pairs;
}

/** Writes GICD_ICFGR; SGIs stay edge-triggered. */
export function configure(interrupts: Interrupts, cpu: number, first: number, pairs: number, lanes: number): void {
  if (first < SGIS || first >= INTIDS) return;
  const { edge } = interrupts;
  const word = interrupts.wordAt(cpu, first >>> 5);
  for (let i = 0; i < 16; i++) {
    if (((lanes >>> (2 * i + 1)) & 1) === 0) continue;
    const bit = 1 << (i + (first & 16));
    if (((pairs >>> (2 * i + 1)) & 1) !== 0) edge[word] |= bit;
    else edge[word] &= ~bit;
  }
}

/** GICD_CPENDSGIR and GICD_SPENDSGIR from SGI `first` on: the CPUs that have sent each to `cpu`. */
export const senders = (interrupts: Interrupts, cpu: number, first: number): number =>
  bytes(first, (sgi) => interrupts.sgiSources[cpu * SGIS + sgi]);

/** Adds or takes away senders. */
export function changeSenders(
  interrupts: Interrupts,
  cpu: number,
  first: number,
  word: number,
  lanes: number,
  add: boolean,
): void {
  eachByte(first, word, lanes, (sgi, byte) => {
    const sources = interrupts.sgiSources[cpu * SGIS + sgi];
    interrupts.setSgiSources(cpu, sgi, add ? sources | byte : sources & ~byte);
  });
}
