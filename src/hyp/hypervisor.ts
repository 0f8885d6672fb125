/** The hypervisor: makes VMs on a machine, takes every exception to EL2, and runs the VMs in turn. */

import { hex, type Pa } from '../arch/addresses.ts';
import { EXCEPTION_CLASS_NAMES, type ExceptionClass } from '../arch/syndrome.ts';
import { CATEGORIES } from '../arch/trace.ts';
import type { Core } from '../cpu/core.ts';
import type { Cpu } from '../cpu/engine/cpu.ts';
import type { System } from '../cpu/engine/system.ts';
import { R } from '../cpu/slots.ts';
import { exceptionReturn } from '../cpu/system/exception-return.ts';
import { VmError } from './errors.ts';
import { Exit, type ExitHandler, PARK, RESUME } from './exit.ts';
import { exitHandlers, exitKind } from './exits.ts';
import { FrameAllocator } from './frames.ts';
import { GuestMemory } from './guest-memory.ts';
import { GuestSemihosting } from './guest-semihosting.ts';
import { HCR_GUEST } from './hcr.ts';
import { Hypercalls } from './hypercalls.ts';
import { Pcpu } from './pcpu.ts';
import { Scheduler, type Turn } from './scheduler.ts';
import { stage2Shape } from './stage2-shape.ts';
import { type Vcpu, Vm, type VmOptions } from './vm.ts';
import { VmidAllocator } from './vmid.ts';

/** Virtual nanoseconds that an exit and the return from it cost, whatever the handler does. */
export const EXIT_NS = 1000;
/** log2 of the bytes of a stage-2 page. */
const GRANULE_BITS = 12;
const DEFAULT_IPA_BITS = 40;
/** vCPUs that MPIDR_EL1.Aff0 alone can number. */
const MAX_VCPUS = 256;
/** Exceptions in a row at one and the same instruction after which a vCPU counts as stuck. */
const STUCK_REPEATS = 1000;

/** Why `run` came back: all VMs have ended, the instructions are used up, `until` said so, or `stop` was called. */
export type HypervisorEnd = 'ended' | 'budget' | 'until' | 'stopped';

export interface HypervisorRunOptions {
  /** Instructions that all vCPUs together may execute; no limit unless told. */
  readonly maxInstructions?: number;
  /** Asked after each time slice; true ends the run. */
  readonly until?: () => boolean;
}

/** Physical memory that the hypervisor may use for VMs and their tables: RAM of the machine that holds nothing yet. */
export interface MachineRam {
  readonly base: Pa;
  readonly bytes: number;
}

export class Hypervisor {
  /** Hypercalls that guests can make; users add theirs. */
  readonly hypercalls = new Hypercalls();
  /** Handlers by ESR_EL2.EC; users replace those that they serve themselves. */
  readonly handlers: ExitHandler[];
  readonly frames: FrameAllocator;
  private readonly vmSet = new Map<Vm, GuestSemihosting>();
  private readonly pcpus: readonly Pcpu[];
  private readonly exits: readonly Exit[];
  private readonly scheduler: Scheduler;
  private readonly vmids: VmidAllocator;
  /** The CPU that runs or ran last: the one on which the hypervisor executes. */
  private current: Pcpu;

  /** Takes EL2 of every CPU of the system. Throws VmError when they have none. */
  constructor(
    private readonly system: System,
    ram: MachineRam,
  ) {
    const { model, bus } = system;
    if (!model.hasEl2) throw new VmError(`the CPU ${model.name} has no EL2: a hypervisor needs it`);
    this.handlers = exitHandlers(model, this.hypercalls);
    this.frames = new FrameAllocator(bus, ram.base, ram.bytes);
    this.pcpus = system.cpus.map((cpu) => new Pcpu(cpu));
    this.current = this.pcpus[0];
    this.exits = this.pcpus.map((pcpu) => new Exit(pcpu));
    for (const cpu of system.cpus) cpu.hypervisor = (core) => this.onException(core);
    this.scheduler = new Scheduler(this.pcpus);
    this.vmids = new VmidAllocator(model.mmu.vmid16 ? 16 : 8, {
      active: () => this.pcpus.flatMap(({ vcpu }) => (vcpu === undefined ? [] : [vcpu.vm.vmid])),
      flush: () => this.current.invalidateAll(),
    });
  }

  /** VMs in the order in which they were made. */
  get vms(): readonly Vm[] {
    return [...this.vmSet.keys()];
  }

  /** Makes a VM with memory at IPA 0x4000_0000 and a UART. Throws VmError, SlotError and OutOfFrames. */
  createVm(options: VmOptions): Vm {
    const { vcpus = 1, ipaBits = DEFAULT_IPA_BITS } = options;
    if (!Number.isInteger(vcpus) || vcpus < 1 || vcpus > MAX_VCPUS) {
      throw new VmError(`${vcpus} vCPUs are not possible: a VM has 1 to ${MAX_VCPUS}`);
    }
    const { model, bus } = this.system;
    const shape = stage2Shape(ipaBits, model.mmu.paBits, GRANULE_BITS);
    const memory = new GuestMemory(bus, this.frames, shape, {
      invalidate: (ipa) => this.ifCached(vm, (pcpu) => pcpu.invalidateIpa(vm, ipa)),
      invalidateAll: () => this.ifCached(vm, (pcpu) => pcpu.invalidateVm(vm)),
    });
    const vm: Vm = new Vm(options, {
      memory,
      shape,
      midr: model.idRegisters.MIDR_EL1.lo,
      hcr: HCR_GUEST,
      onGuestError: (text) => this.guestError(text),
    });
    this.vmSet.set(vm, new GuestSemihosting(vm));
    this.scheduler.add(vm.vcpus);
    return vm;
  }

