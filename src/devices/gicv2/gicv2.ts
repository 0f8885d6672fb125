/** A GICv2 with virtualization: distributor, CPU interfaces and virtual interfaces put together (IHI 0048B; GIC-400). */

import type { Device } from '../device.ts';
import { Gic, type GicPorts, type GicState } from '../gic/gic.ts';
import { Gicv2CpuInterface, PHYSICAL, VIRTUAL } from './cpu-interface.ts';
import { CpuInterfaceRegisters } from './cpu-interface-registers.ts';
import { Distributor } from './distributor.ts';
import { Gicv2Forwarding } from './forwarding.ts';
import { HypervisorRegisters } from './hypervisor-registers.ts';
import { Gicv2Interrupts } from './interrupts.ts';
import { Gicv2ListRegisters } from './list-registers.ts';

/** Four list registers a CPU. */
export class Gicv2 extends Gic<Gicv2Interrupts, Gicv2CpuInterface, Gicv2CpuInterface, Gicv2ListRegisters> {
  /** GICD, 4 KiB. */
  readonly distributor: Device;
  /** GICC, 8 KiB. */
  readonly cpuInterface: Device;
  /** GICH, 4 KiB. */
  readonly hypervisor: Device;
  /** GICV, 8 KiB. */
  readonly virtualCpuInterface: Device;

  /** `cpus`: number of CPU interfaces, 1 to 8. Throws RangeError on another number. */
  constructor(cpus: number, ports: GicPorts) {
    super(cpus, ports, {
      interrupts: (count) => new Gicv2Interrupts(count),
      source: (interrupts, cpu) => new Gicv2Forwarding(interrupts, cpu),
      physical: (source, lines) => new Gicv2CpuInterface(source, PHYSICAL, lines),
      list: (listPorts) => new Gicv2ListRegisters(listPorts),
      virtual: (list, lines) => new Gicv2CpuInterface(list, VIRTUAL, lines),
    });
    const onGuestError = (text: string): void => ports.onGuestError(text);
    const interfaces = this.lists.map((list, cpu) => ({ list, cpu: this.virtual[cpu] }));
    this.distributor = new Distributor(this.interrupts, onGuestError);
    this.cpuInterface = new CpuInterfaceRegisters('gicc', this.physical, onGuestError);
    this.hypervisor = new HypervisorRegisters(interfaces, onGuestError);
    this.virtualCpuInterface = new CpuInterfaceRegisters('gicv', this.virtual, onGuestError);
  }

  /** Makes a GIC from a `state()`; drives the lines that are high. */
  static fromState(state: GicState, ports: GicPorts): Gicv2 {
    const gic = new Gicv2(state.interrupts.cpus, ports);
    gic.load(state);
    return gic;
  }
}
