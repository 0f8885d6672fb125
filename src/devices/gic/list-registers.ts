/** The list registers of one CPU: the virtual interrupts that a hypervisor has lined up (IHI 0069, "ICH_LR<n>_EL2"). */

import type { InterruptSource } from './cpu-interface.ts';
import { IDLE, INTIDS, SGIS, SPURIOUS } from './intid.ts';
import {
  HCR_EN,
  HCR_EOI_COUNT_SHIFT,
  HCR_GROUP_ENABLES_SHIFT,
  HCR_LRENPIE,
  HCR_NPIE,
  HCR_UIE,
  LR_ACTIVE,
  LR_EOI,
  LR_GROUP_SHIFT,
  LR_HW,
  LR_PENDING,
  LR_PHYSICAL_MASK,
  LR_PRIORITY_MASK,
  LR_PRIORITY_SHIFT,
  LR_STATE,
  MISR_EOI,
  MISR_LRENP,
  MISR_NP,
  MISR_U,
} from './list-register-fields.ts';

export interface ListRegistersState {
  readonly hcr: number;
  readonly hi: number[];
  readonly lo: number[];
}

/** What list registers drive. */
export interface ListRegisterPorts {
  /** Something that the virtual CPU interface must look at changed. */
  changed(): void;
  /** A virtual interrupt that stands for a physical one ended: deactivates the physical INTID, a PPI or SPI. */
  deactivate(intid: number): void;
  /** Level of the maintenance interrupt; called on every change, and perhaps without one. */
  maintenance(level: boolean): void;
}

/** What an architecture version makes of them. */
export interface ListRegistersShape {
  readonly count: number;
  /** Bits of the HCR that a write keeps. */
  readonly hcrStored: number;
  /** INTIDs that end and deactivate are below this. */
  readonly limit: number;
}

export class ListRegisters implements InterruptSource {
  pending = SPURIOUS;
  priority = IDLE;
  group: 0 | 1 = 0;
  readonly limit: number;
  readonly count: number;
  protected readonly hi: Uint32Array;
  protected readonly lo: Uint32Array;
  private control = 0;
  /** Index of the register that is offered. */
  protected offered = 0;
  private groups = 0;

  constructor(
    private readonly shape: ListRegistersShape,
    protected readonly ports: ListRegisterPorts,
  ) {
    this.count = shape.count;
    this.limit = shape.limit;
    this.hi = new Uint32Array(shape.count);
    this.lo = new Uint32Array(shape.count);
  }

  get hcr(): number {
    return this.control;
  }
  set hcr(value: number) {
    this.control = (value & this.shape.hcrStored) >>> 0;
    this.ports.changed();
  }
  registerHi(n: number): number {
    return this.hi[n];
  }
  registerLo(n: number): number {
    return this.lo[n];
  }
  /** Writes a register whose fields are within what is implemented. */
  setRegister(n: number, hi: number, lo: number): void {
    this.hi[n] = hi;
    this.lo[n] = lo;
    this.ports.changed();
  }

  /** Offers the most urgent pending register whose group is enabled; of equals the first. Drives the maintenance line. */
  refresh(groups: number): void {
    this.groups = groups;
    this.priority = IDLE;
    this.pending = SPURIOUS;
    this.group = 0;
    if ((this.control & HCR_EN) !== 0) this.offer();
    this.ports.maintenance((this.control & HCR_EN) !== 0 && this.misr !== 0);
  }

  private offer(): void {
    for (let n = 0; n < this.count; n++) {
      const hi = this.hi[n];
      if ((hi & LR_STATE) !== LR_PENDING) continue;
      const group = ((hi >>> LR_GROUP_SHIFT) & 1) as 0 | 1;
      const priority = (hi >>> LR_PRIORITY_SHIFT) & LR_PRIORITY_MASK;
      if ((this.groups & (1 << group)) === 0 || priority >= this.priority) continue;
      this.priority = priority;
      this.group = group;
      this.offered = n;
    }
    if (this.priority !== IDLE) this.pending = this.acknowledged(this.offered);
  }

  /** What an acknowledge register returns for list register `n`. */
  protected acknowledged(n: number): number {
    return this.lo[n];
  }

