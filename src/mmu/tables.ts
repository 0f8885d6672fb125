/** A set of translation tables of either stage: what a lookup needs to know before its first descriptor. */

import { joined } from '../arch/addresses.ts';
import type { GranuleBits } from './geometry.ts';

/** Tables of one TTBR or of VTTBR_EL2. */
export interface Tables {
  /** False: a lookup gives a level 0 Translation fault without a walk (sizes out of bounds, EPDx). */
  readonly usable: boolean;
  readonly granuleBits: GranuleBits;
  /** Size of the input address, 64 - TxSZ. */
  readonly inputBits: number;
  readonly startLevel: number;
  /** Address of the first table: a PA, or for stage 1 under stage 2 an IPA. */
  readonly base: number;
  /** Output addresses at or above this give an Address size fault: 2 ** (the smaller of IPS or PS and the PA size). */
  readonly outputLimit: number;
  /** SCTLR_ELx.EE: byte order of the descriptors. */
  readonly bigEndian: boolean;
  /** HA: the walk sets the Access flag instead of a fault. */
  readonly setsAccessFlag: boolean;
  /** HA and HD: a write through a read-only leaf with DBM makes the leaf writable. */
  readonly setsDirtyState: boolean;
}

/** TTBR bits [47:0] rounded down to the size of the table: the bits below are RES0 (AArch64.S1TTBaseAddress). */
export function tableBase(ttbrHi: number, ttbrLo: number, tableBytesLog2: number): number {
  const address = joined(ttbrHi & 0xffff, ttbrLo);
  return address - (address % 2 ** tableBytesLog2);
}
