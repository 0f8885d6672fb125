/** A TLB entry in words. */

import { hex, vaOf } from '../arch/addresses.ts';
import { memoryType } from '../mmu/break-before-make.ts';
import { regimeOfSpace, SPACE_EL2, SPACE_EL20, SPACE_S2, type TlbEntry } from '../mmu/tlb-entry.ts';
import { mairText } from './memory-type-text.ts';

/** Whose entry it is, what it maps to what, and the memory type: `EL1&0 VMID 0 ASID 3 VA 0x8000 -> PA 0x40008000 4096 bytes Normal WB`. */
export function tlbEntryText(entry: TlbEntry): string {
  const { space, vmid, asid, global, hi, lo, pa, shift } = entry;
  const owner = space === SPACE_EL2 || space === SPACE_EL20 ? '' : ` VMID ${vmid}`;
  const tag = space === SPACE_S2 || space === SPACE_EL2 ? '' : ` ASID ${global ? 'global' : asid}`;
  const from = `${space === SPACE_S2 ? 'IPA' : 'VA'} ${hex(vaOf(hi, lo))}`;
  return `${regimeOfSpace(space)}${owner}${tag} ${from} -> PA ${hex(pa)} ${2 ** shift} bytes ${mairText(memoryType(entry))}`;
}