  /** Whether an end names the interrupt of list register `n`. */
  protected isNamed(n: number, acknowledged: number): boolean {
    return this.lo[n] === acknowledged;
  }

  activate(): void {
    this.hi[this.offered] ^= LR_STATE;
    this.ports.changed();
  }

  /** The pending interrupt is gone without having become active. */
  withdraw(): void {
    this.hi[this.offered] &= ~LR_PENDING;
    this.ports.changed();
  }

  /** An end for which there is no register is counted in HCR.EOICount, if the priority dropped. */
  end(acknowledged: number, dropped: boolean): void {
    const n = this.activeRegister(acknowledged);
    if (n >= 0) this.finish(n);
    else if (dropped) this.control = (this.control + 2 ** HCR_EOI_COUNT_SHIFT) >>> 0;
    this.ports.changed();
  }

  deactivate(acknowledged: number): void {
    this.end(acknowledged, true);
  }

  private finish(n: number): void {
    const hi = this.hi[n];
    this.hi[n] = hi & ~LR_ACTIVE;
    const physical = hi & LR_PHYSICAL_MASK;
    // A physical INTID that is no PPI or SPI is UNPREDICTABLE; nothing is deactivated then.
    if ((hi & LR_HW) !== 0 && physical >= SGIS && physical < INTIDS) this.ports.deactivate(physical);
  }

  /** Index of the active register of a virtual interrupt; -1 when there is none. */
  private activeRegister(acknowledged: number): number {
    for (let n = 0; n < this.count; n++) {
      if ((this.hi[n] & LR_ACTIVE) !== 0 && this.isNamed(n, acknowledged)) return n;
    }
    return -1;
  }

  /** Registers whose interrupt has ended and that ask for maintenance (GICH_EISR0, ICH_EISR_EL2). */
  get eisr(): number {
    let bits = 0;
    for (let n = 0; n < this.count; n++) if ((this.hi[n] & (LR_STATE | LR_HW | LR_EOI)) === LR_EOI) bits |= 1 << n;
    return bits;
  }

  /** Registers that are free, none that asks for maintenance among them (GICH_ELRSR0, ICH_ELRSR_EL2). */
  get elrsr(): number {
    const empty = (1 << this.count) - 1 - this.inUse();
    return empty & ~this.eisr;
  }

  /** Registers that hold an interrupt. */
  private inUse(): number {
    let found = 0;
    for (let n = 0; n < this.count; n++) if ((this.hi[n] & LR_STATE) !== 0) found |= 1 << n;
    return found;
  }

  private get anyPending(): boolean {
    for (let n = 0; n < this.count; n++) if ((this.hi[n] & LR_STATE) === LR_PENDING) return true;
    return false;
  }

  /** Why the maintenance interrupt is asserted, if HCR.En allows (GICH_MISR, ICH_MISR_EL2). */
  get misr(): number {
    const { control, groups } = this;
    let bits = this.eisr === 0 ? 0 : MISR_EOI;
    const valid = this.inUse();
    if ((control & HCR_UIE) !== 0 && (valid & (valid - 1)) === 0) bits |= MISR_U;
    if ((control & HCR_LRENPIE) !== 0 && control >>> HCR_EOI_COUNT_SHIFT !== 0) bits |= MISR_LRENP;
    if ((control & HCR_NPIE) !== 0 && !this.anyPending) bits |= MISR_NP;
    // VGrp0E, VGrp0D, VGrp1E and VGrp1D stand at bits 4 to 7 of both registers.
    const states = ((groups & 1) !== 0 ? 1 : 2) | ((groups & 2) !== 0 ? 4 : 8);
    return bits | (control & (states << HCR_GROUP_ENABLES_SHIFT));
  }

  /** A copy of the state. */
  state(): ListRegistersState {
    return { hcr: this.control, hi: Array.from(this.hi), lo: Array.from(this.lo) };
  }

  /** Takes over a state; reports nothing. */
  load(state: ListRegistersState): void {
    this.control = state.hcr;
    this.hi.set(state.hi);
    this.lo.set(state.lo);
  }
}
