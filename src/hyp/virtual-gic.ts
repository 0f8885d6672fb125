/** The GICv2 of one VM: an emulated distributor, and the interrupts that it has for each vCPU. */

import type { Device } from '../devices/bus.ts';
import { Distributor } from '../devices/gicv2/distributor.ts';
import { Interrupts } from '../devices/gicv2/interrupts.ts';
import { FIRST_SPI, INTIDS, WORDS } from '../devices/gicv2/intid.ts';
import { VirtualCpuInterface } from './virtual-cpu-interface.ts';

export class VirtualGic {
  /** GICD of the VM; its accesses say which vCPU makes them. */
  readonly distributor: Device;
  readonly interrupts: Interrupts;
  readonly cpus: readonly VirtualCpuInterface[];

  /** `vcpus`: 1 to 8. `onChange` is told the vCPUs, as a bitmap, that may have something pending now. */
  constructor(vcpus: number, onChange: (vcpus: number) => void, onGuestError: (text: string) => void) {
    this.interrupts = new Interrupts(vcpus);
    const claimed = new Uint32Array(WORDS);
    this.cpus = Array.from({ length: vcpus }, (_, index) => new VirtualCpuInterface(this.interrupts, claimed, index));
    this.interrupts.onChange = (mask) => {
      for (const { index } of this.cpus) if ((mask & (1 << index)) !== 0) this.cpus[index].isStale = true;
      onChange(mask);
    };
    this.distributor = new Distributor(this.interrupts, onGuestError);
  }

  /** Sets the level of a shared peripheral interrupt's line; `spi` is INTID - 32. */
  setSpi(spi: number, level: boolean): void {
    const intid = spi + FIRST_SPI;
    if (!(intid >= FIRST_SPI && intid < INTIDS)) throw new RangeError(`SPI ${spi} does not exist`);
    this.interrupts.setLine(0, intid, level);
  }
}
