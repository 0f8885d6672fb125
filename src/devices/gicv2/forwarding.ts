/** What the distributor of a GICv2 offers to one CPU interface: SGIs with their sender (IHI 0048B, "GICC_IAR"). */

import { Forwarding } from '../gic/forwarding.ts';
import { SGIS } from '../gic/intid.ts';
import { INTID_MASK, SOURCE_SHIFT } from './acknowledge.ts';
import type { Gicv2Interrupts } from './interrupts.ts';

export class Gicv2Forwarding extends Forwarding<Gicv2Interrupts> {
  protected override acknowledged(intid: number): number {
    return intid < SGIS ? intid | (this.interrupts.sgiSource(this.cpu, intid) << SOURCE_SHIFT) : intid;
  }

  override deactivate(acknowledged: number): void {
    super.deactivate(acknowledged & INTID_MASK);
  }
}
