/** One CPU interface, physical or virtual: masking, preemption, acknowledgement, end of interrupt (IHI 0048B, chapter 3). */

import { ActivePriorities } from './active-priorities.ts';
import { ACKNOWLEDGE_MASK, IDLE, INTID_MASK, OTHER_GROUP, SPURIOUS } from './intid.ts';

/**
 * Where a CPU interface takes its interrupts from. Whatever `activate`, `end` and `deactivate` change, the source makes
 * the interface `update`.
 */
export interface InterruptSource {
  /** INTID of the pending interrupt of highest priority, with the sender of an SGI as GICC_IAR has it, else SPURIOUS. */
  readonly pending: number;
  /** Priority of that interrupt, 0 to 255; IDLE when there is none. */
  readonly priority: number;
  readonly group: 0 | 1;
  /** INTIDs that end and deactivate are below this; others are ignored. */
  readonly limit: number;
  /** Looks again; `groups` are those that the CPU interface enables, bit 0 for Group 0. */
  refresh(groups: number): void;
  /** Makes the pending interrupt active. */
  activate(): void;
  /** Deactivates at the end of an interrupt; `dropped` tells whether the running priority dropped. */
  end(acknowledged: number, dropped: boolean): void;
  /** Deactivates by GICC_DIR. */
  deactivate(acknowledged: number): void;
}

/** What makes an interface physical or virtual. */
export interface CpuInterfaceShape {
  /** Priority bits implemented, the top ones of a byte. */
  readonly priorityMask: number;
  /** Smallest binary point for Group 0; Group 1's is one more. */
  readonly minBpr: number;
  /** Sets of active priorities: one for each group, or one for both. */
  readonly activeSets: 1 | 2;
}

/** All 8 priority bits, as on QEMU's `virt`. */
export const PHYSICAL: CpuInterfaceShape = { priorityMask: 0xff, minBpr: 0, activeSets: 2 };
/** 5 priority bits: those of a list register. */
export const VIRTUAL: CpuInterfaceShape = { priorityMask: 0xf8, minBpr: 2, activeSets: 1 };

export interface CpuInterfaceState {
  readonly ctlr: number;
  readonly pmr: number;
  readonly bpr: number;
  readonly abpr: number;
  readonly activePriorities: number[];
}

/** Bits of GICC_CTLR; EnableGrp0 and EnableGrp1 are bits 0 and 1. Interrupt bypass is not supported. */
const CTLR_GROUPS = 3;
const CTLR_ACK_CTL = 1 << 2;
const CTLR_FIQ_EN = 1 << 3;
const CTLR_CBPR = 1 << 4;
const CTLR_EOI_MODE = 1 << 9;
const CTLR_STORED = 0x21f;

export class CpuInterface {
  /** Binary point of Group 1 while CTLR.CBPR is clear. */
  abpr: number;
  bpr: number;
  pmr = 0;
  readonly active: ActivePriorities;
  private control = 0;
  private irq = false;
  private fiq = false;
  /** Whether the pending interrupt may be signalled. */
  private signalling = false;

  /** `irq` and `fiq` are told when the level of the line to the CPU changes. */
  constructor(
    private readonly source: InterruptSource,
    private readonly shape: CpuInterfaceShape,
    private readonly lines: { irq(level: boolean): void; fiq(level: boolean): void },
  ) {
    this.active = new ActivePriorities(shape.minBpr, shape.activeSets);
    this.bpr = shape.minBpr;
    this.abpr = shape.minBpr + 1;
  }

  get ctlr(): number {
    return this.control;
  }
  set ctlr(value: number) {
    this.control = value & CTLR_STORED;
  }
  setPriorityMask(value: number): void {
    this.pmr = value & this.shape.priorityMask;
  }
  setBinaryPoint(value: number): void {
    this.bpr = Math.max(value & 7, this.shape.minBpr);
  }
  setAliasedBinaryPoint(value: number): void {
    this.abpr = Math.max(value & 7, this.shape.minBpr + 1);
  }
  /** Whether GICC_EOIR only drops the priority, and GICC_DIR deactivates. */
  get splitsEnd(): boolean {
    return (this.control & CTLR_EOI_MODE) !== 0;
  }
  /** GICC_RPR: 0xff when no interrupt is active. */
  get runningPriority(): number {
    return Math.min(this.active.running, 0xff);
  }

  /** Looks again at the source and drives the lines. */
  update(): void {
    const { source } = this;
    source.refresh(this.control & CTLR_GROUPS);
    this.signalling = source.priority < this.pmr && (this.control & (1 << source.group)) !== 0 && this.preempts();
    const fiq = this.signalling && source.group === 0 && (this.control & CTLR_FIQ_EN) !== 0;
    const irq = this.signalling && !fiq;
    if (irq !== this.irq) {
      this.irq = irq;
      this.lines.irq(irq);
    }
    if (fiq !== this.fiq) {
      this.fiq = fiq;
      this.lines.fiq(fiq);
    }
  }

  /** Whether the pending interrupt's group priority is higher than that of what is active. */
  private preempts(): boolean {
    const { running } = this.active;
    const mask = this.groupPriorityMask();
    return running === IDLE || (this.source.priority & mask) < (running & mask);
  }

  /** The bits of the pending interrupt's priority that are no subpriority. */
  private groupPriorityMask(): number {
    const common = this.source.group === 0 || (this.control & CTLR_CBPR) !== 0;
    return (0xfe << (common ? this.bpr : this.abpr - 1)) & 0xff;
  }

  /** A read of GICC_IAR, or of GICC_AIAR, which acknowledges interrupts of Group 1 alone. */
  acknowledge(aliased: boolean): number {
    const { source } = this;
    if (!this.signalling) return SPURIOUS;
    const special = this.special(aliased);
    if (special !== 0) return special;
    const acknowledged = source.pending;
    this.active.raise(source.priority & this.groupPriorityMask(), source.group);
    source.activate();
    return acknowledged;
  }

  /** A read of GICC_HPPIR or GICC_AHPPIR: neither GICC_PMR nor the running priority counts. */
  highestPending(aliased: boolean): number {
    const { source } = this;
    if (source.priority === IDLE || (this.control & (1 << source.group)) === 0) return SPURIOUS;
    return this.special(aliased) || source.pending;
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

  /** A copy of the state. */
  state(): CpuInterfaceState {
    const { ctlr, pmr, bpr, abpr } = this;
    return { ctlr, pmr, bpr, abpr, activePriorities: Array.from(this.active.words) };
  }

  /** Takes over a state; `update` follows. */
  load(state: CpuInterfaceState): void {
    this.ctlr = state.ctlr;
    this.pmr = state.pmr;
    this.bpr = state.bpr;
    this.abpr = state.abpr;
    this.active.words.set(state.activePriorities);
    this.active.update();
  }
}