  /** Ends a VM and returns all of its memory. */
  destroyVm(vm: Vm): void {
    vm.finish({ reason: 'destroyed' });
    for (const pcpu of this.pcpus) if (pcpu.vcpu?.vm === vm) pcpu.put();
    this.scheduler.remove(vm.vcpus);
    this.vmSet.delete(vm);
    vm.memory.destroy();
  }

  /** The vCPU whose registers are in a CPU. */
  loaded(cpu: number): Vcpu | undefined {
    return this.pcpus[cpu].vcpu;
  }

  /** Makes `run` return after the running instruction. */
  stop(): void {
    this.system.stop();
  }

  /**
   * Runs the VMs in time slices on the CPUs of the system. When no vCPU can run any more, VMs that have not ended wait
   * for what nothing can send: they end as stuck.
   */
  run({ maxInstructions = Number.POSITIVE_INFINITY, until = () => false }: HypervisorRunOptions = {}): HypervisorEnd {
    const { system } = this;
    const limit = system.instructions + maxInstructions;
    system.engine.stopRequested = false;
    for (;;) {
      const turn = this.scheduler.turn();
      if (turn === undefined) {
        this.endIdle();
        return 'ended';
      }
      const left = limit - system.instructions;
      if (left <= 0) return 'budget';
      this.runTurn(turn, left);
      if (system.engine.stopRequested) return 'stopped';
      if (until()) return 'until';
    }
  }

  /** Serves `HLT #0xF000` of the guest in a CPU: the owner of the system wires it as its `Firmware`. EL0 has none. */
  semihosting(cpu: Cpu): boolean {
    const pcpu = this.pcpus[cpu.index];
    const { vcpu } = pcpu;
    if (vcpu === undefined || cpu.state.el === 0) return false;
    this.vmSet.get(vcpu.vm)?.call(pcpu);
    if (vcpu.vm.end !== undefined) cpu.waiting = 'off';
    return true;
  }

  /** Runs the rest of a time slice, or `limit` instructions of it. */
  private runTurn(turn: Turn, limit: number): void {
    const { pcpu, vcpu } = turn;
    this.current = pcpu;
    if (pcpu.vcpu !== vcpu) this.switchTo(pcpu, vcpu);
    pcpu.enter();
    turn.left -= this.system.runCpu(pcpu.cpu, Math.min(turn.left, limit));
    if (pcpu.cpu.waiting === 'off') turn.left = 0;
    if (pcpu.cpu.history.repeats >= STUCK_REPEATS) {
      vcpu.vm.finish({ reason: 'stuck', what: `the instruction at VA ${hex(vcpu.registers.pc, 16)} faults for ever` });
    }
  }

  /** World switch. Nothing is flushed: TLB entries carry the VMID. */
  private switchTo(pcpu: Pcpu, vcpu: Vcpu): void {
    pcpu.put();
    for (const other of this.pcpus) if (other.vcpu === vcpu) other.put();
    this.vmids.assign(vcpu.vm.vmid);
    pcpu.load(vcpu);
  }

  /** Ends the VMs that are left when no vCPU can run: no interrupt reaches one that waits. */
  private endIdle(): void {
    for (const vm of this.vmSet.keys()) {
      const what = vm.vcpus.map(({ index, status }) => `vCPU ${index} is ${status === 'wfi' ? 'in WFI' : 'off'}`);
      vm.finish({ reason: 'stuck', what: what.join(', ') });
    }
  }

  /** Called by a CPU whose EL2 registers an exception has just written. */
  private onException(core: Core): void {
    const exit = this.exits[core.index];
    const { vcpu } = exit.pcpu;
    if (vcpu === undefined) throw new Error(`CPU ${core.index} took an exception to EL2, but runs no VM`);
    exit.vcpu = vcpu;
    const { vm } = exit;
    core.charge(EXIT_NS);
    vm.stats.exits[exitKind(exit)]++;
    exit.note('exit', () => describe(exit));
    const next = exit.isSynchronous ? this.handlers[exit.ec](exit) : PARK;
    if (next === RESUME && vm.end === undefined) {
      exit.note('entry', () => `to VA ${hex(exit.pc, 16)}`);
      exceptionReturn(core);
    } else {
      core.waiting = 'off';
    }
  }

  /** Does TLB maintenance for a VM that may have TLB entries: one without a current VMID has none. */
  private ifCached(vm: Vm, maintain: (pcpu: Pcpu) => void): void {
    if (this.vmids.isCurrent(vm.vmid)) maintain(this.current);
  }

  private guestError(text: string): void {
    const { trace } = this.system;
    if (trace.on(CATEGORIES.guest_errors)) trace.sink(0, { category: 'guest_errors', type: 'message', text });
  }
}

function describe(exit: Exit): string {
  if (!exit.isSynchronous) return `interrupt at VA ${hex(exit.pc, 16)}`;
  const name = EXCEPTION_CLASS_NAMES[exit.ec as ExceptionClass] ?? 'unassigned exception class';
  return `${name}, ESR ${hex(exit.state.lo(R.ESR_EL2), 8)}, at VA ${hex(exit.pc, 16)}`;
}
