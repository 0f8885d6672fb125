/** A machine whose EL2 belongs to the hypervisor in TypeScript: CPUs and RAM for VMs, no devices of its own. */

import { pa } from '../arch/addresses.ts';
import type { LoadedImage } from '../arch/image/loader.ts';
import type { EngineMode } from '../cpu/engine/engine.ts';
import { System } from '../cpu/engine/system.ts';
import { CPU_MODELS, cpuModel } from '../cpu/models.ts';
import { Hypervisor } from '../hyp/hypervisor.ts';
import type { Vm } from '../hyp/vm.ts';
import { MachineError } from './machine-error.ts';
import { RAM_BASE } from './virt-map.ts';
import { virtTree } from './virt-tree.ts';

export interface VmHostOptions {
  /** CPU model, as QEMU names it. */
  readonly cpu?: string;
  /** Physical RAM for the VMs and their stage-2 tables, in bytes; a multiple of 4 KiB. */
  readonly memoryBytes?: number;
  readonly engine?: EngineMode;
}

export interface GuestOptions {
  readonly name: string;
  /** Bytes of memory of the VM at IPA 0x4000_0000, a multiple of 4 KiB. */
  readonly memoryBytes: number;
  /** An ELF, an arm64 Image or a flat binary. */
  readonly image: Uint8Array;
  /** Boot arguments, in the VM's device tree. */
  readonly append?: string | undefined;
}

/** A VM with its guest in memory. */
export interface Guest {
  readonly vm: Vm;
  readonly image: LoadedImage;
}

const MAX_MEMORY = 2 ** 36;
const DEFAULT_MEMORY = 256 << 20;

export class VmHost {
  readonly system: System;
  readonly hypervisor: Hypervisor;

  /** Throws MachineError for options that no machine has. */
  constructor({ cpu = 'cortex-a57', memoryBytes = DEFAULT_MEMORY, engine = 'auto' }: VmHostOptions = {}) {
    const model = cpuModel(cpu);
    if (model === undefined) throw new MachineError(`unknown CPU '${cpu}': choose one of ${CPU_MODELS.join(', ')}`);
    if (!Number.isInteger(memoryBytes) || memoryBytes <= 0 || memoryBytes % 4096 !== 0 || memoryBytes > MAX_MEMORY) {
      throw new MachineError(`${memoryBytes} bytes of RAM for VMs: give a multiple of 4 KiB, at most 64 GiB`);
    }
    this.system = new System({
      model,
      cpus: 1,
      engine,
      firmware: { call: () => false, semihosting: (core) => this.hypervisor.semihosting(core) },
    });
    this.system.bus.addRam(RAM_BASE, memoryBytes);
    this.hypervisor = new Hypervisor(this.system, { base: pa(RAM_BASE), bytes: memoryBytes });
  }

  /**
   * Makes a VM with the device tree of the `virt` board and a guest that starts at its entry point. Throws ImageError,
   * SlotError and OutOfFrames.
   */
  createGuest({ name, memoryBytes, image, append }: GuestOptions): Guest {
    const deviceTree = virtTree({
      ram: { base: RAM_BASE, size: memoryBytes },
      cpuCompatible: `arm,${this.system.model.name}`,
      cpus: [0],
      psciConduit: 'hvc',
      gicV2: false,
      ...(append !== undefined && { bootargs: append }),
    });
    const vm = this.hypervisor.createVm({ name, memoryBytes });
    return { vm, image: vm.load(image, deviceTree) };
  }
}
