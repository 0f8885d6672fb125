/** The hypervisor: makes VMs on a machine, takes every exception to EL2, and runs the VMs in turn. */

import { hex, type Pa } from '../arch/addresses.ts';
import { EXCEPTION_CLASS_NAMES, type ExceptionClass } from '../arch/syndrome.ts';
import { CATEGORIES } from '../arch/trace.ts';
import type { Core } from '../cpu/core.ts';
import type { Cpu } from '../cpu/engine/cpu.ts';
import { REPEATS, type System } from '../cpu/engine/system.ts';
import { R } from '../cpu/slots.ts';
import { ticksAt } from '../cpu/system/timers/counter.ts';
import { type Contents, SharedImage } from './contents.ts';
import { VmError } from './errors.ts';
import { Exit, type ExitHandler, PARK, RESUME } from './exit.ts';
import { exitHandlers, exitKind } from './exits.ts';
import { FrameAllocator } from './frames.ts';
import { GuestMemory } from './guest-memory.ts';
import { GuestSemihosting } from './guest-semihosting.ts';
import { HCR_GUEST } from './hcr.ts';
import { Hypercalls } from './hypercalls.ts';
import { Pcpu } from './pcpu.ts';
import { type GicParts, PhysicalGic } from './physical-gic.ts';
import { Scheduler, type Turn } from './scheduler.ts';
import { granuleOfPage, stage2Shape } from './stage2-shape.ts';
import { type HypervisorStatistics, statisticsOf } from './statistics.ts';
import { VirtualGic } from './virtual-gic.ts';
import { type Vcpu, Vm, type VmOptions } from './vm.ts';
import { VmidAllocator } from './vmid.ts';

/** Virtual nanoseconds that an exit and the return from it cost, whatever the handler does. */
export const EXIT_NS = 1000;
const DEFAULT_PAGE = 4096;
const DEFAULT_IPA_BITS = 40;
/** vCPUs that MPIDR_EL1.Aff0 alone can number. */
const MAX_VCPUS = 256;
/** vCPUs that a GICv2 serves. */
const MAX_GIC_VCPUS = 8;

/**
 * Why `run` came back: all VMs have ended, the instructions are used up, `until` said so, `stop` was called, or a
 * semihosting call waits for console input, when all stand still.
 */
