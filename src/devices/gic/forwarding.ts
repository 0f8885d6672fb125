/** What the distributor offers to one CPU interface (IHI 0048B and IHI 0069, "Interrupt prioritization"). */

import type { InterruptSource } from './cpu-interface.ts';
import type { Interrupts } from './interrupts.ts';
import { IDLE, INTIDS, lowestBit, SPURIOUS, WORDS } from './intid.ts';

export class Forwarding<Kind extends Interrupts = Interrupts> implements InterruptSource {
  pending = SPURIOUS;
  priority = IDLE;
  group: 0 | 1 = 0;
  readonly limit = INTIDS;
  /** INTID of the interrupt that is offered. */
  protected offered = SPURIOUS;

  constructor(
    protected readonly interrupts: Kind,
    protected readonly cpu: number,
  ) {}

  /** Of equal priorities the lowest INTID wins. */
  refresh(groups: number): void {
    const { interrupts, cpu } = this;
    const { priority } = interrupts;
    let best = IDLE;
    this.offered = SPURIOUS;
    for (let n = 0; n < WORDS; n++) {
      let candidates = this.candidates(n, groups);
      const word = interrupts.wordAt(cpu, n);
      while (candidates !== 0) {
        const bit = lowestBit(candidates);
        if (priority[word * 32 + bit] < best) {
          best = priority[word * 32 + bit];
          this.offered = n * 32 + bit;
        }
        candidates &= candidates - 1;
      }
    }
    this.priority = best;
    this.group = best === IDLE ? 0 : this.groupOf(this.offered);
    this.pending = best === IDLE ? SPURIOUS : this.acknowledged(this.offered);
  }

  /** INTIDs 32n to 32n + 31 that take part. */
  protected candidates(n: number, _groups: number): number {
    return this.interrupts.candidates(this.cpu, n);
  }

  /** A pending interrupt as an acknowledge register has it. */
  protected acknowledged(intid: number): number {
    return intid;
  }

  private groupOf(intid: number): 0 | 1 {
    return ((this.interrupts.group[this.interrupts.wordAt(this.cpu, intid >>> 5)] >>> (intid & 31)) & 1) as 0 | 1;
  }

  activate(): void {
    this.interrupts.activate(this.cpu, this.offered);
  }

  /** An end without an active interrupt is UNPREDICTABLE; it does nothing, as in QEMU. */
  end(acknowledged: number, dropped: boolean): void {
    if (dropped) this.deactivate(acknowledged);
  }

  deactivate(acknowledged: number): void {
    this.interrupts.deactivate(this.cpu, acknowledged);
  }
}
