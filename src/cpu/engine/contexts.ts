/** Translation contexts (law 7): each combination of the state that translation and decode depend on has its soft TLB. */

import type { HostMemory } from '../../arch/host-memory.ts';
import { ALL_VMIDS } from '../../mmu/tlb.ts';
import type { TlbEntry } from '../../mmu/tlb-entry.ts';
import type { MmuFeatures } from '../../mmu/features.ts';
import { type Regime, type RegimeName, regimeOf } from '../../mmu/regime.ts';
import type { TranslationRegisters } from '../../mmu/registers.ts';
import { type CodeFlags, packFlags } from '../code-flags.ts';
import { CONTEXT, R, SOFT_TLB, SOFT_TLB_UNPRIV, SPSEL } from '../slots.ts';
import { SOFT_TLB_ADDEND, SOFT_TLB_BYTES, SOFT_TLB_ENTRIES, SOFT_TLB_ENTRY_SHIFT, SOFT_TLB_READ, SOFT_TLB_WRITE } from '../soft-tlb.ts';
import type { CpuState } from '../state.ts';
import type { CodeCache } from './code-cache.ts';

/** Contexts kept at a time; the one used longest ago makes room. */
const MAX_CONTEXTS = 64;

const SCTLR_M = 1 << 0;
const SCTLR_A = 1 << 1;
const SCTLR_SA = 1 << 3;
const SCTLR_SA0 = 1 << 4;
const SCTLR_WXN = 1 << 19;
const SCTLR_EE = 1 << 25;
const HCR_LO = (1 << 0) | (1 << 2) | (1 << 12) | (1 << 27);
const HCR_HI = (1 << 0) | (1 << 1);
const TCR_EL1_HI_TBI0 = 1 << 5;
const TCR_EL1_HI_TBI1 = 1 << 6;
const TCR_EL2_TBI = 1 << 20;

export interface Context {
  /** Key of the jump cache; replaced when translations of the context go away, so that old entries no longer match. */
  id: number;
  readonly key: Float64Array;
  regimeName: RegimeName;
  vmid: number;
  flags: CodeFlags;
  packed: number;
  readonly softTlb: number;
  /** Entries were put into the soft TLB or the jump cache since the last drop. */
  used: boolean;
  lastUse: number;
}

/** Of one CPU. */
export class Contexts {
  /** Regimes as the registers are now. */
  el10!: Regime;
  el2!: Regime;
  current!: Context;
  private readonly all: Context[] = [];
  private readonly regs = {} as TranslationRegisters;
  private readonly key = new Float64Array(8);
  private uses = 0;

  /** `nextId` counts over all CPUs of a machine. */
  constructor(
    private readonly state: CpuState,
    private readonly memory: HostMemory,
    private readonly features: MmuFeatures,
    private readonly code: CodeCache,
    private readonly nextId: () => number,
  ) {}

  /** Works out the current context from the registers and points the CPU's slots at it. */
  resolve(): void {
    this.readRegisters();
    this.el10 = regimeOf(this.regs, 'EL1&0', this.features);
    this.el2 = regimeOf(this.regs, 'EL2', this.features);
    this.select();
  }

  /** Like `resolve` when only EL or SP selection changed since. */
  select(): void {
    const { state } = this;
    const el = state.el;
    this.current = this.find(el, state.lo(SPSEL) as 0 | 1);
    state.set32(CONTEXT, this.current.id);
    state.set32(SOFT_TLB, this.current.softTlb);
    state.set32(SOFT_TLB_UNPRIV, el === 1 ? this.find(0, 0).softTlb : this.current.softTlb);
  }

  /** The context of an access from the current EL; `unprivileged`: one made as EL0 (LDTR, STTR at EL1). */
  forAccess(unprivileged: boolean): Context {
    return unprivileged && this.state.el === 1 ? this.find(0, 0) : this.current;
  }

  /** The regime that accesses from the current EL use. */
  get regime(): Regime {
    return this.current.regimeName === 'EL2' ? this.el2 : this.el10;
  }

