/** A GICv3 as its drivers use it: named registers, interrupts set up in one call. */

import { Gicv3, type Gicv3Cpu } from '../../../src/devices/gicv3/gicv3.ts';
import { REDISTRIBUTOR_BYTES } from '../../../src/devices/gicv3/redistributors.ts';
import { seenPorts } from '../gic/seen-ports.ts';

export const SPURIOUS = 1023;
/** Bits [63:32] of a list register. */
export const [PENDING, ACTIVE, GROUP1, HARDWARE, EOI] = [2 ** 30, 2 ** 31, 2 ** 28, 2 ** 29, 2 ** 9];
export const [IGROUPR, ISENABLER, ICENABLER, ISPENDR, ICPENDR, ISACTIVER, ICACTIVER] = [
  0x080, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380,
];
const SGI_BASE = 0x1_0000;

/** Bits [63:32] of a pending list register of Group 1. */
export const lr = (priority: number, more = PENDING + GROUP1): number => priority * 2 ** 16 + more;

export class Driver {
  readonly environment;
  readonly gic: Gicv3;
  readonly seen;

  /** Everything on: groups, priority mask, virtual interface; all interrupts are in Group 1. */
  constructor(
    readonly cpus = 1,
    listRegisters = 4,
  ) {
    this.environment = seenPorts(cpus);
    this.seen = this.environment.seen;
    this.gic = new Gicv3(cpus, this.environment.ports, listRegisters);
    this.gicd(0, 3);
    for (let intid = 32; intid < 288; intid += 32) this.gicd(IGROUPR + intid / 8, 0xffff_ffff);
    for (let cpu = 0; cpu < cpus; cpu++) {
      this.gicr(cpu, SGI_BASE + IGROUPR, 0xffff_ffff);
      const { physical, virtual, list } = this.cpu(cpu);
      for (const each of [physical, virtual]) {
        each.setPriorityMask(0xff);
        each.setGroupEnable(0, 1);
        each.setGroupEnable(1, 1);
      }
      list.hcr = 1;
    }
  }

  cpu(index = 0): Gicv3Cpu {
    return this.gic.systemRegisters[index];
  }
  gicd(offset: number, value: number): void {
    this.gic.distributor.write(offset, 4, value);
  }
  readGicd(offset: number): number {
    return this.gic.distributor.read(offset, 4);
  }
  gicr(cpu: number, offset: number, value: number): void {
    this.gic.redistributors.write(cpu * REDISTRIBUTOR_BYTES + offset, 4, value);
  }
  readGicr(cpu: number, offset: number): number {
    return this.gic.redistributors.read(cpu * REDISTRIBUTOR_BYTES + offset, 4);
  }

  /** Writes an INTID's bit to a register array, of a CPU's redistributor where it is private. */
  bit(array: number, intid: number, cpu = 0): void {
    const value = (1 << (intid & 31)) >>> 0;
    if (intid < 32) this.gicr(cpu, SGI_BASE + array, value);
    else this.gicd(array + (intid >>> 5) * 4, value);
  }
  /** Reads an INTID's bit. */
  has(array: number, intid: number, cpu = 0): boolean {
    const word = intid < 32 ? this.readGicr(cpu, SGI_BASE + array) : this.readGicd(array + (intid >>> 5) * 4);
    return ((word >>> (intid & 31)) & 1) !== 0;
  }
  /** Enables an INTID with a priority. */
  enable(intid: number, priority = 0x80, cpu = 0): void {
    if (intid < 32) this.gic.redistributors.write(cpu * REDISTRIBUTOR_BYTES + SGI_BASE + 0x400 + intid, 1, priority);
    else this.gic.distributor.write(0x400 + intid, 1, priority);
    this.bit(ISENABLER, intid, cpu);
  }
  /** Sets the line of a PPI or an SPI. */
  line(intid: number, level: boolean, cpu = 0): void {
    if (intid < 32) this.gic.setPpi(cpu, intid - 16, level);
    else this.gic.setSpi(intid - 32, level);
  }
}