export type HypervisorEnd = 'ended' | 'budget' | 'until' | 'stopped' | 'input';

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
  private readonly exits: readonly Exit[];
  private readonly scheduler: Scheduler;
  private readonly vmids: VmidAllocator;
  private readonly gic: GicParts | undefined;
  /** The CPU that runs or ran last: the one on which the hypervisor executes. */
  private current: Pcpu;
  /** Of the VM whose semihosting call waits for console input. */
  private waiting: GuestSemihosting | undefined;

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
    this.gic = gic;
    this.pcpus = system.cpus.map((cpu) => new Pcpu(cpu, gic && new PhysicalGic(gic, cpu.index)));
    this.current = this.pcpus[0];
    this.exits = this.pcpus.map((pcpu) => new Exit(pcpu));
    for (const cpu of system.cpus) cpu.hypervisor = (core) => this.onException(core);
    this.scheduler = new Scheduler(this.pcpus, () => this.now());
    this.vmids = new VmidAllocator(model.mmu.vmid16 ? 16 : 8, {
      active: () => this.pcpus.flatMap(({ vcpu }) => (vcpu === undefined ? [] : [vcpu.vm.vmid])),
      flush: () => {
        if (omitted?.vmidFlush !== true) this.current.invalidateAll();
      },
    });
  }

  /** VMs in the order in which they were made. */
  get vms(): readonly Vm[] {
    return [...this.vmSet.keys()];
  }

  /** Makes a VM with memory at IPA 0x4000_0000 and a UART. Throws VmError, SlotError and OutOfFrames. */
  createVm(options: VmOptions): Vm {
    const { vcpus = 1, ipaBits = DEFAULT_IPA_BITS, pageBytes = DEFAULT_PAGE } = options;
    if (!Number.isInteger(vcpus) || vcpus < 1 || vcpus > MAX_VCPUS) {
      throw new VmError(`${vcpus} vCPUs are not possible: a VM has 1 to ${MAX_VCPUS}`);
    }
    const { model, bus } = this.system;
    const shape = stage2Shape(ipaBits, model.mmu.paBits, granuleOfPage(pageBytes, model.mmu));
    const memory = new GuestMemory(bus, this.frames, shape, {
      invalidate: (ipa, bytes, stride) => this.ifCached(vm, (pcpu) => pcpu.invalidateIpas(vm, ipa, bytes, stride)),
      invalidateAll: () => this.ifCached(vm, (pcpu) => pcpu.invalidateVm(vm)),
    });
    const onGuestError = (text: string): void => this.guestError(text);
    const hasGic = this.gic !== undefined && vcpus <= MAX_GIC_VCPUS;
    const vm: Vm = new Vm(options, {
      gic: hasGic
        ? new VirtualGic(vcpus, {
            changed: (mask) => vm.wake(mask),
            recall: (index) => this.pcpuOf(vm.vcpus[index])?.interrupt(),
            onGuestError,
          })
        : undefined,
      gicv: this.gic?.virtualCpuInterface,
      ticks: () => BigInt(ticksAt(this.now())),
      memory,
      shape,
      midr: model.idRegisters.MIDR_EL1.lo,
      hcr: HCR_GUEST,
      onGuestError,
    });
    this.vmSet.set(vm, new GuestSemihosting(vm));
    this.scheduler.add(vm.vcpus);
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

  /** Ends a VM and returns all of its memory. */
  destroyVm(vm: Vm): void {
    vm.finish({ reason: 'destroyed' });
    for (const pcpu of this.pcpus) if (pcpu.vcpu?.vm === vm) pcpu.put();
    this.scheduler.remove(vm.vcpus);
    this.vmSet.get(vm)?.close();
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
    if (this.waiting?.resume() === false) return 'input';
    this.waiting = undefined;
    system.engine.stopRequested = false;
    for (;;) {
      const turn = this.scheduler.turn();
      if (turn === undefined && this.sleep()) continue;
      if (turn === undefined) {
        this.endIdle();
        return 'ended';
      }
      const left = limit - system.instructions;
      if (left <= 0) return 'budget';
      this.runTurn(turn, left);
      if (this.waiting !== undefined) return 'input';
      if (system.engine.stopRequested) return 'stopped';
      if (until()) return 'until';
    }
  }

  /** Serves `HLT #0xF000` of the guest in a CPU: the owner of the system wires it as its `Firmware`. EL0 has none. */
  semihosting(cpu: Cpu): boolean {
    const pcpu = this.pcpus[cpu.index];
    const { vcpu } = pcpu;
    if (vcpu === undefined || cpu.state.el === 0) return false;
    const guest = this.vmSet.get(vcpu.vm);
    if (guest?.call(pcpu) === false) {
      this.waiting = guest;
      this.stop();
    }
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
    if (pcpu.cpu.history.repeats >= REPEATS) {
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

  /** The CPU that has a vCPU's registers. */
  private pcpuOf(vcpu: Vcpu): Pcpu | undefined {
    return this.pcpus.find((pcpu) => pcpu.vcpu === vcpu);
  }

  private now(): number {
    return this.system.cpus[0].now();
  }

  /** No vCPU can run: time jumps to the first timer that ends a wait. False when none will. */
  private sleep(): boolean {
    const next = this.scheduler.nextWakeNs();
    if (next === Number.POSITIVE_INFINITY) return false;
    this.current.cpu.charge(Math.max(0, next - this.now()));
    return true;
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
    const kind = exitKind(exit);
    const from = core.now();
    core.charge(EXIT_NS);
    exit.note('exit', () => describe(exit));
    const next = this.serveInterrupts(exit) ? RESUME : exit.isSynchronous ? this.handlers[exit.ec](exit) : PARK;
    vm.stats.exits[kind]++;
    vm.stats.exitNanoseconds[kind] += core.now() - from;
    if (next === RESUME && vm.end === undefined) {
      exit.note('entry', () => `to VA ${hex(exit.pc, 16)}`);
      exit.pcpu.resume();
    } else {
      core.waiting = 'off';
    }
  }

  /** Takes over the guest's list registers and serves physical interrupts; true when one of these was all that came. */
  private serveInterrupts({ pcpu, vcpu, isSynchronous }: Exit): boolean {
    const { gic, cpu } = pcpu;
    if (gic === undefined) return false;
    cpu.timers?.poll();
    const wasInterrupted = cpu.irqLine;
    vcpu.interrupts?.sync(gic);
    pcpu.acknowledge();
    return wasInterrupted && !isSynchronous && !pcpu.isCalled;
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
