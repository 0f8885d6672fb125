/** The MMU of one CPU: translation through its TLB, and walks that leave no trace. */

import { type BbmWatch, BreakBeforeMake } from './break-before-make.ts';
import type { MmuFeatures } from './features.ts';
import { lowBits } from './geometry.ts';
import type { Mapping } from './mapping.ts';
import type { DescriptorMemory } from './memory.ts';
import { stage1Allows, stage2Allows } from './permissions.ts';
import type { Regime } from './regime.ts';
import { Speculation } from './speculation.ts';
import type { DropListener } from './tlb.ts';
import { Tlb } from './tlb.ts';
import type { TlbEntry } from './tlb-entry.ts';
import { accessKind, type Translation, WRITE } from './translation.ts';
import type { MmuTracer, WalkVisitor } from './visitor.ts';
import { Walker } from './walker.ts';

/** Translates addresses. Nothing here allocates; faults are values in the result. */
export class Mmu {
  private readonly walker: Walker;
  private readonly speculation: Speculation;
  private observer: MmuTracer | undefined;

  constructor(
    private readonly memory: DescriptorMemory,
    /** For `regimeOf`. */
    readonly features: MmuFeatures,
    readonly tlb = new Tlb(),
  ) {
    this.walker = new Walker(memory);
    this.speculation = new Speculation(this.walker, tlb);
  }

  /** Told when TLB entries went away, so that soft TLBs forget what they had from them. */
  set onDrop(listener: DropListener) {
    this.tlb.onDrop = listener;
  }

  /** Sees translations that walk, fills and evictions; undefined: nobody. */
  set tracer(tracer: MmuTracer | undefined) {
    this.observer = tracer;
    this.tlb.onFill = tracer === undefined ? undefined : (regime, entry) => tracer.fill(regime, entry);
    this.tlb.onEvict = tracer === undefined ? undefined : (regime, entry) => tracer.evict(regime, entry);
  }

  /** Reports changes of tables without break-before-make from now on, or to nobody, which costs nothing. */
  watchBreakBeforeMake(watch: BbmWatch | undefined): void {
    this.tlb.inspector = watch === undefined ? undefined : new BreakBeforeMake(this.memory, this.tlb, watch);
  }

  /** Tells the TLB that the registers of the current regime changed, at the context synchronization that made it so. */
  regimeChanged(regime: Regime): void {
    this.tlb.switched(regime, this.speculation);
  }

  /**
   * Translates the VA of an architectural access (`access`: READ, WRITE or EXECUTE, perhaps with UNPRIVILEGED) into
   * `out`, by a TLB entry if there is one, else by a walk whose result the TLB keeps. False: `out.fault` says why.
   * A fault adds no entry; one from an entry that forbids the access needs no walk, unless hardware may yet mark the leaf
   * dirty. The halves of the VA may be int32 or uint32; V8 passes an int32 on without an allocation.
   */
  translate(regime: Regime, vaHi: number, vaLo: number, access: number, out: Translation): boolean {
    let clean: TlbEntry | undefined;
    if (regime.stage1On) {
      const entry = this.tlb.lookUp(regime, vaHi, vaLo) ?? this.tlb.missed(regime, vaHi, vaLo, this.speculation);
      if (entry?.clean === true && accessKind(access) === WRITE) clean = entry;
      else if (entry !== undefined) return answer(entry, regime, vaLo, access, out);
    } else if (regime.stage2On && this.tlb.peekStage2(regime.vmid, vaHi & 0xffff, vaLo) === undefined) {
      this.tlb.missed(regime, vaHi, vaLo, this.speculation);
    }
    this.observer?.begin(regime, vaHi, vaLo, access);
    const ok = this.walker.walk(regime, vaHi, vaLo, access, out, this.observer, this.tlb);
    this.observer?.end(ok, out);
    // With stage 1 off, stage 2 alone is cached, by IPA: turning stage 1 on then needs no TLBI.
    if (ok && clean !== undefined) this.tlb.discard(clean);
    if (ok && regime.stage1On) this.tlb.fill(regime, vaHi, vaLo, this.walker.mapping);
    return ok;
  }

  /**
   * Like `translate`, but reads the tables as they are in memory and neither asks nor changes the TLB: for AT (with
   * STAGE1_ONLY in `access` where that is meant), explorers and debuggers. `visitor` sees each descriptor.
   */
  walk(regime: Regime, vaHi: number, vaLo: number, access: number, out: Translation, visitor?: WalkVisitor): boolean {
    return this.walker.walk(regime, vaHi, vaLo, access, out, visitor, undefined);
  }
}

/** Allows or refuses an access by what a TLB entry says, with the fault that a walk would give for a permission. */
function answer(entry: Mapping, regime: Regime, vaLo: number, access: number, out: Translation): boolean {
  if (!stage1Allows(entry.permissions1, access)) return out.fault.set('permission', 1, entry.level1);
  if (!stage2Allows(entry.permissions2, access)) {
    return out.fault.set('permission', 2, entry.level2, false, entry.ipa + lowBits(vaLo, entry.shift));
  }
  entry.describe(regime, vaLo, access, out);
  return true;
}
