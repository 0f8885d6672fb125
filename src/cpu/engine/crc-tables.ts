/** The byte tables of CRC-32 and CRC-32C, reflected (polynomials of DDI 0487, "CRC32", "CRC32C"). */

import type { HostMemory } from '../../arch/host-memory.ts';

const POLYNOMIALS = [0xedb8_8320, 0x82f6_3b78];

/** Writes both tables of 256 uint32 into linear memory and returns their offset. */
export function crcTables(memory: HostMemory): number {
  const base = memory.alloc(POLYNOMIALS.length * 1024, 64);
  POLYNOMIALS.forEach((polynomial, table) => {
    for (let byte = 0; byte < 256; byte++) {
      let value = byte;
      for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? polynomial : 0);
      memory.u32[(base >>> 2) + table * 256 + byte] = value;
    }
  });
  return base;
}
