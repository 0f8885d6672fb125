/** The GIC of one VM: emulated register frames, and the interrupts that it has for each vCPU. */

import type { Device } from '../devices/device.ts';
import type { Interrupts } from '../devices/gic/interrupts.ts';
import { FIRST_SPI, INTIDS, WORDS } from '../devices/gic/intid.ts';
import { VirtualCpuInterface } from './virtual-cpu-interface.ts';
import type { VirtualInterrupts } from './virtual-interrupts.ts';

/** What the GIC of a VM asks of the hypervisor. */
export interface VirtualGicPorts {
  /** These vCPUs, as a bitmap, may have something pending now. */
  changed(vcpus: number): void;
  /** The list registers of a vCPU that is in a CPU must be read back. */
  recall(vcpu: number): void;
  /** An access that no correct driver makes, as one line. */
  onGuestError(text: string): void;
}

/** Registers that the VM sees at an IPA; their accesses say which vCPU makes them. */
export interface GicFrame {
  readonly ipa: number;
  readonly bytes: number;
  readonly device: Device;
}

/** What an architecture version makes of it. */
export interface VirtualGicVersion {
  readonly interrupts: Interrupts;
  /** The frames that the interrupts are behind. */
  readonly frames: readonly GicFrame[];
  /** The interrupts of a vCPU; `claimed` are those in a list register of some vCPU, as a bitmap. */
  ofVcpu(claimed: Uint32Array, vcpu: number): VirtualInterrupts;
  /** ICC_SGI1R_EL1, ICC_SGI0R_EL1 and ICC_ASGI1R_EL1 of a vCPU: generates an SGI of a group. */
  readonly sendSgi?: (vcpu: number, group: 0 | 1, hi: number, lo: number) => void;
}

export class VirtualGic {
  readonly frames: readonly GicFrame[];
  readonly cpus: readonly VirtualCpuInterface[];
  /** Undefined where SGIs are sent through a frame. */
  readonly sendSgi: VirtualGicVersion['sendSgi'];
  private readonly interrupts: Interrupts;

  /** `listRegisters`: how many a CPU has. */
  constructor(
    version: VirtualGicVersion,
    listRegisters: number,
    private readonly ports: VirtualGicPorts,
  ) {
    const { interrupts } = version;
    const claimed = new Uint32Array(WORDS);
    this.interrupts = interrupts;
    this.sendSgi = version.sendSgi;
    this.cpus = Array.from({ length: interrupts.cpus }, (_, vcpu) => {
      return new VirtualCpuInterface(interrupts, version.ofVcpu(claimed, vcpu), vcpu, listRegisters);
    });
    interrupts.onChange = (mask) => {
      for (const cpu of this.cpus) if ((mask & (1 << cpu.index)) !== 0) cpu.isStale = true;
      ports.changed(mask);
    };
    this.frames = version.frames.map((frame) => ({ ...frame, device: this.recalling(frame.device) }));
  }

  /** Sets the level of a shared peripheral interrupt's line; `spi` is INTID - 32. */
  setSpi(spi: number, level: boolean): void {
    const intid = spi + FIRST_SPI;
    if (!(intid >= FIRST_SPI && intid < INTIDS)) throw new RangeError(`SPI ${spi} does not exist`);
    this.interrupts.setLine(0, intid, level);
  }

  /** Registers that say what vCPUs have done that run on other CPUs. */
  private recalling(registers: Device): Device {
    return {
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

  private recall(): void {
    for (const cpu of this.cpus) if (cpu.holdsInterrupts) this.ports.recall(cpu.index);
  }
}