  private readRegisters(): void {
    const { regs, state } = this;
    regs.sctlr1 = state.lo(R.SCTLR_EL1);
    regs.sctlr2 = state.lo(R.SCTLR_EL2);
    regs.tcr1Lo = state.lo(R.TCR_EL1);
    regs.tcr1Hi = state.hi(R.TCR_EL1);
    regs.tcr2 = state.lo(R.TCR_EL2);
    regs.ttbr0Lo = state.lo(R.TTBR0_EL1);
    regs.ttbr0Hi = state.hi(R.TTBR0_EL1);
    regs.ttbr1Lo = state.lo(R.TTBR1_EL1);
    regs.ttbr1Hi = state.hi(R.TTBR1_EL1);
    regs.ttbr2Lo = state.lo(R.TTBR0_EL2);
    regs.ttbr2Hi = state.hi(R.TTBR0_EL2);
    regs.mair1Lo = state.lo(R.MAIR_EL1);
    regs.mair1Hi = state.hi(R.MAIR_EL1);
    regs.mair2Lo = state.lo(R.MAIR_EL2);
    regs.mair2Hi = state.hi(R.MAIR_EL2);
    regs.hcrLo = state.lo(R.HCR_EL2);
    regs.hcrHi = state.hi(R.HCR_EL2);
    regs.vtcr = state.lo(R.VTCR_EL2);
    regs.vttbrLo = state.lo(R.VTTBR_EL2);
    regs.vttbrHi = state.hi(R.VTTBR_EL2);
  }

  private flagsFor(el: 0 | 1 | 2, spsel: 0 | 1): CodeFlags {
    const { regs } = this;
    const regime = el === 2 ? this.el2 : this.el10;
    const sctlr = el === 2 ? regs.sctlr2 : regs.sctlr1;
    const device = !regime.stage1On && !regime.defaultCacheable;
    return {
      el,
      spsel,
      checkAlignment: (sctlr & SCTLR_A) !== 0 || device,
      device,
      checkSp: (sctlr & (el === 0 ? SCTLR_SA0 : SCTLR_SA)) !== 0,
      tbi0: el === 2 ? (regs.tcr2 & TCR_EL2_TBI) !== 0 : (regs.tcr1Hi & TCR_EL1_HI_TBI0) !== 0,
      tbi1: el !== 2 && (regs.tcr1Hi & TCR_EL1_HI_TBI1) !== 0,
    };
  }

  /** TTBR bases are not part of a context: translations of an old base stay until a TLBI, as on silicon. */
  private fillKey(el: 0 | 1 | 2, spsel: 0 | 1): void {
    const { key, regs } = this;
    const sctlr = el === 2 ? regs.sctlr2 : regs.sctlr1;
    key[0] = el | (spsel << 2);
    key[1] = sctlr & (SCTLR_M | SCTLR_A | SCTLR_WXN | SCTLR_EE | (el === 0 ? SCTLR_SA0 : SCTLR_SA));
    key[2] = el === 2 ? regs.tcr2 : regs.tcr1Lo;
    key[3] = el === 2 ? 0 : regs.tcr1Hi;
    key[4] = el === 2 ? 0 : this.el10.asid;
    key[5] = el === 2 ? 0 : this.el10.vmid;
    key[6] = el === 2 ? 0 : regs.hcrLo & HCR_LO;
    key[7] = el === 2 ? 0 : regs.hcrHi & HCR_HI;
  }

  private find(el: 0 | 1 | 2, spsel: 0 | 1): Context {
    this.fillKey(el, spsel);
    let found = this.lookUp();
    if (found === undefined) {
      found = this.make();
      found.flags = this.flagsFor(el, spsel);
      found.packed = packFlags(found.flags);
      found.regimeName = el === 2 ? 'EL2' : 'EL1&0';
      found.vmid = el === 2 ? 0 : this.el10.vmid;
    }
    found.lastUse = ++this.uses;
    return found;
  }

