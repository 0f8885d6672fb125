/** What the distributor offers to one CPU interface (IHI 0048B, "Interrupt prioritization"). */

import type { InterruptSource } from './cpu-interface.ts';
import type { Interrupts } from './interrupts.ts';
import { IDLE, INTID_MASK, INTIDS, lowestBit, SGIS, SOURCE_SHIFT, SPURIOUS, WORDS } from './intid.ts';

export class Forwarding implements InterruptSource {
  pending = SPURIOUS;
  priority = IDLE;
  group: 0 | 1 = 0;
  readonly limit = INTIDS;

  constructor(
    private readonly interrupts: Interrupts,
    private readonly cpu: number,
  ) {}

  /** Of equal priorities the lowest INTID wins. Groups that the CPU interface disables take part. */
  refresh(): void {
    const { interrupts, cpu } = this;
    const { priority } = interrupts;
    let best = IDLE;
    let intid = SPURIOUS;
    for (let n = 0; n < WORDS; n++) {
      let candidates = interrupts.candidates(cpu, n);
      const word = interrupts.wordAt(cpu, n);
      while (candidates !== 0) {
        const bit = lowestBit(candidates);
        if (priority[word * 32 + bit] < best) {
          best = priority[word * 32 + bit];
          intid = n * 32 + bit;
        }
        candidates &= candidates - 1;
      }
    }
    this.priority = best;
    if (best === IDLE) {
      this.pending = SPURIOUS;
      this.group = 0;
      return;
    }
    this.group = ((interrupts.group[interrupts.wordAt(cpu, intid >>> 5)] >>> (intid & 31)) & 1) as 0 | 1;
    this.pending = intid < SGIS ? intid | (interrupts.sgiSource(cpu, intid) << SOURCE_SHIFT) : intid;
  }

  activate(): void {
    this.interrupts.activate(this.cpu, this.pending & INTID_MASK);
  }

  /** An end without an active interrupt is UNPREDICTABLE; it does nothing, as in QEMU. */
  end(acknowledged: number, dropped: boolean): void {
    if (dropped) this.deactivate(acknowledged);
  }

  deactivate(acknowledged: number): void {
    this.interrupts.deactivate(this.cpu, acknowledged & INTID_MASK);
  }
}
