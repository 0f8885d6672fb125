/** The interrupts of one vCPU with a GICv2, whose SGIs know who sent them (IHI 0048B, "GICH_LRn", CPUID). */

import { lowestBit, SGIS } from '../devices/gic/intid.ts';
import { INTID_MASK, SOURCE_MASK } from '../devices/gicv2/acknowledge.ts';
import type { Gicv2Interrupts } from '../devices/gicv2/interrupts.ts';
import {
  GICH_LR_ACTIVE,
  GICH_LR_EOI,
  GICH_LR_PENDING,
  GICH_LR_PHYSICAL_SHIFT,
} from '../devices/gicv2/list-registers.ts';
import { VirtualInterrupts } from './virtual-interrupts.ts';

export class Gicv2VirtualInterrupts extends VirtualInterrupts<Gicv2Interrupts> {
  /** Who sent the SGIs that are active. */
  private readonly activeSource = new Uint8Array(SGIS);

  override toRegister(intid: number): number {
    if (intid >= SGIS) return super.toRegister(intid);
    const lr = this.claim(intid);
    return lr | this.sgiBits(intid, (lr & GICH_LR_ACTIVE) !== 0);
  }

  override fromRegister(lr: number): void {
    const intid = lr & INTID_MASK;
    super.fromRegister(lr);
    if (intid < SGIS && (lr & GICH_LR_ACTIVE) !== 0) this.activeSource[intid] = senderOf(lr);
  }

  /** An SGI is sent again. */
  protected override pend(intid: number, lr: number): void {
    if (intid >= SGIS) {
      super.pend(intid, lr);
      return;
    }
    const sources = this.distributor.sgiSources[this.vcpu * SGIS + intid];
    this.distributor.setSgiSources(this.vcpu, intid, sources | (1 << senderOf(lr)));
  }

  /** State and sender of an SGI; other senders wait until it has ended. */
  private sgiBits(sgi: number, isActive: boolean): number {
    const sources = this.distributor.sgiSources[this.vcpu * SGIS + sgi];
    const source = isActive ? this.activeSource[sgi] : lowestBit(sources);
    const others = sources & ~(1 << source);
    this.distributor.setSgiSources(this.vcpu, sgi, others);
    const pending = (sources & (1 << source)) !== 0 ? GICH_LR_PENDING : 0;
    return (source << GICH_LR_PHYSICAL_SHIFT) | pending | (others !== 0 ? GICH_LR_EOI : 0);
  }
}

const senderOf = (lr: number): number => (lr >>> GICH_LR_PHYSICAL_SHIFT) & SOURCE_MASK;
