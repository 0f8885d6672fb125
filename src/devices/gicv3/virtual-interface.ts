/** The virtual CPU interface and its list registers as EL2 programs them (IHI 0069, "ICH_* registers"). */

import type { InterruptLines } from '../gic/cpu-interface.ts';
import { LR_GROUP_SHIFT, LR_HW_SHIFT, LR_PHYSICAL_MASK, LR_PRIORITY_SHIFT } from '../gic/list-register-fields.ts';
import { type ListRegisterPorts, ListRegisters } from '../gic/list-registers.ts';
import { Gicv3CpuInterface, isSpecial, SHAPE } from './cpu-interface.ts';

/** List registers that ICH_VTR_EL2 can name, and how many of the model there are at the least. */
export const MAX_LIST_REGISTERS = 16;
export const MIN_LIST_REGISTERS = 4;

/** ICH_HCR_EL2: TC, TALL0, TALL1 and TDIR trap accesses at EL1. There are no SEIs, so TSEI is RES0. */
export const ICH_HCR_TC = 1 << 10;
export const ICH_HCR_TALL0 = 1 << 11;
export const ICH_HCR_TALL1 = 1 << 12;
export const ICH_HCR_TDIR = 1 << 14;
const HCR_STORED = 0xf800_00ff | ICH_HCR_TC | ICH_HCR_TALL0 | ICH_HCR_TALL1 | ICH_HCR_TDIR;

/** ICH_VTR_EL2 but for ListRegs: PRIbits 5, PREbits 5, IDbits 24, A3V, nV4 and TDS, as QEMU's. */
const VTR_FIXED = 0x90b8_0000;

/** Virtual INTIDs have 24 bits. */
const INTID_BITS = 24;
const LR_LO_STORED = 2 ** INTID_BITS - 1;
const LR_HI_STORED =
  (LR_PHYSICAL_MASK | (0xf8 << LR_PRIORITY_SHIFT) | (1 << LR_GROUP_SHIFT) | (1 << LR_HW_SHIFT) | (3 << 30)) >>> 0;

/** Fields of ICH_VMCR_EL2 beside the control bits; VFIQEn reads as one. */
const VMCR_FIQ_EN = 1 << 3;
const VMCR_BPR1_SHIFT = 18;
const VMCR_BPR0_SHIFT = 21;
const VMCR_PMR_SHIFT = 24;

export class Gicv3ListRegisters extends ListRegisters {
  /** `count`: 4 to 16. */
  constructor(count: number, ports: ListRegisterPorts) {
    super({ count, hcrStored: HCR_STORED, limit: 2 ** INTID_BITS }, ports);
  }

  /** ICH_LR<n>_EL2. */
  override setRegister(n: number, hi: number, lo: number): void {
    super.setRegister(n, hi & LR_HI_STORED, lo & LR_LO_STORED);
  }

  /** ICH_VTR_EL2. */
  get vtr(): number {
    return (VTR_FIXED | (this.count - 1)) >>> 0;
  }
}

/** ICV_* at EL1, and what EL2 sees of it. */
export class Gicv3VirtualInterface extends Gicv3CpuInterface {
  constructor(
    private readonly list: Gicv3ListRegisters,
    lines: InterruptLines,
  ) {
    super(list, SHAPE, lines);
  }

  /** A special INTID in a list register is returned, and becomes inactive and not active. */
  override acknowledge(group: 0 | 1): number {
    const { list } = this;
    if (!this.signalling || list.group !== group || !isSpecial(list.pending)) return super.acknowledge(group);
    const intid = list.pending;
    list.withdraw();
    return intid;
  }

  /** ICH_VMCR_EL2. */
  get machineControl(): number {
    const points = (this.abpr << VMCR_BPR1_SHIFT) | (this.bpr << VMCR_BPR0_SHIFT);
    return (this.ctlr | VMCR_FIQ_EN | points | (this.pmr << VMCR_PMR_SHIFT)) >>> 0;
  }
  set machineControl(value: number) {
    this.ctlr = value;
    this.setAliasedBinaryPoint(value >>> VMCR_BPR1_SHIFT);
    this.setBinaryPoint(value >>> VMCR_BPR0_SHIFT);
    this.setPriorityMask(value >>> VMCR_PMR_SHIFT);
  }
}
