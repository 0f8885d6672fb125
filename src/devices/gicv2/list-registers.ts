/** The list registers of a GICv2: GICH_LRn in 32 bits, with the senders of SGIs (IHI 0048B, "GICH_LRn"). */

import { FIRST_SPECIAL, SGIS } from '../gic/intid.ts';
import { LR_GROUP_SHIFT, LR_HW_SHIFT, LR_PHYSICAL_MASK, LR_PRIORITY_SHIFT } from '../gic/list-register-fields.ts';
import { type ListRegisterPorts, ListRegisters } from '../gic/list-registers.ts';
import { INTID_MASK, SOURCE_MASK, SOURCE_SHIFT } from './acknowledge.ts';

export const LIST_REGISTERS = 4;

/** Fields of GICH_LRn; without HW, bit 19 is EOI and bits [12:10] are CPUID. */
export const GICH_LR_PHYSICAL_SHIFT = 10;
export const GICH_LR_EOI = 1 << 19;
export const GICH_LR_PRIORITY_SHIFT = 23;
export const GICH_LR_PENDING = 1 << 28;
export const GICH_LR_ACTIVE = 1 << 29;
export const GICH_LR_GROUP_SHIFT = 30;
export const GICH_LR_HW = 1 << 31;
const PHYSICAL_MASK = 0x3ff;
const PRIORITY_MASK = 0x1f;
const STATE_SHIFT = 28;
/** The five bits of a priority stand three bits higher in ICH_LR<n>_EL2. */
const PRIORITY_SHIFT = LR_PRIORITY_SHIFT + 3;
const LR_STATE_SHIFT = 30;

const HCR_STORED = 0xf800_00ff;

/** Bits [63:32] of ICH_LR<n>_EL2 for a GICH_LRn. */
export const wideRegister = (lr: number): number =>
  (((lr >>> GICH_LR_PHYSICAL_SHIFT) & PHYSICAL_MASK) |
    (((lr >>> GICH_LR_PRIORITY_SHIFT) & PRIORITY_MASK) << PRIORITY_SHIFT) |
    (((lr >>> GICH_LR_GROUP_SHIFT) & 1) << LR_GROUP_SHIFT) |
    ((lr >>> 31) << LR_HW_SHIFT) |
    (((lr >>> STATE_SHIFT) & 3) << LR_STATE_SHIFT)) >>>
  0;

/** GICH_LRn for the two halves of ICH_LR<n>_EL2, whose INTIDs have 10 bits. */
export const narrowRegister = (hi: number, lo: number): number =>
  (lo |
    ((hi & LR_PHYSICAL_MASK) << GICH_LR_PHYSICAL_SHIFT) |
    (((hi >>> PRIORITY_SHIFT) & PRIORITY_MASK) << GICH_LR_PRIORITY_SHIFT) |
    (((hi >>> LR_GROUP_SHIFT) & 1) << GICH_LR_GROUP_SHIFT) |
    (((hi >>> LR_HW_SHIFT) & 1) << 31) |
    ((hi >>> LR_STATE_SHIFT) << STATE_SHIFT)) >>>
  0;

export class Gicv2ListRegisters extends ListRegisters {
  constructor(ports: ListRegisterPorts) {
    super({ count: LIST_REGISTERS, hcrStored: HCR_STORED, limit: FIRST_SPECIAL }, ports);
  }

  /** GICH_LRn. */
  register(n: number): number {
    return narrowRegister(this.hi[n], this.lo[n]);
  }
  writeRegister(n: number, value: number): void {
    this.setRegister(n, wideRegister(value), value & INTID_MASK);
  }

  protected override acknowledged(n: number): number {
    const intid = this.lo[n];
    return intid < SGIS ? intid | (this.sender(n) << SOURCE_SHIFT) : intid;
  }

  protected override isNamed(n: number, acknowledged: number): boolean {
    const intid = acknowledged & INTID_MASK;
    if (this.lo[n] !== intid) return false;
    return intid >= SGIS || this.sender(n) === ((acknowledged >>> SOURCE_SHIFT) & SOURCE_MASK);
  }

  /** CPUID of a list register; 0 for one with HW, which has a PhysicalID there. */
  private sender(n: number): number {
    return ((this.hi[n] >>> LR_HW_SHIFT) & 1) !== 0 ? 0 : this.hi[n] & SOURCE_MASK;
  }
}
