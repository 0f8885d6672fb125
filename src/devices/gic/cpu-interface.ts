/** One CPU interface, physical or virtual: masking, preemption, lines to the CPU (IHI 0048B and 0069, "Interrupt handling"). */

import { ActivePriorities } from './active-priorities.ts';
import { IDLE } from './intid.ts';

/**
 * Where a CPU interface takes its interrupts from. Whatever `activate`, `end` and `deactivate` change, the source makes
 * the interface `update`.
 */
export interface InterruptSource {
  /** The pending interrupt of highest priority, as an acknowledge register has it, else SPURIOUS. */
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
  /** Deactivates what is ended in two steps. */
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

/** Lines to the CPU, told when their level changes. */
export interface InterruptLines {
  irq(level: boolean): void;
  fiq(level: boolean): void;
}

export interface CpuInterfaceState {
  readonly ctlr: number;
  readonly pmr: number;
  readonly bpr: number;
  readonly abpr: number;
  readonly activePriorities: number[];
}

/** What all architecture versions have in common; each has its own control register and ways to acknowledge. */
export abstract class CpuInterface {
  /** Binary point of Group 1 while it has one of its own. */
  abpr: number;
  bpr: number;
  pmr = 0;
  readonly active: ActivePriorities;
  private irq = false;
  private fiq = false;
  /** Whether the pending interrupt may be signalled. */
  protected signalling = false;

  constructor(
    protected readonly source: InterruptSource,
    private readonly shape: CpuInterfaceShape,
    private readonly lines: InterruptLines,
  ) {
    this.active = new ActivePriorities(shape.minBpr, shape.activeSets);
    this.bpr = shape.minBpr;
    this.abpr = shape.minBpr + 1;
  }

  /** The control bits, in a layout of the version's own. */
  abstract ctlr: number;
  /** Groups that are enabled, bit 0 for Group 0. */
  protected abstract get groups(): number;
  /** Whether the binary point of Group 0 is Group 1's too. */
  protected abstract get hasCommonBinaryPoint(): boolean;
  /** Whether interrupts of Group 0 are FIQs. */
  protected abstract get signalsFiq(): boolean;
  /** Whether the end of an interrupt only drops the priority, and another register deactivates. */
  abstract get splitsEnd(): boolean;

  setPriorityMask(value: number): void {
    this.pmr = value & this.shape.priorityMask;
  }
  setBinaryPoint(value: number): void {
    this.bpr = Math.max(value & 7, this.shape.minBpr);
  }
  setAliasedBinaryPoint(value: number): void {
    this.abpr = Math.max(value & 7, this.shape.minBpr + 1);
  }
  /** The running priority as its register has it: 0xff when no interrupt is active. */
  get runningPriority(): number {
    return Math.min(this.active.running, 0xff);
  }

  /** Looks again at the source and drives the lines. */
  update(): void {
    const { source, groups } = this;
    source.refresh(groups);
    this.signalling = source.priority < this.pmr && (groups & (1 << source.group)) !== 0 && this.preempts();
    const fiq = this.signalling && source.group === 0 && this.signalsFiq;
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

  /** Whether an interrupt of an enabled group is pending, whatever the priority mask and the running priority. */
  protected get hasPending(): boolean {
    return this.source.priority !== IDLE && (this.groups & (1 << this.source.group)) !== 0;
  }

  /** Whether the pending interrupt's group priority is higher than that of what is active. */
  private preempts(): boolean {
    const { running } = this.active;
    const mask = this.groupPriorityMask();
    return running === IDLE || (this.source.priority & mask) < (running & mask);
  }

  /** The bits of the pending interrupt's priority that are no subpriority. */
  private groupPriorityMask(): number {
    const isGroup0s = this.source.group === 0 || this.hasCommonBinaryPoint;
    return (0xfe << (isGroup0s ? this.bpr : this.abpr - 1)) & 0xff;
  }

  /** Acknowledges the interrupt that is signalled; it is active then. */
  protected take(): number {
    const { source } = this;
    const acknowledged = source.pending;
    this.active.raise(source.priority & this.groupPriorityMask(), source.group);
    source.activate();
    return acknowledged;
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
