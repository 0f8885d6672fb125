/** A machine whose EL2 belongs to the hypervisor in TypeScript: CPUs, RAM for VMs and a GIC. */

import { pa } from '../arch/addresses.ts';
import { withChosen } from '../arch/fdt-chosen.ts';
import type { LoadedImage } from '../arch/image/loader.ts';
import type { SemihostingFiles } from '../arch/semihosting-files.ts';
import { System } from '../cpu/engine/system.ts';
import type { Gic } from '../devices/gic/gic.ts';
import type { GicParts } from '../hyp/gic-versions.ts';
import { Hypervisor } from '../hyp/hypervisor.ts';
import type { Vm } from '../hyp/vm.ts';
import { MAX_GIC_VCPUS } from '../hyp/vm-factory.ts';
import type { VmOptions } from '../hyp/vm-options.ts';
import { type GicVersion, type HardwareOptions, hardwareOf } from './hardware-options.ts';
import { gicv2For, gicv3For, TIMER_PPI } from './interrupts.ts';
import { RAM_BASE, VIRT_MAP } from './virt-map.ts';
import { cpuCompatible, virtTree } from './virt-tree.ts';
import { type VirtioOptions, virtioParts } from './virtio-options.ts';
import { addVirtio } from './vm-virtio.ts';

/** What is under the VMs. */
export type VmHostOptions = HardwareOptions;

/** What a VM's device tree depends on. */
export interface VmTreeOptions {
  /** Bytes of memory of the VM at IPA 0x4000_0000, a multiple of 4 KiB. */
  readonly memoryBytes: number;
  /** Number of virtual CPUs; all but the first wait for PSCI CPU_ON. One unless told. */
  readonly vcpus?: number;
  /** Boot arguments, for the device tree and for SYS_GET_CMDLINE. */
  readonly append?: string | undefined;
}

export interface GuestOptions
  extends VmTreeOptions,
    VirtioOptions,
    Pick<VmOptions, 'ipaBits' | 'pageBytes' | 'hugePages'> {
  readonly name: string;
  /** An ELF, an arm64 Image or a flat binary. */
  readonly image: Uint8Array;
  /** Initial RAM disk of a kernel. */
  readonly initrd?: Uint8Array | undefined;
  /** A device tree in place of `VmHost.deviceTree`; only boot arguments and the place of the RAM disk are put into it. */
  readonly deviceTree?: Uint8Array | undefined;
  /** Files that the guest's semihosting may use; without them it has a console only. */
  readonly files?: SemihostingFiles | undefined;
}

/** A VM with its guest in memory. */
export interface Guest {
  readonly vm: Vm;
  readonly image: LoadedImage;
}

const DEFAULT_MEMORY = 256 << 20;

export class VmHost {
  readonly system: System;
  readonly hypervisor: Hypervisor;
  private readonly gicVersion: GicVersion;
  /** The physical GIC: the hypervisor programs it, guests see its virtual CPU interface. */
  private gic: Gic | undefined;

  /** Throws MachineError for options that no machine has. */
  constructor(options: VmHostOptions = {}) {
    const { memoryBytes, gicVersion, ...processors } = hardwareOf(options, DEFAULT_MEMORY);
    this.gicVersion = gicVersion;
    this.system = new System({
      ...processors,
      firmware: { call: () => false, semihosting: (core) => this.hypervisor.semihosting(core) },
      onTimer: (index, timer, level) => this.gic?.setPpi(index, TIMER_PPI[timer], level),
    });
    this.system.bus.addRam(RAM_BASE, memoryBytes);
    const gic = gicVersion === 2 ? this.makeGicv2() : this.makeGicv3();
    this.hypervisor = new Hypervisor(this.system, { base: pa(RAM_BASE), bytes: memoryBytes }, { gic });
  }

  private makeGicv2(): GicParts {
    const gic = gicv2For(this.system, () => {});
    const { base, size } = VIRT_MAP.gicVirtualCpu;
    const { distributor, cpuInterface, hypervisor } = gic;
    this.gic = gic;
    this.system.bus.addDevice(base, size, gic.virtualCpuInterface);
    return { version: 2, distributor, cpuInterface, hypervisor, virtualCpuInterface: pa(base) };
  }

  private makeGicv3(): GicParts {
    const gic = gicv3For(this.system, () => {});
    const { distributor, redistributors, systemRegisters } = gic;
    this.gic = gic;
    return { version: 3, distributor, redistributors, systemRegisters };
  }

  /** The device tree of a VM, as a blob. */
  deviceTree({ memoryBytes, vcpus = 1, append }: VmTreeOptions): Uint8Array {
    return virtTree({
      ram: { base: RAM_BASE, size: memoryBytes },
      cpuCompatible: cpuCompatible(this.system.model.name),
      cpus: Array.from({ length: vcpus }, (_, index) => index),
      psciConduit: 'hvc',
      ...(vcpus <= MAX_GIC_VCPUS && { gic: { version: this.gicVersion, hasVirtual: false, hasMsiFrame: false } }),
      hasRtc: false,
      hasPmu: false,
      hasGpio: false,
      hasFirmwareDevices: false,
      hasVirtio: true,
      ...(append !== undefined && { bootargs: append }),
    });
  }

  /**
   * Makes a VM with the device tree of the `virt` board and a guest that starts at its entry point. Throws ImageError,
   * VmError, SlotError, OutOfFrames, and FdtError for a given device tree that is none.
   */
  createGuest(options: GuestOptions): Guest {
    const { image, initrd, append, deviceTree: given, virtio, virtioMmio, onTransfer, ...vmOptions } = options;
    const deviceTree = given === undefined ? this.deviceTree(options) : withChosen(given, { bootargs: append });
    const vm = this.hypervisor.createVm({ ...vmOptions, commandLine: append ?? '' });
    addVirtio(vm, virtioParts({ virtio, virtioMmio, onTransfer }));
    return { vm, image: vm.load(image, deviceTree, initrd) };
  }
}
