/** A GICv3 as EL2 of one CPU uses it: GICD, the CPU's redistributor, and the system registers ICC_* and ICH_*. */

import type { Device } from '../devices/device.ts';
import { MAINTENANCE_INTID, SPURIOUS } from '../devices/gic/intid.ts';
import { narrowRegister, wideRegister } from '../devices/gicv2/list-registers.ts';
import type { Gicv3Cpu } from '../devices/gicv3/gicv3.ts';
import { REDISTRIBUTOR_BYTES } from '../devices/gicv3/redistributors.ts';
import { ICH_HCR_TALL0, ICH_HCR_TALL1, ICH_HCR_TC } from '../devices/gicv3/virtual-interface.ts';
import type { PhysicalGic } from './physical-gic.ts';

/** The parts of a GICv3 that a hypervisor needs. */
export interface Gicv3Parts {
  readonly version: 3;
  /** GICD, and GICR of all CPUs. */
  readonly distributor: Device;
  readonly redistributors: Device;
  /** Those of each CPU; guests reach the virtual ones by themselves. */
  readonly systemRegisters: readonly Gicv3Cpu[];
}

/** GICD and GICR registers (IHI 0069). */
const GICD_CTLR = 0x0000;
const CTLR_GROUP1 = 2;
const GICR_WAKER = 0x0014;
const GICR_IGROUPR0 = 0x1_0080;
const GICR_ISENABLER0 = 0x1_0100;
const GICR_ISPENDR0 = 0x1_0200;
const GICR_ISACTIVER0 = 0x1_0300;
const GICR_ICACTIVER0 = 0x1_0380;
const EVERY_INTID = 0xffff_ffff;
/** ICC_CTLR_EL1.EOImode: an end drops the priority and leaves the interrupt active. */
const SPLIT_END = 2;
const INTID_MASK = 0x3ff;

/** Its own interrupts are in Group 1. */
export class PhysicalGicv3 implements PhysicalGic {
  readonly listRegisters: number;
  private readonly registers: Gicv3Cpu;

  constructor(
    private readonly parts: Gicv3Parts,
    private readonly cpu: number,
  ) {
    this.registers = parts.systemRegisters[cpu];
    this.listRegisters = this.registers.list.count;
  }

  enable(ppis: readonly number[]): void {
    const { physical } = this.registers;
    const bits = [MAINTENANCE_INTID, ...ppis].reduce((mask, intid) => mask | (1 << intid), 0);
    this.parts.distributor.write(GICD_CTLR, 4, CTLR_GROUP1, this.cpu);
    this.writeR(GICR_WAKER, 0);
    this.writeR(GICR_IGROUPR0, EVERY_INTID);
    this.writeR(GICR_ISENABLER0, bits >>> 0);
    physical.setPriorityMask(0xff);
    physical.controlRegister = SPLIT_END;
    physical.setGroupEnable(1, 1);
  }

  acknowledge(): number {
    const { physical } = this.registers;
    const intid = physical.acknowledge(1);
    if (intid < SPURIOUS) physical.endOfInterrupt(1, intid);
    return intid;
  }
  deactivate(intid: number): void {
    this.registers.physical.deactivate(intid);
  }

  isHigh(ppi: number): boolean {
    return ((this.parts.redistributors.read(this.offsetOf(GICR_ISPENDR0), 4, this.cpu) >>> ppi) & 1) !== 0;
  }
  setActive(ppi: number, active: boolean): void {
    this.writeR(active ? GICR_ISACTIVER0 : GICR_ICACTIVER0, (1 << ppi) >>> 0);
  }

  listRegister(n: number): number {
    const { list } = this.registers;
    return narrowRegister(list.registerHi(n), list.registerLo(n));
  }
  setListRegister(n: number, value: number): void {
    this.registers.list.setRegister(n, wideRegister(value), value & INTID_MASK);
  }
  get control(): number {
    return this.registers.list.hcr;
  }
  set control(value: number) {
    this.registers.list.hcr = value;
  }

  /** ICH_VMCR_EL2, ICH_AP0R0_EL2 and ICH_AP1R0_EL2. */
  saveInterface(to: Uint32Array): void {
    const { virtual } = this.registers;
    to[0] = virtual.machineControl;
    to[1] = virtual.activePriorities(0);
    to[2] = virtual.activePriorities(1);
  }
  loadInterface(from: Uint32Array): void {
    const { virtual } = this.registers;
    virtual.machineControl = from[0];
    virtual.setActivePriorities(0, from[1]);
    virtual.setActivePriorities(1, from[2]);
  }
  /** Its accesses trap. */
  hideInterface(): void {
    this.control = ICH_HCR_TC | ICH_HCR_TALL0 | ICH_HCR_TALL1;
  }

  /** Offset of a register of the CPU's redistributor. */
  private offsetOf(register: number): number {
    return this.cpu * REDISTRIBUTOR_BYTES + register;
  }
  private writeR(register: number, value: number): void {
    this.parts.redistributors.write(this.offsetOf(register), 4, value, this.cpu);
  }
}
