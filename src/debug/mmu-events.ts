/** What the MMU reports while it walks, as trace events: for the trace, and recorded for one explained walk. */

import { vaOf } from '../arch/addresses.ts';
import { type BbmTranslation, CATEGORIES, type Trace, type TraceEvent, type WalkStepEvent } from '../arch/trace.ts';
import { type BbmViolation, memoryType } from '../mmu/break-before-make.ts';
import { type Mapping, NO_LEVEL, outputAddress } from '../mmu/mapping.ts';
import type { Mmu } from '../mmu/mmu.ts';
import type { Regime, RegimeName } from '../mmu/regime.ts';
import { regimeOfSpace, SPACE_S2, type TlbEntry } from '../mmu/tlb-entry.ts';
import { accessKind, STAGE1_ONLY, Translation, UNPRIVILEGED } from '../mmu/translation.ts';
import type { MmuTracer, WalkStep } from '../mmu/visitor.ts';
import type { WalkRecord } from './explain.ts';
import { faultText } from './fault-text.ts';
import { mairText, shareabilityText } from './memory-type-text.ts';
import type { WalkEvent, WalkResultEvent } from './walk-text.ts';

const ACCESSES = ['read', 'write', 'execute'] as const;

function walkEvent({ name, asid, vmid }: Regime, va: bigint, access: number): WalkEvent {
  const unprivileged = (access & UNPRIVILEGED) !== 0;
  return {
    category: 'mmu',
    type: 'walk',
    va,
    regime: name,
    access: ACCESSES[accessKind(access)],
    unprivileged,
    asid,
    vmid,
  };
}

/** First table of a stage's lookup; VA bit 55 chooses between TTBR0's and TTBR1's. */
function firstTable(stage: 1 | 2, { lower, upper, stage2 }: Regime, va: bigint): number {
  const tables = stage === 2 ? stage2 : (va >> 55n) & 1n ? (upper ?? lower) : lower;
  return tables?.base ?? 0;
}

function stepEvent(step: WalkStep, regime: Regime, va: bigint): WalkStepEvent {
  const { stage, level, granuleBits, start, descriptorAddress, descriptorSpace, hi, lo, kind } = step;
  return {
    category: 'mmu',
    type: 'step',
    stage,
    level,
    granuleShift: granuleBits,
    // Only the first table of a lookup can be larger or smaller than the granule.
    tableAddress: start ? firstTable(stage, regime, va) : descriptorAddress - (descriptorAddress % 2 ** granuleBits),
    descriptorAddress,
    descriptorSpace,
    descriptorHi: hi,
    descriptorLo: lo,
    kind,
  };
}

function resultEvent(ok: boolean, { stage2On }: Regime, va: bigint, access: number, out: Translation): WalkResultEvent {
  const head = { category: 'mmu', type: 'result', va, ok } as const;
  if (ok) {
    const attributes = `${mairText(out.attributes)} SH=${shareabilityText(out.shareability)}`;
    const pa = stage2On && (access & STAGE1_ONLY) !== 0 ? undefined : out.pa;
    return { ...head, ipa: stage2On ? out.ipa : undefined, pa, attributes, fault: undefined };
  }
  const { fault } = out;
  const ipa = fault.stage === 2 && !fault.s1ptw ? fault.ipa : undefined;
  return { ...head, ipa, pa: undefined, attributes: '', fault: faultText(fault) };
}

function entryEvent(type: 'fill' | 'evict', regime: RegimeName, entry: TlbEntry): TraceEvent {
  return {
    category: 'tlb',
    type,
    regime,
    space: entry.space === SPACE_S2 ? 'IPA' : 'VA',
    address: vaOf(entry.hi, entry.lo),
    pa: entry.pa,
    bytes: 2 ** entry.shift,
    asid: entry.global ? 'global' : entry.asid,
    vmid: entry.vmid,
  };
}

/** One side of a violation, at the address with low half `lo`. */
function bbmTranslation(mapping: Mapping, lo: number): BbmTranslation {
  const level = (of: number): number | undefined => (of === NO_LEVEL ? undefined : of);
  return {
    pa: outputAddress(mapping, lo),
    attributes: mairText(memoryType(mapping)),
    level1: level(mapping.level1),
    level2: level(mapping.level2),
  };
}

/** A break-before-make violation as an event. */
export function bbmEvent({ what, entry, found, hi, lo }: BbmViolation): TraceEvent {
  return {
    category: 'bbm',
    type: 'violation',
    what,
    regime: regimeOfSpace(entry.space),
    space: entry.space === SPACE_S2 ? 'IPA' : 'VA',
    address: vaOf(hi, lo),
    asid: entry.global ? 'global' : entry.asid,
    vmid: entry.vmid,
    cached: bbmTranslation(entry, lo),
    found: bbmTranslation(found, lo),
  };
}

/** Turns the reports of one CPU's MMU into events of the categories `mmu` and `tlb`, where these are on. */
export class MmuEvents implements MmuTracer {
  private regime: Regime | undefined;
  private va = 0n;
  private access = 0;

  constructor(
    private readonly cpu: number,
    private readonly trace: Trace,
  ) {}

  begin(regime: Regime, vaHi: number, vaLo: number, access: number): void {
    this.regime = regime;
    this.va = vaOf(vaHi, vaLo);
    this.access = access;
    if (this.trace.on(CATEGORIES.mmu)) this.trace.sink(this.cpu, walkEvent(regime, this.va, access));
  }

  step(step: WalkStep): void {
    if (this.regime === undefined || !this.trace.on(CATEGORIES.mmu)) return;
    this.trace.sink(this.cpu, stepEvent(step, this.regime, this.va));
  }

  end(ok: boolean, out: Translation): void {
    if (this.regime === undefined || !this.trace.on(CATEGORIES.mmu)) return;
    this.trace.sink(this.cpu, resultEvent(ok, this.regime, this.va, this.access, out));
  }

  fill(regime: RegimeName, entry: TlbEntry): void {
    if (this.trace.on(CATEGORIES.tlb)) this.trace.sink(this.cpu, entryEvent('fill', regime, entry));
  }

  evict(regime: RegimeName, entry: TlbEntry): void {
    if (this.trace.on(CATEGORIES.tlb)) this.trace.sink(this.cpu, entryEvent('evict', regime, entry));
  }
}

/** Walks for a VA, given as two uint32 halves, and records all that happens; `access` is a word of src/mmu/translation.ts. */
export function recordWalk(
  mmu: Pick<Mmu, 'walk'>,
  regime: Regime,
  vaHi: number,
  vaLo: number,
  access: number,
): WalkRecord {
  const va = vaOf(vaHi, vaLo);
  const steps: WalkStepEvent[] = [];
  const out = new Translation();
  const ok = mmu.walk(regime, vaHi, vaLo, access, out, {
    step: (step) => {
      steps.push(stepEvent(step, regime, va));
    },
  });
  return { walk: walkEvent(regime, va, access), steps, result: resultEvent(ok, regime, va, access, out) };
}
