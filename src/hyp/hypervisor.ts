/** The hypervisor as its user sees it: makes VMs on a machine, runs them, and ends them. */

import type { Pa } from '../arch/addresses.ts';
import type { Cpu } from '../cpu/engine/cpu.ts';
import type { System } from '../cpu/engine/system.ts';
import { type Contents, SharedImage } from './contents.ts';
import { VmError } from './errors.ts';
import { Exit, type ExitHandler } from './exit.ts';
import { ExitDispatch } from './exit-dispatch.ts';
import { exitHandlers } from './exits.ts';
import { FrameAllocator } from './frames.ts';
import { type GicParts, physicalGic } from './gic-versions.ts';
import { GuestSemihosting } from './guest-semihosting.ts';
import { Hypercalls } from './hypercalls.ts';
import { Pcpu } from './pcpu.ts';
import { type HypervisorEnd, type HypervisorRunOptions, RunLoop } from './run-loop.ts';
import { type HypervisorStatistics, statisticsOf } from './statistics.ts';
import { type UnhandledExit, UnhandledExits } from './unhandled-exits.ts';
import type { Vcpu, Vm } from './vm.ts';
import { VmFactory } from './vm-factory.ts';
import type { VmOptions } from './vm-options.ts';
import { VmidAllocator } from './vmid.ts';

/** Physical memory that the hypervisor may use for VMs and their tables: RAM of the machine that holds nothing yet. */
export interface MachineRam {
  readonly base: Pa;
  readonly bytes: number;
}

/** What tests leave out, to see that its absence shows. */
export interface Omissions {
  /** The flush of all TLBs when a generation of VMIDs ends. */
  readonly vmidFlush?: boolean;
}

/** What a hypervisor may have besides CPUs and RAM. */
export interface HypervisorParts {
  /** The machine's interrupt controller; with it VMs of up to 8 vCPUs have one, and timers that interrupt. */
  readonly gic?: GicParts;
  readonly omitted?: Omissions;
}

export class Hypervisor {
  /** Hypercalls that guests can make; users add theirs. */
  readonly hypercalls = new Hypercalls();
  /** Handlers by ESR_EL2.EC; users replace those that they serve themselves. */
  readonly handlers: ExitHandler[];
  readonly frames: FrameAllocator;
  private readonly vmSet = new Map<Vm, GuestSemihosting>();
  private readonly pcpus: readonly Pcpu[];
  private readonly vmids: VmidAllocator;
  private readonly loop: RunLoop;
  private readonly unhandled = new UnhandledExits(() => this.stop());
  private readonly factory: VmFactory;

  /** Takes EL2 of every CPU of the system. Throws VmError when they have none. */
  constructor(
    private readonly system: System,
    ram: MachineRam,
    { gic, omitted }: HypervisorParts = {},
  ) {
    const { model, bus } = system;
    if (!model.hasEl2) throw new VmError(`the CPU ${model.name} has no EL2: a hypervisor needs it`);
    this.handlers = exitHandlers(model, this.hypercalls);
    this.frames = new FrameAllocator(bus, ram.base, ram.bytes);
    this.pcpus = system.cpus.map((cpu) => new Pcpu(cpu, gic && physicalGic(gic, cpu.index)));
    const dispatch = new ExitDispatch(
      this.handlers,
      (exit) => this.unhandled.take(exit),
      () => this.loop.scheduler.isJoined,
    );
    for (const pcpu of this.pcpus) {
      const exit = new Exit(pcpu);
      pcpu.cpu.hypervisor = () => dispatch.dispatch(exit);
    }
    this.vmids = new VmidAllocator(model.mmu.vmid16 ? 16 : 8, {
      active: () => this.pcpus.flatMap(({ vcpu }) => (vcpu === undefined ? [] : [vcpu.vm.vmid])),
      flush: () => {
        if (omitted?.vmidFlush !== true) this.loop.current.invalidateAll();
      },
    });
    this.loop = new RunLoop(system, this.pcpus, this.vmids);
    this.factory = new VmFactory(system, this.frames, gic, {
      pcpuOf: (vcpu) => this.loop.pcpuOf(vcpu),
      // A VM without a current VMID has nothing in any TLB.
      maintainer: (vm) => (this.vmids.isCurrent(vm.vmid) ? this.loop.current : undefined),
      now: () => this.loop.now(),
    });
  }

