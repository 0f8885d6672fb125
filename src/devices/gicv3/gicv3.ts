/** A GICv3: distributor, redistributors and, behind system registers, the CPU interfaces of each CPU (IHI 0069). */

import type { Device } from '../device.ts';
import { Forwarding } from '../gic/forwarding.ts';
import { Gic, type GicPorts, type GicState } from '../gic/gic.ts';
import { Gicv3CpuInterface, SHAPE } from './cpu-interface.ts';
import { Distributor } from './distributor.ts';
import { Gicv3Interrupts } from './interrupts.ts';
import { Redistributors } from './redistributors.ts';
import { sendSgi } from './sgi.ts';
import {
  Gicv3ListRegisters,
  Gicv3VirtualInterface,
  MAX_LIST_REGISTERS,
  MIN_LIST_REGISTERS,
} from './virtual-interface.ts';

/** What one CPU reaches by its system registers. */
export interface Gicv3Cpu {
  /** ICC_*. */
  readonly physical: Gicv3CpuInterface;
  /** ICV_*, and ICH_VMCR_EL2, ICH_AP0R0_EL2 and ICH_AP1R0_EL2. */
  readonly virtual: Gicv3VirtualInterface;
  /** ICH_HCR_EL2, ICH_LR<n>_EL2 and what they imply. */
  readonly list: Gicv3ListRegisters;
  /** All of them as after a reset of the CPU. */
  reset(): void;
  /** ICC_SGI1R_EL1, ICC_SGI0R_EL1 and ICC_ASGI1R_EL1: generates an SGI of a group. */
  sendSgi(group: 0 | 1, hi: number, lo: number): void;
}

/** Offers the interrupts of those groups alone that the CPU interface enables (IHI 0069, "Interrupt grouping"). */
class EnabledForwarding extends Forwarding<Gicv3Interrupts> {
  protected override candidates(n: number, groups: number): number {
    const group = this.interrupts.group[this.interrupts.wordAt(this.cpu, n)];
    const enabled = ((groups & 1) !== 0 ? ~group : 0) | ((groups & 2) !== 0 ? group : 0);
    return enabled === 0 ? 0 : super.candidates(n, groups) & enabled;
  }
}

/** Affinity routing, system registers and a single security state are all that there is; no LPIs. */
export class Gicv3 extends Gic<Gicv3Interrupts, Gicv3CpuInterface, Gicv3VirtualInterface, Gicv3ListRegisters> {
  /** GICD, 64 KiB. */
  readonly distributor: Device;
  /** GICR, 128 KiB for each CPU. */
  readonly redistributors: Redistributors;
  /** The system registers of each CPU. */
  readonly systemRegisters: readonly Gicv3Cpu[];

  /**
   * `cpus`: 1 to 8. `listRegisters`: 4 to 16, by default 4 as on QEMU's CPUs. Throws RangeError on other numbers.
   */
  constructor(cpus: number, ports: GicPorts, listRegisters: number = MIN_LIST_REGISTERS) {
    if (!Number.isInteger(listRegisters) || listRegisters < MIN_LIST_REGISTERS || listRegisters > MAX_LIST_REGISTERS) {
      throw new RangeError(`a GICv3 has no ${listRegisters} list registers`);
    }
    super(cpus, ports, {
      interrupts: (count) => new Gicv3Interrupts(count),
      source: (interrupts, cpu) => new EnabledForwarding(interrupts, cpu),
      physical: (source, lines) => new Gicv3CpuInterface(source, SHAPE, lines),
      list: (listPorts) => new Gicv3ListRegisters(listRegisters, listPorts),
      virtual: (list, lines) => new Gicv3VirtualInterface(list, lines),
    });
    const onGuestError = (text: string): void => ports.onGuestError(text);
    this.distributor = new Distributor(this.interrupts, onGuestError);
    this.redistributors = new Redistributors(this.interrupts, onGuestError);
    this.systemRegisters = this.lists.map((list, cpu) => ({
      physical: this.physical[cpu],
      virtual: this.virtual[cpu],
      list,
      reset: () => this.resetCpu(cpu),
      sendSgi: (group, hi, lo) => sendSgi(this.interrupts, cpu, group, hi, lo),
    }));
  }

  /** Makes a GIC from a `state()`; drives the lines that are high. */
  static fromState(state: GicState, ports: GicPorts): Gicv3 {
    const gic = new Gicv3(state.interrupts.cpus, ports, state.listRegisters[0].lo.length);
    gic.load(state);
    return gic;
  }
}