  private lookUp(): Context | undefined {
    const { key } = this;
    next: for (const context of this.all) {
      for (let i = 0; i < key.length; i++) if (context.key[i] !== key[i]) continue next;
      return context;
    }
    return undefined;
  }

  private make(): Context {
    let context: Context;
    if (this.all.length < MAX_CONTEXTS) {
      context = {
        id: 0, key: new Float64Array(this.key.length), softTlb: this.memory.alloc(SOFT_TLB_BYTES, 64), used: true, lastUse: 0,
      } as Context;
      this.all.push(context);
    } else {
      context = this.all.reduce((oldest, c) => (c.lastUse < oldest.lastUse ? c : oldest));
    }
    context.key.set(this.key);
    context.used = true;
    this.clear(context);
    return context;
  }

  private clear(context: Context): void {
    if (!context.used) return;
    this.memory.u8.fill(0xff, context.softTlb, context.softTlb + SOFT_TLB_BYTES);
    context.used = false;
    context.id = this.nextId();
    if (context === this.current) this.state.set32(CONTEXT, context.id);
  }

  /** Forgets translations that TLB entries no longer back: those of one 4 KiB entry, or all of a regime and VMID. */
  drop(regime: RegimeName, vmid: number, entry: TlbEntry | undefined): void {
    const page = entry !== undefined && entry.shift === 12 ? entry : undefined;
    for (const context of this.all) {
      if (context.regimeName !== regime || (vmid !== ALL_VMIDS && context.vmid !== vmid)) continue;
      if (page === undefined) this.clear(context);
      else if (context.used) this.forget(context, page);
    }
  }

  private forget(context: Context, { hi, lo }: TlbEntry): void {
    const at = (context.softTlb + (((lo >>> 12) & (SOFT_TLB_ENTRIES - 1)) << SOFT_TLB_ENTRY_SHIFT)) >>> 2;
    this.memory.u32.fill(0xffff_ffff, at, at + SOFT_TLB_ADDEND / 4);
    this.code.forgetPage(hi, lo);
  }

  /** Enters a page into the soft TLB of a context. `frame` is its offset in linear memory. */
  enter(context: Context, vaHi: number, vaLo: number, frame: number, readable: boolean, writable: boolean): void {
    const page = vaLo >>> 12;
    const at = (context.softTlb + ((page & (SOFT_TLB_ENTRIES - 1)) << SOFT_TLB_ENTRY_SHIFT)) >>> 2;
    const { u32 } = this.memory;
    const tagLo = (page | (vaHi << 20)) >>> 0;
    const tagHi = vaHi >>> 12;
    u32[at + SOFT_TLB_READ / 4] = readable ? tagLo : 0xffff_ffff;
    u32[at + SOFT_TLB_READ / 4 + 1] = readable ? tagHi : 0xffff_ffff;
    u32[at + SOFT_TLB_WRITE / 4] = writable ? tagLo : 0xffff_ffff;
    u32[at + SOFT_TLB_WRITE / 4 + 1] = writable ? tagHi : 0xffff_ffff;
    u32[at + SOFT_TLB_ADDEND / 4] = (frame - (vaLo & 0xffff_f000)) >>> 0;
    context.used = true;
  }

  /** Makes stores to a frame take the slow path, in every context. */
  watch(frame: number): void {
    const { u32 } = this.memory;
    for (const { softTlb, used } of this.all) {
      if (!used) continue;
      for (let i = 0; i < SOFT_TLB_ENTRIES; i++) {
        const at = (softTlb + (i << SOFT_TLB_ENTRY_SHIFT)) >>> 2;
        const tagLo = u32[at + SOFT_TLB_WRITE / 4];
        if (tagLo !== 0xffff_ffff && (u32[at + SOFT_TLB_ADDEND / 4] + ((tagLo << 12) >>> 0)) >>> 0 === frame) {
          u32[at + SOFT_TLB_WRITE / 4] = u32[at + SOFT_TLB_WRITE / 4 + 1] = 0xffff_ffff;
        }
      }
    }
  }
}
