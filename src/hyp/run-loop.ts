/** Runs vCPUs in time slices on the CPUs of the machine. */

import { hex } from '../arch/addresses.ts';
import { REPEATS, type System } from '../cpu/engine/system.ts';
import type { GuestSemihosting } from './guest-semihosting.ts';
import type { Pcpu } from './pcpu.ts';
import { Scheduler, type Turn } from './scheduler.ts';
import type { Vcpu } from './vm.ts';
import type { VmidAllocator } from './vmid.ts';

/**
 * Why `run` came back: all VMs have ended, the instructions are used up, `until` said so, `stop` was called, all vCPUs
 * wait and `System.longestIdleNs` have passed, or a guest waits for console input: by a semihosting call, when all stand
 * still, or because nothing but the UART can wake it.
 */
export type HypervisorEnd = 'ended' | 'budget' | 'until' | 'stopped' | 'idle' | 'input';

export interface HypervisorRunOptions {
  /** Instructions that all vCPUs together may execute; no limit unless told. */
  readonly maxInstructions?: number;
  /** Asked after each time slice; true ends the run. */
  readonly until?: () => boolean;
}

export class RunLoop {
  readonly scheduler: Scheduler;
  /** The CPU that runs or ran last: the one on which the hypervisor executes. */
  current: Pcpu;
  /** Of the VM whose semihosting call waits for console input. */
  waiting: GuestSemihosting | undefined;

  constructor(
    private readonly system: System,
    private readonly pcpus: readonly Pcpu[],
    private readonly vmids: VmidAllocator,
  ) {
    this.current = pcpus[0];
    this.scheduler = new Scheduler(pcpus, () => this.now());
  }

  /** Virtual time since power-on, in nanoseconds. */
  now(): number {
    return this.system.cpus[0].now();
  }

  /** `ended`: no vCPU can run any more, and no timer will change that. */
  run({ maxInstructions = Number.POSITIVE_INFINITY, until = () => false }: HypervisorRunOptions): HypervisorEnd {
    const { system } = this;
    const limit = system.instructions + maxInstructions;
    if (this.waiting?.resume() === false) return 'input';
    this.waiting = undefined;
    system.engine.stopRequested = false;
    for (;;) {
      const turn = this.scheduler.turn();
      if (turn === undefined) {
        const next = this.scheduler.nextWakeNs();
        if (next === Number.POSITIVE_INFINITY) return 'ended';
        if (!system.idleUntil(next)) return 'idle';
        continue;
      }
      const left = limit - system.instructions;
      if (left <= 0) return 'budget';
      this.runTurn(turn, left);
      if (this.waiting !== undefined) return 'input';
      if (system.engine.stopRequested) return 'stopped';
      if (until()) return 'until';
    }
  }

  /** The CPU that has a vCPU's registers. */
  pcpuOf(vcpu: Vcpu): Pcpu | undefined {
    return this.pcpus.find((pcpu) => pcpu.vcpu === vcpu);
  }

  /** Runs the rest of a time slice, or `limit` instructions of it. */
  private runTurn(turn: Turn, limit: number): void {
    const { pcpu, vcpu } = turn;
    this.current = pcpu;
    if (pcpu.vcpu !== vcpu) this.switchTo(pcpu, vcpu);
    vcpu.status = 'running';
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
    this.pcpuOf(vcpu)?.put();
    this.vmids.assign(vcpu.vm.vmid);
    pcpu.load(vcpu);
  }
}
