/** Walks that no access asked for: what a TLB fills ahead of accesses, and checks before it lets an entry go. */

import type { Regime } from './regime.ts';
import type { Tlb } from './tlb.ts';
import { SPACE_S2, type TlbEntry } from './tlb-entry.ts';
import type { Speculator } from './tlb-hooks.ts';
import { READ, Translation } from './translation.ts';
import type { Walker } from './walker.ts';

/** Privileged reads, which no leaf of stage 1 forbids. */
export class Speculation implements Speculator {
  private readonly out = new Translation();

  constructor(
    private readonly walker: Walker,
    private readonly tlb: Tlb,
  ) {}

  fill(regime: Regime, vaHi: number, vaLo: number): void {
    if (regime.stage1On && this.tlb.peek(regime, vaHi, vaLo) !== undefined) return;
    const ok = this.walker.walk(regime, vaHi, vaLo, READ, this.out, undefined, this.tlb);
    if (ok && regime.stage1On) this.tlb.fill(regime, vaHi, vaLo, this.walker.mapping);
  }

  isFresh(regime: Regime, entry: TlbEntry): boolean {
    const from = entry.space === SPACE_S2 ? { ...regime, stage1On: false } : regime;
    if (!this.walker.walk(from, entry.hi, entry.lo, READ, this.out, undefined, undefined)) return false;
    const { mapping } = this.walker;
    return (
      mapping.pa === entry.pa &&
      mapping.global === entry.global &&
      mapping.permissions1 === entry.permissions1 &&
      mapping.permissions2 === entry.permissions2 &&
      mapping.attributes2 === entry.attributes2 &&
      (entry.space === SPACE_S2 || mapping.attributes1 === entry.attributes1)
    );
  }
}
