/** What the word of a load or store contributes to the syndrome of its Data Abort. */

import { ISS_WNR, loadStoreIss } from '../../arch/syndrome.ts';

const field = (word: number, at: number, mask: number): number => (word >>> at) & mask;

/** ISS[24:14] by the rule of ESR_ELx.ISV: loads and stores of one general register, no exclusives, no write-back. */
function describe(word: number): number {
  const rt = word & 31;
  const size = field(word, 30, 3);
  const opc = field(word, 22, 3);
  // Load/store register: unsigned offset, register offset, unscaled, unprivileged.
  if ((word & 0x3b00_0000) === 0x3900_0000) return register(size, opc, rt);
  if ((word & 0x3b20_0c00) === 0x3820_0800) return register(size, opc, rt);
  if ((word & 0x3b20_0400) === 0x3800_0000) return register(size, opc, rt);
  // Load register (literal): opc 0 W, 1 X, 2 LDRSW.
  if ((word & 0x3b00_0000) === 0x1800_0000) return loadStoreIss(size === 1 ? 3 : 2, size === 2, rt, size !== 0, false);
  // LDAR, STLR and their byte and halfword forms.
  if ((word & 0x3fa0_8000) === 0x0880_8000) return loadStoreIss(size, false, rt, size === 3, true);
  // LDAPR and its byte and halfword forms.
  if ((word & 0x3fff_fc00) === 0x38bf_c000) return loadStoreIss(size, false, rt, size === 3, true);
  return 0;
}

function register(size: number, opc: number, rt: number): number {
  const signed = opc >= 2;
  const sf = signed ? opc === 2 : size === 3;
  return loadStoreIss(size, signed, rt, sf, false);
}

/** The bits of the ISS that the access gives: WnR, and ISV with its fields where the instruction has them. */
export const abortAccess = (word: number, write: boolean): number => describe(word) | (write ? ISS_WNR : 0);
