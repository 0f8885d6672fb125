/** The list registers of one CPU: the virtual interrupts that a hypervisor has lined up (IHI 0048B, chapter 5). */

import type { InterruptSource } from './cpu-interface.ts';
import { FIRST_SPECIAL, IDLE, INTID_MASK, INTIDS, SGIS, SOURCE_MASK, SOURCE_SHIFT, SPURIOUS } from './intid.ts';

export const LIST_REGISTERS = 4;

/** Fields of GICH_LRn; without HW, bit 19 is EOI and bits [12:10] are CPUID. */
const LR_STORED = 0xff8f_ffff;
export const LR_PHYSICAL_SHIFT = 10;
export const LR_EOI = 1 << 19;
export const LR_PRIORITY_SHIFT = 23;
const LR_PRIORITY_MASK = 0x1f;
const LR_STATE = 3 << 28;
export const LR_PENDING = 1 << 28;
export const LR_ACTIVE = 1 << 29;
export const LR_GROUP_SHIFT = 30;
export const LR_HW = 1 << 31;

/** Fields of GICH_HCR. */
export const HCR_EN = 1 << 0;
export const HCR_UIE = 1 << 1;
const HCR_LRENPIE = 1 << 2;
const HCR_NPIE = 1 << 3;
const HCR_GROUP_ENABLES_SHIFT = 4;
export const HCR_EOI_COUNT_SHIFT = 27;
const HCR_STORED = 0xf800_00ff;

/** Bits of GICH_MISR. */
const MISR_EOI = 1 << 0;
const MISR_U = 1 << 1;
const MISR_LRENP = 1 << 2;
const MISR_NP = 1 << 3;

export interface ListRegistersState {
  readonly hcr: number;
  readonly lr: number[];
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

export class ListRegisters implements InterruptSource {
  pending = SPURIOUS;
  priority = IDLE;
  group: 0 | 1 = 0;
  readonly limit = FIRST_SPECIAL;
  private readonly lr = new Uint32Array(LIST_REGISTERS);
  private control = 0;
  /** Index of the register that is offered. */
  private offered = 0;
  private groups = 0;

  constructor(private readonly ports: ListRegisterPorts) {}

  get hcr(): number {
    return this.control;
  }
  set hcr(value: number) {
    this.control = (value & HCR_STORED) >>> 0;
    this.ports.changed();
  }
  register(n: number): number {
    return this.lr[n];
  }
  setRegister(n: number, value: number): void {
    this.lr[n] = value & LR_STORED;
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
    for (let n = 0; n < LIST_REGISTERS; n++) {
      const lr = this.lr[n];
      if ((lr & LR_STATE) !== LR_PENDING) continue;
      const group = ((lr >>> LR_GROUP_SHIFT) & 1) as 0 | 1;
      const priority = ((lr >>> LR_PRIORITY_SHIFT) & LR_PRIORITY_MASK) << 3;
      if ((this.groups & (1 << group)) === 0 || priority >= this.priority) continue;
      this.priority = priority;
      this.group = group;
      this.offered = n;
    }
    if (this.priority === IDLE) return;
    const lr = this.lr[this.offered];
    const intid = lr & INTID_MASK;
    this.pending = intid < SGIS ? intid | (sender(lr) << SOURCE_SHIFT) : intid;
  }

  activate(): void {
    this.lr[this.offered] ^= LR_PENDING | LR_ACTIVE;
    this.ports.changed();
  }

  /** GICV_EOIR counts an end for which there is no register in GICH_HCR.EOICount, if the priority dropped. */
  end(acknowledged: number, dropped: boolean): void {
    this.finish(acknowledged, dropped);
  }

  deactivate(acknowledged: number): void {
    this.finish(acknowledged, true);
  }

  private finish(acknowledged: number, counts: boolean): void {
    const n = this.activeRegister(acknowledged);
    if (n >= 0) this.finishRegister(n);
    else if (counts) this.control = (this.control + 2 ** HCR_EOI_COUNT_SHIFT) >>> 0;
    this.ports.changed();
  }

  private finishRegister(n: number): void {
    const lr = this.lr[n];
    this.lr[n] = lr & ~LR_ACTIVE;
    const physical = (lr >>> LR_PHYSICAL_SHIFT) & INTID_MASK;
    // A PhysicalID that is no PPI or SPI is UNPREDICTABLE; nothing is deactivated then.
    if ((lr & LR_HW) !== 0 && physical >= SGIS && physical < INTIDS) this.ports.deactivate(physical);
  }

  /** Index of the active register of a virtual interrupt, of an SGI with the same sender; -1 when there is none. */
  private activeRegister(acknowledged: number): number {
    const intid = acknowledged & INTID_MASK;
    const source = intid < SGIS ? (acknowledged >>> SOURCE_SHIFT) & SOURCE_MASK : 0;
    for (let n = 0; n < LIST_REGISTERS; n++) {
      const lr = this.lr[n];
      if ((lr & LR_ACTIVE) === 0 || (lr & INTID_MASK) !== intid) continue;
      if (intid >= SGIS || sender(lr) === source) return n;
    }
    return -1;
  }

  /** GICH_EISR0: registers whose interrupt has ended and that ask for maintenance. */
  get eisr(): number {
    let bits = 0;
    for (let n = 0; n < LIST_REGISTERS; n++) if ((this.lr[n] & (LR_STATE | LR_HW | LR_EOI)) === LR_EOI) bits |= 1 << n;
    return bits;
  }

  /** GICH_ELRSR0: registers that are free, none that asks for maintenance among them. */
  get elrsr(): number {
    const empty = (1 << LIST_REGISTERS) - 1 - this.holding(LR_STATE);
    return empty & ~this.eisr;
  }

  /** Registers that have one of the given bits set. */
  private holding(bits: number): number {
    let found = 0;
    for (let n = 0; n < LIST_REGISTERS; n++) if ((this.lr[n] & bits) !== 0) found |= 1 << n;
    return found;
  }

  private get anyPending(): boolean {
    for (let n = 0; n < LIST_REGISTERS; n++) if ((this.lr[n] & LR_STATE) === LR_PENDING) return true;
    return false;
  }

  /** GICH_MISR: why the maintenance interrupt is asserted, if GICH_HCR.En allows. */
  get misr(): number {
    const { control, groups } = this;
    let bits = this.eisr === 0 ? 0 : MISR_EOI;
    const valid = this.holding(LR_STATE);
    if ((control & HCR_UIE) !== 0 && (valid & (valid - 1)) === 0) bits |= MISR_U;
    if ((control & HCR_LRENPIE) !== 0 && control >>> HCR_EOI_COUNT_SHIFT !== 0) bits |= MISR_LRENP;
    if ((control & HCR_NPIE) !== 0 && !this.anyPending) bits |= MISR_NP;
    // VGrp0E, VGrp0D, VGrp1E and VGrp1D stand at bits 4 to 7 of both registers.
    const states = ((groups & 1) !== 0 ? 1 : 2) | ((groups & 2) !== 0 ? 4 : 8);
    return bits | (control & (states << HCR_GROUP_ENABLES_SHIFT));
  }

  /** A copy of the state. */
  state(): ListRegistersState {
    return { hcr: this.control, lr: Array.from(this.lr) };
  }

  /** Takes over a state; reports nothing. */
  load(state: ListRegistersState): void {
    this.control = state.hcr;
    this.lr.set(state.lr);
  }
}

/** CPUID of a list register; 0 for one with HW, which has a PhysicalID there. */
const sender = (lr: number): number => ((lr & LR_HW) !== 0 ? 0 : (lr >>> SOURCE_SHIFT) & SOURCE_MASK);
