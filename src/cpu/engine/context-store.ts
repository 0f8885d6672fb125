/** The translation contexts of one CPU (law 7): found by key, named for the jump cache, cleared when TLB entries go away. */

import type { HostMemory } from '../../arch/host-memory.ts';
import type { RegimeName } from '../../mmu/regime.ts';
import type { RemovedEntry } from '../../mmu/removed-entry.ts';
import { ALL_VMIDS } from '../../mmu/tlb.ts';
import { ANY_ASID } from '../../mmu/tlb-pool.ts';
import type { CodeFlags } from '../code-flags.ts';
import { COMPARATORS } from '../system/debug/debug-pages.ts';
import type { JumpCache } from './jump-cache.ts';
import { SoftTlbArray } from './soft-tlb-array.ts';

/** Contexts kept at a time; the one used longest ago makes room. */
const MAX_CONTEXTS = 128;
/** Numbers of a key, and which of them are the ASID, and the first of the debug pages. */
export const KEY_ASID = 4;
export const KEY_DEBUG = 8;
export const KEY_LENGTH = KEY_DEBUG + COMPARATORS;
/** log2 of a 4 KiB page, and of the largest entry whose range is forgotten piecewise. */
const PAGE_SHIFT = 12;
const MAX_RANGE_SHIFT = 30;

/**
 * Contexts that differ in the ASID alone. As long as all code in the upper half of the VA space is global, as a kernel's
 * is, the jump cache holds it once for all of them.
 */
interface Family {
  /** Key of the jump cache for the upper half of the VA space. */
  upperId: number;
  /** Blocks were remembered under `upperId`. */
  used: boolean;
  /** Code in the upper half was not global: each context has its own from then on. */
  split: boolean;
}

export interface Context {
  /** Key of the jump cache; replaced when more than a page of the context goes away, so that old entries no longer match. */
  id: number;
  family: Family;
  readonly key: Float64Array;
  regimeName: RegimeName;
  vmid: number;
  flags: CodeFlags;
  packed: number;
  readonly softTlb: SoftTlbArray;
  /** Entries were put into the soft TLB, or into the jump cache under `id`, since the last drop. */
  used: boolean;
  lastUse: number;
}

/** Key of the jump cache for the upper half of the VA space in a context. */
export const upperId = ({ id, family }: Context): number => (family.split ? id : family.upperId);

function areEqual(a: Float64Array, b: Float64Array): boolean {
  if (a[KEY_ASID] !== b[KEY_ASID]) return false;
  for (let i = 0; i < KEY_LENGTH; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether a context has translations of a regime, a VMID or ALL_VMIDS, and an ASID or ANY_ASID. */
const isOf = (context: Context, regime: RegimeName, vmid: number, asid: number): boolean =>
  context.regimeName === regime &&
  (vmid === ALL_VMIDS || context.vmid === vmid) &&
  (asid === ANY_ASID || context.key[KEY_ASID] === asid);

export class ContextStore {
  private readonly all: Context[] = [];
  private uses = 0;

  /** `nextId` counts over all CPUs of a machine; `renamed` is told when a context may have other ids. */
  constructor(
    private readonly memory: HostMemory,
    private readonly jumps: JumpCache,
    private readonly nextId: () => number,
    private readonly renamed: () => void,
  ) {}

  /** Marks a context as used now. */
  touch(context: Context): void {
    context.lastUse = ++this.uses;
  }

  find(key: Float64Array): Context | undefined {
    for (const context of this.all) if (areEqual(context.key, key)) return context;
    return undefined;
  }

  /** The next `make` takes the object of another context. */
  get isFull(): boolean {
    return this.all.length >= MAX_CONTEXTS;
  }

  /** A context for a key that has none; its caller fills in what the key stands for. The old one of a reused object is gone. */
  make(key: Float64Array): Context {
    let context: Context;
    if (!this.isFull) {
      const softTlb = new SoftTlbArray(this.memory);
      context = { id: 0, key: new Float64Array(KEY_LENGTH), softTlb, used: true, lastUse: 0 } as Context;
      this.all.push(context);
    } else {
      context = this.all.reduce((oldest, c) => (c.lastUse < oldest.lastUse ? c : oldest));
    }
    context.key.set(key);
    context.used = true;
    context.family = this.familyOf(context);
    this.clear(context);
    return context;
  }

  private familyOf(context: Context): Family {
    const related = this.all.find(
      (c) => c !== context && c.key.every((part, i) => i === KEY_ASID || part === context.key[i]),
    );
    return related?.family ?? { upperId: this.nextId(), used: false, split: false };
  }

  /** Key under which the jump cache holds code at a VA of a context; `global`: its translation is. */
  idFor(context: Context, vaHi: number, global: boolean): number {
    const { family } = context;
    if ((vaHi | 0) >= 0) {
      context.used = true;
      return context.id;
    }
    if (!global && !family.split) {
      family.split = true;
      this.renamed();
    }
    if (family.split) context.used = true;
    else family.used = true;
    return upperId(context);
  }

  private clear(context: Context): void {
    if (!context.used) return;
    context.softTlb.clear();
    context.used = false;
    context.id = this.nextId();
  }

  /**
   * Forgets translations that TLB entries no longer back: those of one entry, or all of a regime, VMID and ASID (of an
   * ASID: none that are global).
   */
  drop(regime: RegimeName, vmid: number, asid: number, entry: RemovedEntry | undefined): void {
    if (entry?.shift === PAGE_SHIFT) {
      this.dropPage(regime, vmid, asid, entry);
      return;
    }
    const range = entry !== undefined && entry.shift <= MAX_RANGE_SHIFT ? entry : undefined;
    for (const context of this.all) {
      if (!isOf(context, regime, vmid, asid)) continue;
      if (range !== undefined && context.used) context.softTlb.forget(range.lo, range.shift);
      if (range === undefined) this.clear(context);
      else context.id = this.nextId();
      if (asid === ANY_ASID) this.renameFamily(context, range !== undefined);
    }
    this.renamed();
  }

  private dropPage(regime: RegimeName, vmid: number, asid: number, page: RemovedEntry): void {
    const { hi, lo, mayRun } = page;
    for (const context of this.all) {
      if (context.used && isOf(context, regime, vmid, asid)) context.softTlb.forgetPage(lo);
    }
    if (mayRun) this.jumps.forgetPage(hi, lo);
  }

  /** Forgets where all pages are, whose translations stay. A CPU that has never run has no context. */
  dropFrames(): void {
    if (this.all.length === 0) return;
    for (const context of this.all) {
      this.clear(context);
      this.renameFamily(context, false);
    }
    this.renamed();
  }

  /** `staysUsed`: soft TLBs still have some of its pages. */
  private renameFamily({ family }: Context, staysUsed: boolean): void {
    if (!family.used) return;
    family.upperId = this.nextId();
    family.used = staysUsed;
  }

  /** Forgets the pages of data that lie in a frame, in every context. */
  forgetFrame(frame: number): void {
    for (const { softTlb, used } of this.all) if (used) softTlb.forgetFrame(frame);
  }

  /** Makes stores to a frame take the slow path, in every context. */
  watch(frame: number): void {
    for (const { softTlb, used } of this.all) if (used) softTlb.watch(frame);
  }
}
