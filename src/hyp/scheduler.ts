/** Which vCPU runs on which CPU next: round robin, each vCPU on the CPU that has its registers where that is possible. */

import { SLICE, SLICE_ALONE } from '../cpu/engine/system.ts';
import type { Pcpu } from './pcpu.ts';
import type { Vcpu } from './vm.ts';

/** A vCPU's time slice on a CPU. */
export interface Turn {
  readonly pcpu: Pcpu;
  readonly vcpu: Vcpu;
  /** Instructions left of the slice; 0 when the vCPU gave the CPU up. */
  left: number;
}

export class Scheduler {
  private readonly queue: Vcpu[] = [];
  /** Place in the queue after the vCPU that was chosen last. */
  private cursor = 0;
  /** What is left of the round. */
  private turns: Turn[] = [];
  /** The vCPU of the round, if no other was runnable when it began. */
  private lone: Vcpu | undefined;

  /** `now`: virtual time in nanoseconds. */
  constructor(
    private readonly pcpus: readonly Pcpu[],
    private readonly now: () => number,
  ) {}

  add(vcpus: readonly Vcpu[]): void {
    this.queue.push(...vcpus);
  }

  remove(vcpus: readonly Vcpu[]): void {
    for (const vcpu of vcpus) {
      const at = this.queue.indexOf(vcpu);
      this.queue.splice(at, 1);
      if (at < this.cursor) this.cursor--;
    }
  }

  /**
   * Virtual time at which the first wait ends, in nanoseconds, of the vCPUs but one, of VMs that have not ended; Infinity
   * when none will.
   */
  nextWakeNs(but?: Vcpu): number {
    let next = Number.POSITIVE_INFINITY;
    for (const vcpu of this.queue) {
      const { vm, status, wakeNs } = vcpu;
      if (vcpu !== but && vm.end === undefined && status === 'wfi') next = Math.min(next, wakeNs);
    }
    return next;
  }

  /** The slice that runs now: the last one if it is not used up, else the next; undefined when no vCPU is runnable. */
  turn(): Turn | undefined {
    const now = this.now();
    while (this.turns.length > 0 && (this.turns[0].left <= 0 || !this.turns[0].vcpu.isRunnable(now)))
      this.turns.shift();
    if (this.turns.length === 0) this.turns = this.round();
    return this.turns[0];
  }

  /** Whether the running slice has to end: it began while no other vCPU was runnable, and one is by now. */
  get isJoined(): boolean {
    const { lone } = this;
    return lone !== undefined && this.queue.length > 1 && this.isAnyRunnableBut(lone);
  }

  private isAnyRunnableBut(vcpu: Vcpu): boolean {
    const now = this.now();
    for (const other of this.queue) if (other !== vcpu && other.isRunnable(now)) return true;
    return false;
  }

  /** One slice for each CPU that has something to run, in the order of the CPUs. */
  private round(): Turn[] {
    const chosen = this.choose();
    this.lone = chosen.length === 1 && !this.isAnyRunnableBut(chosen[0]) ? chosen[0] : undefined;
    const { lone } = this;
    const slice = lone === undefined ? SLICE : Math.min(SLICE_ALONE, this.nextWakeNs(lone) - this.now());
    const homeless = chosen.filter((vcpu) => !this.pcpus.some((pcpu) => pcpu.vcpu === vcpu));
    const turns: Turn[] = [];
    for (const pcpu of this.pcpus) {
      const isHome = pcpu.vcpu !== undefined && chosen.includes(pcpu.vcpu);
      const vcpu = isHome ? pcpu.vcpu : homeless.shift();
      if (vcpu !== undefined) turns.push({ pcpu, vcpu, left: slice });
    }
    return turns;
  }

  /** The next runnable vCPUs, at most one for each CPU. */
  private choose(): Vcpu[] {
    const { queue, pcpus } = this;
    const now = this.now();
    const chosen: Vcpu[] = [];
    for (let i = 0, start = this.cursor; i < queue.length && chosen.length < pcpus.length; i++) {
      const at = (start + i) % queue.length;
      if (!queue[at].isRunnable(now)) continue;
      chosen.push(queue[at]);
      this.cursor = at + 1;
    }
    return chosen;
  }
}
