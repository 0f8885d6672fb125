/** A GIC as its drivers use it: named registers, interrupts set up in one call. */

import { Gicv2 } from '../../../src/devices/gicv2/gicv2.ts';
import { seenPorts } from '../gic/seen-ports.ts';

export const [CTLR, PMR, BPR, IAR, EOIR, RPR, HPPIR, ABPR, AIAR, AEOIR, AHPPIR, DIR] = [
  0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x28, 0x1000,
];
/** GICC_CTLR: both groups, AckCtl, FIQEn, EOImode. */
export const [GROUPS, ACK_CTL, FIQ_EN, EOI_MODE] = [3, 4, 8, 0x200];
export const SPURIOUS = 1023;
/** GICH registers. */
export const [HCR, VTR, VMCR, MISR, EISR, ELRSR, APR, LR] = [0x00, 0x04, 0x08, 0x10, 0x20, 0x30, 0xf0, 0x100];
export const PENDING = 0x1000_0000;
export const ACTIVE = 0x2000_0000;
export const HARDWARE = 0x8000_0000;

export class Driver {
  readonly environment;
  readonly gic: Gicv2;
  readonly seen;

  /** Everything on: groups, priority mask, virtual interface. */
  constructor(readonly cpus = 1) {
    this.environment = seenPorts(cpus);
    this.seen = this.environment.seen;
    this.gic = new Gicv2(cpus, this.environment.ports);
    this.gicd(0, 3);
    for (let cpu = 0; cpu < cpus; cpu++) {
      for (const device of [this.gic.cpuInterface, this.gic.virtualCpuInterface]) {
        device.write(CTLR, 4, GROUPS, cpu);
        device.write(PMR, 4, 0xff, cpu);
      }
      this.gich(HCR, 1, cpu);
    }
  }

  gicd(offset: number, value: number, cpu = 0): void {
    this.gic.distributor.write(offset, 4, value, cpu);
  }
  readGicd(offset: number, cpu = 0): number {
    return this.gic.distributor.read(offset, 4, cpu);
  }
  gicc(offset: number, value: number, cpu = 0): void {
    this.gic.cpuInterface.write(offset, 4, value, cpu);
  }
  readGicc(offset: number, cpu = 0): number {
    return this.gic.cpuInterface.read(offset, 4, cpu);
  }
  gich(offset: number, value: number, cpu = 0): void {
    this.gic.hypervisor.write(offset, 4, value, cpu);
  }
  readGich(offset: number, cpu = 0): number {
    return this.gic.hypervisor.read(offset, 4, cpu);
  }
  gicv(offset: number, value: number, cpu = 0): void {
    this.gic.virtualCpuInterface.write(offset, 4, value, cpu);
  }
  readGicv(offset: number, cpu = 0): number {
    return this.gic.virtualCpuInterface.read(offset, 4, cpu);
  }

  /** Writes an INTID's bit to a register array of the distributor. */
  bit(array: number, intid: number, cpu = 0): void {
    this.gicd(array + (intid >>> 5) * 4, (1 << (intid & 31)) >>> 0, cpu);
  }
  /** Reads an INTID's bit. */
  has(array: number, intid: number, cpu = 0): boolean {
    return ((this.readGicd(array + (intid >>> 5) * 4, cpu) >>> (intid & 31)) & 1) !== 0;
  }
  /** Enables an INTID with a priority, for CPU 0 if it is an SPI. */
  enable(intid: number, priority = 0x80, cpu = 0): void {
    this.bit(0x100, intid, cpu);
    this.gic.distributor.write(0x400 + intid, 1, priority, cpu);
    this.gic.distributor.write(0x800 + intid, 1, 1 << cpu, cpu);
  }
  /** Sets the line of a PPI or an SPI. */
  line(intid: number, level: boolean, cpu = 0): void {
    if (intid < 32) this.gic.setPpi(cpu, intid - 16, level);
    else this.gic.setSpi(intid - 32, level);
  }
}
