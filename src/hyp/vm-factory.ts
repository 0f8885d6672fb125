/** Makes VMs: checks what is asked for against the CPU, and connects the parts of a VM with the machine. */

import { CATEGORIES } from '../arch/trace.ts';
import type { System } from '../cpu/engine/system.ts';
import { ticksAt } from '../cpu/system/timers/counter.ts';
import { HCR_GUEST } from './el2-controls.ts';
import { VmError } from './errors.ts';
import type { FrameAllocator } from './frames.ts';
import { type GicParts, virtualGic } from './gic-versions.ts';
import { GuestMemory } from './guest-memory.ts';
import type { Pcpu } from './pcpu.ts';
import { granuleOfPage, stage2Shape } from './stage2-shape.ts';
import { type Vcpu, Vm } from './vm.ts';
import type { VmOptions } from './vm-options.ts';

const DEFAULT_PAGE = 4096;
const DEFAULT_IPA_BITS = 40;
/** vCPUs that MPIDR_EL1.Aff0 alone can number. */
const MAX_VCPUS = 256;
/** vCPUs that the GIC of a VM serves. */
export const MAX_GIC_VCPUS = 8;

/** What VMs ask of the hypervisor while they live. */
export interface VmFactoryPorts {
  /** The CPU that has a vCPU's registers. */
  pcpuOf(vcpu: Vcpu): Pcpu | undefined;
  /** The CPU that does TLB maintenance for a VM; undefined when no TLB can have an entry of it. */
  maintainer(vm: Vm): Pcpu | undefined;
  /** Virtual time since power-on, in nanoseconds. */
  now(): number;
}

export class VmFactory {
  /** `gic`: the machine's interrupt controller, where it has one. */
  constructor(
    private readonly system: System,
    private readonly frames: FrameAllocator,
    private readonly gic: GicParts | undefined,
    private readonly ports: VmFactoryPorts,
  ) {}

  /** Throws VmError, SlotError and OutOfFrames; nothing is left of the VM then. */
  make(options: VmOptions): Vm {
    const { vcpus = 1, ipaBits = DEFAULT_IPA_BITS, pageBytes = DEFAULT_PAGE } = options;
    if (!Number.isInteger(vcpus) || vcpus < 1 || vcpus > MAX_VCPUS) {
      throw new VmError(`${vcpus} vCPUs are not possible: a VM has 1 to ${MAX_VCPUS}`);
    }
    const { ports } = this;
    const { model, bus } = this.system;
    const shape = stage2Shape(ipaBits, model.mmu.paBits, granuleOfPage(pageBytes, model.mmu));
    let vm: Vm | undefined;
    const maintain = (task: (pcpu: Pcpu, vm: Vm) => void): void => {
      const pcpu = vm && ports.maintainer(vm);
      if (vm !== undefined && pcpu !== undefined) task(pcpu, vm);
    };
    const memory = new GuestMemory(bus, this.frames, shape, {
      invalidate: (ipa, bytes, stride) => maintain((pcpu, of) => pcpu.invalidateIpas(of, ipa, bytes, stride)),
      invalidateAll: () => maintain((pcpu, of) => pcpu.invalidateVm(of)),
    });
    const pcpuOf = (index: number): Pcpu | undefined => vm && ports.pcpuOf(vm.vcpus[index]);
    const onGuestError = (text: string): void => this.guestError(text);
    const gicPorts = {
      changed: (mask: number) => vm?.wake(mask),
      recall: (index: number) => pcpuOf(index)?.interrupt(),
      onGuestError,
    };
    const gic = vcpus <= MAX_GIC_VCPUS ? this.gic : undefined;
    try {
      vm = new Vm(options, {
        gic: gic && virtualGic(gic, vcpus, gicPorts),
        gicv: gic?.version === 2 ? gic.virtualCpuInterface : undefined,
        ticks: () => BigInt(ticksAt(ports.now())),
        memory,
        shape,
        midr: model.idRegisters.MIDR_EL1.lo,
        hcr: HCR_GUEST,
        unload: (index) => pcpuOf(index)?.put(),
        onGuestError,
      });
    } catch (error) {
      memory.destroy();
      throw error;
    }
    return vm;
  }

  private guestError(text: string): void {
    const { trace } = this.system;
    if (trace.on(CATEGORIES.guest_errors)) trace.sink(0, { category: 'guest_errors', type: 'message', text });
  }
}