  /** VMs in the order in which they were made. */
  get vms(): readonly Vm[] {
    return [...this.vmSet.keys()];
  }

  /** Makes a VM with memory at IPA 0x4000_0000 and a UART. Throws VmError, SlotError and OutOfFrames. */
  createVm(options: VmOptions): Vm {
    const vm = this.factory.make(options);
    this.vmSet.set(vm, new GuestSemihosting(vm));
    this.loop.scheduler.add(vm.vcpus);
    return vm;
  }

  /** An image for `SlotOptions.shared`: VMs read it from the same physical pages until they write. */
  shareImage(contents: Contents): SharedImage {
    return new SharedImage(this.frames, this.system.bus, contents);
  }

  /** Exits, faults, pages, TLB figures and world switches of the VMs that exist, as plain data. */
  statistics(): HypervisorStatistics {
    return statisticsOf(this.system.cpus, this.vms, this.frames, this.vmids.generation);
  }

  /** Ends a VM and returns all of its memory. A handler of its exits calls `vm.finish` instead. */
  destroyVm(vm: Vm): void {
    vm.finish({ reason: 'destroyed' });
    for (const pcpu of this.pcpus) if (pcpu.vcpu?.vm === vm) pcpu.put();
    this.loop.scheduler.remove(vm.vcpus);
    this.vmSet.get(vm)?.close();
    this.vmSet.delete(vm);
    vm.memory.destroy();
  }

  /** The vCPU whose registers are in a CPU. */
  loaded(cpu: number): Vcpu | undefined {
    return this.pcpus[cpu].vcpu;
  }

  /** Index of the CPU that runs or ran last. */
  get currentCpu(): number {
    return this.loop.current.cpu.index;
  }

  /** Makes `run` return after the running instruction. */
  stop(): void {
    this.system.stop();
  }

  /**
   * Runs the VMs in time slices on the CPUs of the system. When no vCPU can run any more, VMs that have not ended wait
   * for what nothing can send, unless somebody types: they end as stuck.
   */
  run(options: HypervisorRunOptions = {}): HypervisorEnd {
    this.unhandled.settle();
    const why = this.loop.run(options);
    if (why === 'ended') {
      if (this.vms.some((vm) => vm.end === undefined && vm.awaitsInput)) return 'input';
      for (const vm of this.vmSet.keys()) vm.finish({ reason: 'stuck', what: waits(vm) });
    }
    return why;
  }

  /**
   * Runs the VMs as `run` does and yields the exits that no handler serves: `for await` over them may look at the
   * registers, change them, and let the guest go on. Returns what `run` would.
   */
  unhandledExits(options: HypervisorRunOptions = {}): AsyncGenerator<UnhandledExit, HypervisorEnd, void> {
    const { maxInstructions = Number.POSITIVE_INFINITY } = options;
    const limit = this.system.instructions + maxInstructions;
    return this.unhandled.iterate(() => this.run({ ...options, maxInstructions: limit - this.system.instructions }));
  }

  /** Serves `HLT #0xF000` of the guest in a CPU: the owner of the system wires it as its `Firmware`. EL0 has none. */
  semihosting(cpu: Cpu): boolean {
    const pcpu = this.pcpus[cpu.index];
    const { vcpu } = pcpu;
    if (vcpu === undefined || cpu.state.el === 0) return false;
    const guest = this.vmSet.get(vcpu.vm);
    if (guest?.call(pcpu) === false) {
      this.loop.waiting = guest;
      this.stop();
    }
    if (vcpu.vm.end !== undefined) cpu.waiting = 'off';
    return true;
  }
}

/** What the vCPUs of a VM do, none of which can run. */
const waits = ({ vcpus }: Vm): string =>
  vcpus.map(({ index, status }) => `vCPU ${index} is ${status === 'wfi' ? 'in WFI' : 'off'}`).join(', ');
