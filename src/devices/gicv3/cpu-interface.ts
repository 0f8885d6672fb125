/** The CPU interface of a GICv3 behind its system registers: groups apart, Group 0 as FIQ (IHI 0069, ICC_* and ICV_*). */

import { CpuInterface, type CpuInterfaceShape } from '../gic/cpu-interface.ts';
import { FIRST_SPECIAL, IDLE, SPURIOUS } from '../gic/intid.ts';

/** Five bits of priority, each group with active priorities of its own: 32 levels in one word. */
export const SHAPE: CpuInterfaceShape = { priorityMask: 0xf8, minBpr: 2, activeSets: 2 };

/** Control bits in the places of ICH_VMCR_EL2: VENG0, VENG1, VCBPR and VEOIM. */
const GROUPS = 3;
const CBPR = 1 << 4;
const EOI_MODE = 1 << 9;
const STORED = GROUPS | CBPR | EOI_MODE;

/** ICC_CTLR_EL1 and ICV_CTLR_EL1: CBPR and EOImode; A3V, IDbits 24, PRIbits 5. */
const CTLR_CBPR = 1 << 0;
const CTLR_EOI_MODE = 1 << 1;
const CTLR_FIXED = 0x8c00;

/** First INTID of the LPIs, which have no active state. */
const FIRST_LPI = 8192;
export const isSpecial = (intid: number): boolean => intid >= FIRST_SPECIAL && intid <= SPURIOUS;

export class Gicv3CpuInterface extends CpuInterface {
  private control = 0;

  get ctlr(): number {
    return this.control;
  }
  set ctlr(value: number) {
    this.control = value & STORED;
  }
  protected get groups(): number {
    return this.control & GROUPS;
  }
  protected get hasCommonBinaryPoint(): boolean {
    return (this.control & CBPR) !== 0;
  }
  protected get signalsFiq(): boolean {
    return true;
  }
  get splitsEnd(): boolean {
    return (this.control & EOI_MODE) !== 0;
  }

  /** ICC_CTLR_EL1. */
  get controlRegister(): number {
    return CTLR_FIXED | (this.hasCommonBinaryPoint ? CTLR_CBPR : 0) | (this.splitsEnd ? CTLR_EOI_MODE : 0);
  }
  set controlRegister(value: number) {
    const common = (value & CTLR_CBPR) !== 0 ? CBPR : 0;
    this.control = (this.control & GROUPS) | common | ((value & CTLR_EOI_MODE) !== 0 ? EOI_MODE : 0);
    this.update();
  }

  /** ICC_IGRPEN0_EL1 and ICC_IGRPEN1_EL1: bit 0. */
  groupEnable(group: 0 | 1): number {
    return (this.control >>> group) & 1;
  }
  setGroupEnable(group: 0 | 1, value: number): void {
    this.control = (this.control & ~(1 << group)) | ((value & 1) << group);
    this.update();
  }

  /** ICC_PMR_EL1. */
  override setPriorityMask(value: number): void {
    super.setPriorityMask(value);
    this.update();
  }

  /** ICC_BPR0_EL1 and ICC_BPR1_EL1; while Group 1 uses Group 0's, its own reads as one more and ignores writes. */
  binaryPoint(group: 0 | 1): number {
    if (group === 0) return this.bpr;
    return this.hasCommonBinaryPoint ? Math.min(this.bpr + 1, 7) : this.abpr;
  }
  writeBinaryPoint(group: 0 | 1, value: number): void {
    if (group === 0) this.setBinaryPoint(value);
    else if (!this.hasCommonBinaryPoint) this.setAliasedBinaryPoint(value);
    this.update();
  }

  /** ICC_AP0R0_EL1 and ICC_AP1R0_EL1. */
  activePriorities(group: 0 | 1): number {
    return this.active.words[group];
  }
  setActivePriorities(group: 0 | 1, value: number): void {
    this.active.words[group] = value;
    this.active.update();
    this.update();
  }

  /** A read of ICC_IAR0_EL1 or ICC_IAR1_EL1. */
  acknowledge(group: 0 | 1): number {
    return this.signalling && this.source.group === group ? this.take() : SPURIOUS;
  }

  /** ICC_HPPIR0_EL1 and ICC_HPPIR1_EL1: neither ICC_PMR_EL1 nor the running priority counts. */
  highestPending(group: 0 | 1): number {
    return this.hasPending && this.source.group === group ? this.source.pending : SPURIOUS;
  }

  /**
   * A write of ICC_EOIR0_EL1 or ICC_EOIR1_EL1. One for the group that does not have the running priority is
   * UNPREDICTABLE; it does nothing, as in QEMU.
   */
  endOfInterrupt(group: 0 | 1, intid: number): void {
    const { active, source } = this;
    if (isSpecial(intid) || intid >= source.limit) return;
    if (active.running !== IDLE && active.runsGroup1 !== (group === 1)) return;
    const dropped = active.drop();
    const isLpi = intid >= FIRST_LPI;
    if (this.splitsEnd && !isLpi) this.update();
    else source.end(intid, dropped && !isLpi);
  }

  /** A write of ICC_DIR_EL1, ignored while EOImode is 0. */
  deactivate(intid: number): void {
    const { source } = this;
    if (!this.splitsEnd || isSpecial(intid) || intid >= source.limit || intid >= FIRST_LPI) return;
    source.deactivate(intid);
  }
}
