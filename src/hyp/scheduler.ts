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

  /** Virtual time at which the first wait of a VM that has not ended ends, in nanoseconds; Infinity when none will. */
  nextWakeNs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { vm, status, wakeNs } of this.queue) {
      if (vm.end === undefined && status === 'wfi') next = Math.min(next, wakeNs);
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

  /** One slice for each CPU that has something to run, in the order of the CPUs. */
  private round(): Turn[] {
    const chosen = this.choose();
    const homeless = chosen.filter((vcpu) => !this.pcpus.some((pcpu) => pcpu.vcpu === vcpu));
    const turns: Turn[] = [];
    for (const pcpu of this.pcpus) {
      const isHome = pcpu.vcpu !== undefined && chosen.includes(pcpu.vcpu);
      const vcpu = isHome ? pcpu.vcpu : homeless.shift();
      if (vcpu !== undefined) turns.push({ pcpu, vcpu, left: this.queue.length === 1 ? SLICE_ALONE : SLICE });
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
