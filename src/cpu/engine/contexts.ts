/** Translation contexts (law 7): each combination of the state that translation and decode depend on has its soft TLB. */

import type { HostMemory } from '../../arch/host-memory.ts';
import type { Regime, RegimeName } from '../../mmu/regime.ts';
import {
  HCR_DC,
  HCR_HI_CD,
  HCR_HI_ID,
  HCR_PTW,
  HCR_TGE,
  HCR_VM,
  SCTLR_EE,
  SCTLR_M,
  SCTLR_WXN,
} from '../../mmu/registers.ts';
import type { TlbEntry } from '../../mmu/tlb-entry.ts';
import { PRIVILEGED_ACCESS_NEVER, UNPRIVILEGED } from '../../mmu/translation.ts';
import { type CodeFlags, packFlags } from '../code-flags.ts';
import {
  CODE_FLAGS,
  CONTEXT,
  CONTEXT_UPPER,
  PAN,
  R,
  SOFT_TLB,
  SOFT_TLB_MASK,
  SOFT_TLB_UNPRIV,
  SOFT_TLB_UNPRIV_MASK,
  SPSEL,
  UAO,
} from '../slots.ts';
import type { CpuState } from '../state.ts';
import { DebugPages } from '../system/debug/debug-pages.ts';
import { stepActive } from '../system/debug/software-step.ts';
import { floatingPointControls, floatingPointTrap } from '../system/floating-point-access.ts';
import type { Regimes } from '../system/regimes.ts';
import { checksSystem } from '../system/system-checks.ts';
import { type Context, ContextStore, KEY_ASID, KEY_DEBUG, KEY_LENGTH, upperId } from './context-store.ts';
import type { JumpCache } from './jump-cache.ts';

const SCTLR_A = 1 << 1;
const SCTLR_SA = 1 << 3;
const SCTLR_SA0 = 1 << 4;
const SCTLR_E0E = 1 << 24;
/** Bits of SCTLR_ELx and HCR_EL2 that translation and decode depend on. */
const SCTLR_KEY = SCTLR_M | SCTLR_A | SCTLR_WXN | SCTLR_EE;
const HCR_KEY = HCR_VM | HCR_PTW | HCR_DC | HCR_TGE;
const HCR_KEY_HI = HCR_HI_CD | HCR_HI_ID;
/** Combinations of EL, PSTATE.SP, PSTATE.PAN and software step. */
const LEVELS = 24;

/** Of one CPU. */
export class Contexts {
  current!: Context;
  private readonly store: ContextStore;
  private readonly key = new Float64Array(KEY_LENGTH);
  /** Pages with breakpoints and watchpoints; each set of them has contexts of its own. */
  readonly debug: DebugPages;
  /** Software step is active. */
  stepping = false;
  /** Regimes that the contexts in `levels` belong to. */
  private el10: Regime | undefined;
  private el2: Regime | undefined;
  /** Controls of floating point that they saw. */
  private fpControls = 0;
  /** By EL, PSTATE.SP, PAN and software step: the context as the registers are now, once it was needed. */
  private readonly levels = new Array<Context | undefined>(LEVELS).fill(undefined);

  /** `nextId` counts over all CPUs of a machine. */
  constructor(
    private readonly state: CpuState,
    memory: HostMemory,
    private readonly regimes: Regimes,
    jumps: JumpCache,
    nextId: () => number,
  ) {
    this.debug = new DebugPages(state);
    this.store = new ContextStore(memory, jumps, nextId, () => this.publish());
  }

  /** Works out the current context from the registers and points the CPU's slots at it. */
  resolve(): void {
    const el10 = this.regimes.get('EL1&0');
    const el2 = this.regimes.get('EL2');
    const fpControls = floatingPointControls(this.state);
    const debugChanged = this.debug.update();
    if (debugChanged || el10 !== this.el10 || el2 !== this.el2 || fpControls !== this.fpControls) {
      this.levels.fill(undefined);
    }
    this.fpControls = fpControls;
    this.el10 = el10;
    this.el2 = el2;
    this.select();
  }

  /** Like `resolve` when only EL, PSTATE.SP, PAN, UAO or D changed since. */
  select(): void {
    const { state } = this;
    const el = state.el;
    // PAN keeps EL1 alone, and by way of the tables, from EL0's memory.
    const pan = el === 1 ? (state.lo(PAN) as 0 | 1) : 0;
    this.stepping = stepActive(state);
    this.current = this.level(el, state.lo(SPSEL) as 0 | 1, pan, this.stepping ? 1 : 0);
    this.publish();
    this.publishSoftTlbs();
  }

  private level(el: 0 | 1 | 2, spsel: 0 | 1, pan: 0 | 1, step: 0 | 1): Context {
    const at = el * 8 + spsel * 4 + pan * 2 + step;
    let context = this.levels[at];
    if (context === undefined) {
      context = this.find(el, spsel, pan, step);
      this.levels[at] = context;
    }
    this.store.touch(context);
    return context;
  }

  /** The context of a load or store from the current EL; `unprivileged`: one that LDTR or STTR makes. */
  forAccess(unprivileged: boolean): Context {
    return unprivileged && this.state.el === 1 && this.state.lo(UAO) === 0 ? this.level(0, 0, 0, 0) : this.current;
  }

