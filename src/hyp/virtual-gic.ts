/** The GICv2 of one VM: an emulated distributor, and the interrupts that it has for each vCPU. */

import type { Device } from '../devices/bus.ts';
import { FIRST_SPI, INTIDS, WORDS } from '../devices/gic/intid.ts';
import { Distributor } from '../devices/gicv2/distributor.ts';
import { Gicv2Interrupts } from '../devices/gicv2/interrupts.ts';
import { VirtualCpuInterface } from './virtual-cpu-interface.ts';

/** What the GIC of a VM asks of the hypervisor. */
export interface VirtualGicPorts {
  /** These vCPUs, as a bitmap, may have something pending now. */
  changed(vcpus: number): void;
  /** The list registers of a vCPU that is in a CPU must be read back. */
  recall(vcpu: number): void;
  /** An access that no correct driver makes, as one line. */
  onGuestError(text: string): void;
}

export class VirtualGic {
  /** GICD of the VM; its accesses say which vCPU makes them. */
  readonly distributor: Device;
  readonly cpus: readonly VirtualCpuInterface[];
  private readonly interrupts: Gicv2Interrupts;

  /** `vcpus`: 1 to 8. */
  constructor(
    vcpus: number,
    private readonly ports: VirtualGicPorts,
  ) {
    this.interrupts = new Gicv2Interrupts(vcpus);
    const claimed = new Uint32Array(WORDS);
    this.cpus = Array.from({ length: vcpus }, (_, index) => new VirtualCpuInterface(this.interrupts, claimed, index));
    this.interrupts.onChange = (mask) => {
      for (const cpu of this.cpus) if ((mask & (1 << cpu.index)) !== 0) cpu.isStale = true;
      ports.changed(mask);
    };
    const registers = new Distributor(this.interrupts, (text) => ports.onGuestError(text));
    this.distributor = {
      name: registers.name,
      read: (offset, size, vcpu) => {
        this.recall();
        return registers.read(offset, size, vcpu);
      },
      write: (offset, size, value, vcpu) => {
        this.recall();
        registers.write(offset, size, value, vcpu);
      },
    };
  }

  /** Sets the level of a shared peripheral interrupt's line; `spi` is INTID - 32. */
  setSpi(spi: number, level: boolean): void {
    const intid = spi + FIRST_SPI;
    if (!(intid >= FIRST_SPI && intid < INTIDS)) throw new RangeError(`SPI ${spi} does not exist`);
    this.interrupts.setLine(0, intid, level);
  }

  /** Makes the distributor's registers say what vCPUs have done that run on other CPUs. */
  private recall(): void {
    for (const cpu of this.cpus) if (cpu.holdsInterrupts) this.ports.recall(cpu.index);
  }
}
