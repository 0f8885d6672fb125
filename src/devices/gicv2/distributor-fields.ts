/** The byte arrays that GICD of a GICv2 alone has, a word at a time: targets of SPIs, senders of SGIs. */

import { FIRST_SPI, INTIDS, SGIS } from '../gic/intid.ts';
import type { Gicv2Interrupts } from './interrupts.ts';

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

/** GICD_ITARGETSR from INTID `first` on: with one CPU RAZ/WI; a private interrupt targets the CPU that reads. */
export function targets(interrupts: Gicv2Interrupts, cpu: number, first: number): number {
  if (interrupts.cpus === 1) return 0;
  return bytes(first, (intid) => (intid < FIRST_SPI ? 1 << cpu : interrupts.targetsOf(intid - FIRST_SPI)));
}

export function setTargets(interrupts: Gicv2Interrupts, first: number, word: number, lanes: number): void {
  if (interrupts.cpus === 1 || first < FIRST_SPI) return;
  eachByte(first, word, lanes, (intid, byte) => interrupts.setTargets(intid - FIRST_SPI, byte));
}

/** GICD_CPENDSGIR and GICD_SPENDSGIR from SGI `first` on: the CPUs that have sent each to `cpu`. */
export const senders = (interrupts: Gicv2Interrupts, cpu: number, first: number): number =>
  bytes(first, (sgi) => interrupts.sgiSources[cpu * SGIS + sgi]);

/** Adds or takes away senders. */
export function changeSenders(
  interrupts: Gicv2Interrupts,
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
