/** The CPU interface of a GICv2: its control register, acknowledgement and end of interrupts (IHI 0048B, chapter 3). */

import { CpuInterface, type CpuInterfaceShape } from '../gic/cpu-interface.ts';
import { SPURIOUS } from '../gic/intid.ts';
import { ACKNOWLEDGE_MASK, INTID_MASK, OTHER_GROUP } from './acknowledge.ts';

/** All 8 priority bits, as on QEMU's `virt`. */
export const PHYSICAL: CpuInterfaceShape = { priorityMask: 0xff, minBpr: 0, activeSets: 2 };
/** 5 priority bits: those of a list register. */
export const VIRTUAL: CpuInterfaceShape = { priorityMask: 0xf8, minBpr: 2, activeSets: 1 };

/** Bits of GICC_CTLR; EnableGrp0 and EnableGrp1 are bits 0 and 1. Interrupt bypass is not supported. */
const CTLR_GROUPS = 3;
const CTLR_ACK_CTL = 1 << 2;
const CTLR_FIQ_EN = 1 << 3;
const CTLR_CBPR = 1 << 4;
const CTLR_EOI_MODE = 1 << 9;
const CTLR_STORED = 0x21f;

export class Gicv2CpuInterface extends CpuInterface {
  private control = 0;

  get ctlr(): number {
    return this.control;
  }
  set ctlr(value: number) {
    this.control = value & CTLR_STORED;
  }
  protected get groups(): number {
    return this.control & CTLR_GROUPS;
  }
  protected get hasCommonBinaryPoint(): boolean {
    return (this.control & CTLR_CBPR) !== 0;
  }
  protected get signalsFiq(): boolean {
    return (this.control & CTLR_FIQ_EN) !== 0;
  }
  /** Whether GICC_EOIR only drops the priority, and GICC_DIR deactivates. */
  get splitsEnd(): boolean {
    return (this.control & CTLR_EOI_MODE) !== 0;
  }

  /** A read of GICC_IAR, or of GICC_AIAR, which acknowledges interrupts of Group 1 alone. */
  acknowledge(aliased: boolean): number {
    if (!this.signalling) return SPURIOUS;
    return this.special(aliased) || this.take();
  }

  /** A read of GICC_HPPIR or GICC_AHPPIR: neither GICC_PMR nor the running priority counts. */
  highestPending(aliased: boolean): number {
    if (!this.hasPending) return SPURIOUS;
    return this.special(aliased) || this.source.pending;
  }

  /** The special INTID that stands for a pending interrupt of the other group; 0 when it may be seen. */
  private special(aliased: boolean): number {
    if (this.source.group === 0) return aliased ? SPURIOUS : 0;
    return aliased || (this.control & CTLR_ACK_CTL) !== 0 ? 0 : OTHER_GROUP;
  }

  /** A write of GICC_EOIR or GICC_AEOIR; through which of the two, and in which order, is not checked. */
  endOfInterrupt(value: number): void {
    if ((value & INTID_MASK) >= this.source.limit) return;
    const dropped = this.active.drop();
    if (this.splitsEnd) this.update();
    else this.source.end(value & ACKNOWLEDGE_MASK, dropped);
  }

  /** A write of GICC_DIR while `splitsEnd`. */
  deactivate(value: number): void {
    if ((value & INTID_MASK) < this.source.limit) this.source.deactivate(value & ACKNOWLEDGE_MASK);
  }
}
