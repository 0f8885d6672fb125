/** A GICv2 as EL2 of one CPU uses it: accesses to GICD, GICC and GICH. */

import type { Pa } from '../arch/addresses.ts';
import type { Device } from '../devices/device.ts';
import { MAINTENANCE_INTID, SPURIOUS } from '../devices/gic/intid.ts';
import { INTID_MASK } from '../devices/gicv2/acknowledge.ts';
import { LIST_REGISTERS } from '../devices/gicv2/list-registers.ts';
import type { PhysicalGic } from './physical-gic.ts';

/** The parts of a GICv2 that a hypervisor needs. */
export interface Gicv2Parts {
  readonly version: 2;
  /** GICD, GICC and GICH. */
  readonly distributor: Device;
  readonly cpuInterface: Device;
  readonly hypervisor: Device;
  /** PA of GICV, which guests see as their GICC; a multiple of 64 KiB with nothing else in its 64 KiB. */
  readonly virtualCpuInterface: Pa;
}

/** GICD and GICC registers (IHI 0048B). */
const GICD_CTLR = 0x000;
const GICD_ISENABLER0 = 0x100;
const GICD_ISPENDR0 = 0x200;
const GICD_ISACTIVER0 = 0x300;
const GICD_ICACTIVER0 = 0x380;
const GICC_CTLR = 0x000;
const GICC_PMR = 0x004;
const GICC_IAR = 0x00c;
const GICC_EOIR = 0x010;
const GICC_DIR = 0x1000;
/** EnableGrp0 and EOImode: an end drops the priority and leaves the interrupt active. */
const CTLR_SPLIT_END = 0x201;

/** GICH registers. */
const GICH_HCR = 0x000;
const GICH_VMCR = 0x008;
const GICH_APR = 0x0f0;
const GICH_LR0 = 0x100;

export class PhysicalGicv2 implements PhysicalGic {
  readonly listRegisters = LIST_REGISTERS;

  constructor(
    private readonly parts: Gicv2Parts,
    private readonly cpu: number,
  ) {}

  enable(ppis: readonly number[]): void {
    const bits = [MAINTENANCE_INTID, ...ppis].reduce((mask, intid) => mask | (1 << intid), 0);
    this.writeD(GICD_CTLR, 1);
    this.writeD(GICD_ISENABLER0, bits >>> 0);
    this.writeC(GICC_PMR, 0xff);
    this.writeC(GICC_CTLR, CTLR_SPLIT_END);
  }

  acknowledge(): number {
    const value = this.parts.cpuInterface.read(GICC_IAR, 4, this.cpu);
    const intid = value & INTID_MASK;
    if (intid < SPURIOUS) this.writeC(GICC_EOIR, value);
    return intid;
  }
  deactivate(intid: number): void {
    this.writeC(GICC_DIR, intid);
  }

  isHigh(ppi: number): boolean {
    return ((this.parts.distributor.read(GICD_ISPENDR0, 4, this.cpu) >>> ppi) & 1) !== 0;
  }
  setActive(ppi: number, active: boolean): void {
    this.writeD(active ? GICD_ISACTIVER0 : GICD_ICACTIVER0, (1 << ppi) >>> 0);
  }

  listRegister(n: number): number {
    return this.readH(GICH_LR0 + 4 * n);
  }
  setListRegister(n: number, value: number): void {
    this.writeH(GICH_LR0 + 4 * n, value >>> 0);
  }
  get control(): number {
    return this.readH(GICH_HCR);
  }
  set control(value: number) {
    this.writeH(GICH_HCR, value);
  }
  /** GICH_VMCR and GICH_APR. */
  saveInterface(to: Uint32Array): void {
    to[0] = this.readH(GICH_VMCR);
    to[1] = this.readH(GICH_APR);
  }
  loadInterface(from: Uint32Array): void {
    this.writeH(GICH_VMCR, from[0]);
    this.writeH(GICH_APR, from[1]);
  }
  /** Nothing is mapped where its GICC would be. */
  hideInterface(): void {}

  private readH(offset: number): number {
    return this.parts.hypervisor.read(offset, 4, this.cpu);
  }
  private writeH(offset: number, value: number): void {
    this.parts.hypervisor.write(offset, 4, value, this.cpu);
  }
  private writeC(offset: number, value: number): void {
    this.parts.cpuInterface.write(offset, 4, value, this.cpu);
  }
  private writeD(offset: number, value: number): void {
    this.parts.distributor.write(offset, 4, value, this.cpu);
  }
}
