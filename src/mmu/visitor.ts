/** What a table walk reports while it runs: to the trace, the walk explorer, the debugger. */

import type { DescriptorKind } from './descriptor.ts';
import type { Regime, RegimeName } from './regime.ts';
import type { TlbEntry } from './tlb-entry.ts';
import type { Translation } from './translation.ts';

/** One descriptor read. The walker reuses one object a stage: copy what you keep. */
export class WalkStep {
  level = 0;
  /** Address of the descriptor, in bytes, in the space that `descriptorSpace` names. */
  descriptorAddress = 0;
  /** IPA for a stage-1 table under stage 2: the steps of that address's own translation come before. */
  descriptorSpace: 'PA' | 'IPA' = 'PA';
  hi = 0;
  lo = 0;
  kind: DescriptorKind = 'invalid';
  granuleBits = 12;
  /** True for the first step of a lookup. */
  start = false;
  /** Stage 2: the IPA that is translated, and whether it is that of a stage-1 descriptor. */
  ipa = 0;
  s1ptw = false;

  constructor(readonly stage: 1 | 2) {}
}

export interface WalkVisitor {
  step(step: WalkStep): void;
}

/** Sees each translation that missed the TLB, and each change of the TLB's contents that is not maintenance. */
export interface MmuTracer extends WalkVisitor {
  begin(regime: Regime, vaHi: number, vaLo: number, access: number): void;
  /** `ok` as `translate` returns it. */
  end(ok: boolean, out: Translation): void;
  fill(regime: RegimeName, entry: TlbEntry): void;
  evict(regime: RegimeName, entry: TlbEntry): void;
}