  /** What the privilege of such an access adds to READ or WRITE: LDTR and STTR have EL0's at EL1 unless PSTATE.UAO. */
  privilege(unprivileged: boolean): number {
    const { state } = this;
    const { el } = state;
    if (el === 0) return UNPRIVILEGED;
    if (el === 2) return 0;
    if (unprivileged && state.lo(UAO) === 0) return UNPRIVILEGED;
    return state.lo(PAN) === 0 ? 0 : PRIVILEGED_ACCESS_NEVER;
  }

  /** The regime that accesses from the current EL use. */
  get regime(): Regime {
    return this.regimeAt(this.state.el);
  }

  private regimeAt(el: number): Regime {
    return (el === 2 ? this.el2 : this.el10) as Regime;
  }

  private flagsFor(el: 0 | 1 | 2, spsel: 0 | 1, step: 0 | 1): CodeFlags {
    const { state } = this;
    const regime = this.regimeAt(el);
    const sctlr = state.lo(el === 2 ? R.SCTLR_EL2 : R.SCTLR_EL1);
    const device = !regime.stage1On && !regime.defaultCacheable;
    return {
      el,
      spsel,
      checkAlignment: (sctlr & SCTLR_A) !== 0 || device,
      device,
      checkSp: (sctlr & (el === 0 ? SCTLR_SA0 : SCTLR_SA)) !== 0,
      tbi0: regime.lower.tbi,
      tbi1: regime.upper?.tbi ?? false,
      bigEndian: (sctlr & (el === 0 ? SCTLR_E0E : SCTLR_EE)) !== 0,
      fpEnabled: floatingPointTrap(state, el) === undefined,
      checkSystem: checksSystem(state, el),
      debug: step === 1,
    };
  }

  /** TTBR bases are not part of a context: translations of an old base stay until a TLBI, as on silicon. */
  private fillKey(el: 0 | 1 | 2, spsel: 0 | 1, pan: 0 | 1, step: 0 | 1): void {
    const { key, state } = this;
    const regime = this.regimeAt(el);
    const sctlr = state.lo(el === 2 ? R.SCTLR_EL2 : R.SCTLR_EL1);
    const fpBit = floatingPointTrap(state, el) === undefined ? 32 : 0;
    const checkBit = checksSystem(state, el) ? 64 : 0;
    key[0] = el | (spsel << 2) | (pan << 3) | (step << 4) | fpBit | checkBit;
    key[1] = sctlr & (SCTLR_KEY | (el === 0 ? SCTLR_SA0 | SCTLR_E0E : SCTLR_SA));
    key[2] = state.lo(el === 2 ? R.TCR_EL2 : R.TCR_EL1);
    key[3] = el === 2 ? 0 : state.hi(R.TCR_EL1);
    key[KEY_ASID] = regime.asid;
    key[5] = regime.vmid;
    key[6] = el === 2 ? 0 : state.lo(R.HCR_EL2) & HCR_KEY;
    key[7] = el === 2 ? 0 : state.hi(R.HCR_EL2) & HCR_KEY_HI;
    key.set(this.debug.keys, KEY_DEBUG);
  }

  private find(el: 0 | 1 | 2, spsel: 0 | 1, pan: 0 | 1, step: 0 | 1): Context {
    this.fillKey(el, spsel, pan, step);
    let found = this.store.find(this.key);
    if (found === undefined) {
      found = this.store.make(this.key);
      const level = this.levels.indexOf(found);
      if (level >= 0) this.levels[level] = undefined;
      found.flags = this.flagsFor(el, spsel, step);
      found.packed = packFlags(found.flags);
      found.regimeName = el === 2 ? 'EL2' : 'EL1&0';
      found.vmid = this.regimeAt(el).vmid;
    }
    return found;
  }

  private publish(): void {
    const { state, current } = this;
    state.set32(CONTEXT, current.id);
    state.set32(CONTEXT_UPPER, upperId(current));
    state.set32(CODE_FLAGS, current.packed);
  }

  /** Key of the jump cache for code at a VA of the current context; `global`: its translation is. */
  idFor(vaHi: number, global: boolean): number {
    return this.store.idFor(this.current, vaHi, global);
  }

  /** Forgets translations that TLB entries no longer back (see `ContextStore.drop`). */
  drop(regime: RegimeName, vmid: number, asid: number, entry: TlbEntry | undefined): void {
    this.store.drop(regime, vmid, asid, entry);
  }

  /** Forgets where all pages are, whose translations stay. */
  dropFrames(): void {
    this.store.dropFrames();
  }

  /** Enters a page of data into the soft TLB of a context. `frame` is its offset in linear memory. */
  enter(context: Context, vaHi: number, vaLo: number, frame: number, readable: boolean, writable: boolean): void {
    context.used = true;
    if (context.softTlb.enter(vaHi, vaLo, frame, readable, writable)) this.publishSoftTlbs();
  }

  /** Enters a page of code into the soft TLB of the current context. */
  enterCode(vaHi: number, vaLo: number, frame: number): void {
    const { current } = this;
    current.used = true;
    if (current.softTlb.enterCode(vaHi, vaLo, frame)) this.publishSoftTlbs();
  }

  private publishSoftTlbs(): void {
    const { state, current } = this;
    state.set32(SOFT_TLB, current.softTlb.at);
    state.set32(SOFT_TLB_MASK, current.softTlb.mask);
    const { softTlb } = this.forAccess(true);
    state.set32(SOFT_TLB_UNPRIV, softTlb.at);
    state.set32(SOFT_TLB_UNPRIV_MASK, softTlb.mask);
  }

  /** Makes stores to a frame take the slow path, in every context. */
  watch(frame: number): void {
    this.store.watch(frame);
  }
}
