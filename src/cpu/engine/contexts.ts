/** Translation contexts (law 7): each combination of the state that translation and decode depend on has its soft TLB. */

import type { HostMemory } from '../../arch/host-memory.ts';
import type { Regime, RegimeName } from '../../mmu/regime.ts';
import type { RemovedEntry } from '../../mmu/removed-entry.ts';
import { PRIVILEGED_ACCESS_NEVER, type Translation, UNPRIVILEGED } from '../../mmu/translation.ts';
import { packFlags } from '../code-flags.ts';
import type { CpuModel } from '../models.ts';
import {
  CODE_FLAGS,
  CONTEXT,
  CONTEXT_UPPER,
  LOWER_CONTEXTS_STALE,
  PAN,
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
import { floatingPointControls } from '../system/floating-point-access.ts';
import { type Regimes, regimeNameAt } from '../system/regimes.ts';
import { hostHasEl0 } from '../system/routing.ts';
import { codeFlagsOf, fillKey, levelNumber } from './context-key.ts';
import { type Context, ContextStore, KEY_DEBUG, KEY_LENGTH, upperId } from './context-store.ts';
import type { JumpCache } from './jump-cache.ts';
import { LevelSets, type Levels } from './level-sets.ts';
import { SoftTlbArray } from './soft-tlb-array.ts';

/** Index in EL0's levels of what LDTR and STTR use: neither PAN nor software step. */
const PLAIN = 0;

/** Of one CPU. */
export class Contexts {
  current!: Context;
  private readonly store: ContextStore;
  private readonly key = new Float64Array(KEY_LENGTH);
  /** Pages with breakpoints and watchpoints; each set of them has contexts of its own. */
  readonly debug: DebugPages;
  /** An empty soft TLB: EL0's, until LDTR or STTR needs its context. */
  private readonly nothing: SoftTlbArray;
  /** Software step is active. */
  stepping = false;
  /** Regimes that the contexts in `levels` belong to, by EL. */
  private readonly regimeOf: Regime[] = [];
  /** Controls of floating point that they saw. */
  private fpControls = 0;
  private readonly sets = new LevelSets();
  /** By EL: the contexts as the registers are now. */
  private readonly levels: Levels[] = [[], [], []];

  /** `nextId` counts over all CPUs of a machine. */
  constructor(
    private readonly state: CpuState,
    memory: HostMemory,
    private readonly regimes: Regimes,
    features: CpuModel['features'],
    jumps: JumpCache,
    nextId: () => number,
  ) {
    this.nothing = new SoftTlbArray(memory);
    this.nothing.clear();
    this.debug = new DebugPages(state, features);
    this.store = new ContextStore(memory, jumps, nextId, () => this.publish());
  }

  /**
   * Works out the current context from the registers and points the CPU's slots at it. At EL2 those below can wait: a
   * hypervisor writes their registers one by one on its way to a guest.
   */
  resolve(): void {
    const { regimes, regimeOf, state } = this;
    const fpControls = floatingPointControls(state);
    const debugChanged = this.debug.update();
    if (debugChanged) this.sets.clear();
    const othersChanged = debugChanged || fpControls !== this.fpControls;
    this.fpControls = fpControls;
    const isAtEl2 = state.el === 2;
    const el2 = regimes.get(regimeNameAt(state, 2));
    const el1 = isAtEl2 ? regimeOf[1] : regimes.get('EL1&0');
    this.use(0, hostHasEl0(state) ? el2 : el1, othersChanged);
    this.use(1, el1, othersChanged);
    this.use(2, el2, othersChanged);
    state.set32(LOWER_CONTEXTS_STALE, isAtEl2 ? 1 : 0);
    this.select();
  }

  /** `othersChanged`: something else has changed that the contexts of all levels depend on. */
  private use(el: 0 | 1 | 2, regime: Regime, othersChanged: boolean): void {
    if (regime === this.regimeOf[el] && !othersChanged) return;
    this.regimeOf[el] = regime;
    this.levels[el] = this.sets.of(el, regime, this.fpControls);
  }

  /** Like `resolve` when only EL, PSTATE.SP, PAN, UAO or D changed since. */
  select(): void {
    const { state } = this;
    const el = state.el;
    const pan = this.panCounts(el) ? (state.lo(PAN) as 0 | 1) : 0;
    this.stepping = stepActive(state);
    this.current = this.level(el, state.lo(SPSEL) as 0 | 1, pan, this.stepping ? 1 : 0);
    this.publish();
    this.publishSoftTlbs();
  }

  /** PSTATE.PAN keeps from EL0's memory, by way of the tables: a regime's other EL, where it has two. */
  private panCounts(el: 0 | 1 | 2): boolean {
    return el === 1 || (el === 2 && this.regimeOf[2].name === 'EL2&0');
  }

  /** LDTR and STTR have EL0's permissions: at EL1, and at EL2 while EL0 belongs to it, unless PSTATE.UAO. */
  private get unprivilegedCounts(): boolean {
    const { state } = this;
    const { el } = state;
    if (el === 0 || state.lo(UAO) !== 0) return false;
    return el === 1 || hostHasEl0(state);
  }

  private level(el: 0 | 1 | 2, spsel: 0 | 1, pan: 0 | 1, step: 0 | 1): Context {
    const levels = this.levels[el];
    const at = levelNumber(spsel, pan, step);
    let context = levels[at];
    if (context === undefined) {
      context = this.find(el, spsel, pan, step);
      levels[at] = context;
    }
    this.store.touch(context);
    return context;
  }

  /** The context of a load or store from the current EL; `unprivileged`: one that LDTR or STTR makes. */
  forAccess(unprivileged: boolean): Context {
    if (!unprivileged || !this.unprivilegedCounts) return this.current;
    const isFirst = this.levels[0][PLAIN] === undefined;
    const context = this.level(0, 0, 0, 0);
    if (isFirst) this.publishSoftTlbs();
    return context;
  }

  /** What the privilege of such an access adds to READ or WRITE. */
  privilege(unprivileged: boolean): number {
    const { state } = this;
    const { el } = state;
    if (el === 0 || (unprivileged && this.unprivilegedCounts)) return UNPRIVILEGED;
    return state.lo(PAN) !== 0 && this.panCounts(el) ? PRIVILEGED_ACCESS_NEVER : 0;
  }

  /** The regime that accesses from the current EL use. */
  get regime(): Regime {
    return this.regimeOf[this.state.el];
  }

  private find(el: 0 | 1 | 2, spsel: 0 | 1, pan: 0 | 1, step: 0 | 1): Context {
    const { key, state } = this;
    const regime = this.regimeOf[el];
    fillKey(key, state, regime, el, levelNumber(spsel, pan, step));
    key.set(this.debug.keys, KEY_DEBUG);
    let found = this.store.find(this.key);
    if (found === undefined) {
      if (this.store.isFull) this.sets.clear();
      found = this.store.make(this.key);
      for (const levels of this.levels) {
        const level = levels.indexOf(found);
        if (level >= 0) levels[level] = undefined;
      }
      found.flags = codeFlagsOf(state, regime, el, spsel, step);
      found.packed = packFlags(found.flags);
      found.regimeName = regime.name;
      found.vmid = regime.vmid;
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
  drop(regime: RegimeName, vmid: number, asid: number, entry: RemovedEntry | undefined): void {
    this.store.drop(regime, vmid, asid, entry);
  }

  /** Forgets where all pages are, whose translations stay. */
  dropFrames(): void {
    this.store.dropFrames();
  }

  /**
   * Lets the next access of a context to a page of data take the fast path, where it can; stores only with `storable`.
   * `frame` is its offset in linear memory, `page` what an access of the context has found out about it.
   */
  enter(context: Context, vaHi: number, vaLo: number, frame: number, page: Translation, storable: boolean): void {
    // Device memory checks alignment: code does so itself only where the flags say that all data is Device.
    if (page.device && !context.flags.device) return;
    if (this.debug.watches(vaHi, vaLo)) return;
    context.used = true;
    if (context.softTlb.enter(vaHi, vaLo, frame, page.readable, page.writable && storable)) this.publishSoftTlbs();
  }

  /** Lets the next access of a context to a page of devices, of that number, find them without a translation. */
  enterDevice(context: Context, vaHi: number, vaLo: number, number: number, page: Translation): void {
    if (this.debug.watches(vaHi, vaLo)) return;
    context.used = true;
    if (context.softTlb.enterDevice(vaHi, vaLo, number, page.readable, page.writable)) this.publishSoftTlbs();
  }

  /** Enters a page of code into the soft TLB of the current context. */
  enterCode(vaHi: number, vaLo: number, frame: number): void {
    const { current } = this;
    current.used = true;
    if (current.softTlb.enterCode(vaHi, vaLo, frame)) this.publishSoftTlbs();
  }

  private publishSoftTlbs(): void {
    const { state } = this;
    const { softTlb } = this.current;
    state.set32(SOFT_TLB, softTlb.at);
    state.set32(SOFT_TLB_MASK, softTlb.mask);
    const unprivileged = this.unprivilegedCounts ? (this.levels[0][PLAIN]?.softTlb ?? this.nothing) : softTlb;
    state.set32(SOFT_TLB_UNPRIV, unprivileged.at);
    state.set32(SOFT_TLB_UNPRIV_MASK, unprivileged.mask);
  }

  /** Forgets the pages of data that lie in a frame, in every context. */
  forgetFrame(frame: number): void {
    this.store.forgetFrame(frame);
  }

  /** Makes stores to a frame take the slow path, in every context. */
  watch(frame: number): void {
    this.store.watch(frame);
  }
}
