/** The interrupts of one vCPU on their way through list registers (IHI 0048B, "Managing the virtual CPU interface"). */

import type { Interrupts } from '../devices/gicv2/interrupts.ts';
import { INTID_MASK, lowestBit, SGIS, WORDS } from '../devices/gicv2/intid.ts';
import { LIST_REGISTERS } from '../devices/gicv2/list-registers.ts';
import type { PhysicalGic } from './physical-gic.ts';

/** Fields of GICH_LRn; bits [12:10] are the sender of an SGI, bits [19:10] with HW the physical INTID. */
const LR_ID_SHIFT = 10;
const LR_SOURCE_MASK = 7;
const LR_EOI = 1 << 19;
const LR_PRIORITY_SHIFT = 20;
const LR_PRIORITY = 0xf8;
const LR_PENDING = 1 << 28;
const LR_ACTIVE = 1 << 29;
const LR_GROUP1 = 1 << 30;
const LR_HW = 1 << 31;
/** Fields of GICH_HCR. */
const HCR_EN = 1 << 0;
const HCR_UIE = 1 << 1;
const EOI_COUNT_SHIFT = 27;

/** PPIs of the timers that the guest has for itself: EL1 virtual and EL1 physical. */
export const TIMER_PPIS = [27, 30];
const TIMERS = (1 << 27) | (1 << 30);

/** Rank of an interrupt that waits behind all that are active. */
const PENDING_RANK = 0x100;

/**
 * While the hypervisor runs, the distributor's state is the truth; while the guest runs, the list registers have the
 * most urgent part of it. `load` and `flush` bring it there, `sync` and `put` back.
 */
export class VirtualCpuInterface {
  /** Something changed at the distributor since the last `flush`. */
  isStale = false;
  private machineControl = 0;
  private activePriorities = 0;
  /** Interrupts that this vCPU has acknowledged and not ended, and who sent the SGIs among them. */
  private readonly active = new Uint32Array(WORDS);
  private readonly activeSource = new Uint8Array(SGIS);
  /** Timer PPIs that fired: active at the physical GIC until the guest ends them. */
  private timers = 0;
  /** List registers in use, in order, and the INTIDs chosen for them with their ranks. */
  private used = 0;
  private readonly chosen = new Uint16Array(LIST_REGISTERS + 1);
  private readonly ranks = new Uint16Array(LIST_REGISTERS + 1);

  /** `claimed`: SPIs that are in a list register of some vCPU, as a bitmap; no other vCPU is offered them. */
  constructor(
    private readonly interrupts: Interrupts,
    private readonly claimed: Uint32Array,
    readonly index: number,
  ) {}

  /** The state after a reset of the vCPU, which is in no CPU. */
  reset(): void {
    for (let n = 0; n < WORDS; n++) this.interrupts.active[this.word(n)] &= ~this.active[n];
    this.active.fill(0);
    this.machineControl = 0;
    this.activePriorities = 0;
    this.retireTimers(this.timers);
  }

  /** Whether an interrupt waits that the distributor would forward. */
  get hasPending(): boolean {
    for (let n = 0; n < WORDS; n++) if (this.candidates(n) !== 0) return true;
    return false;
  }

  /** Brings the CPU interface into a CPU. */
  load(gic: PhysicalGic): void {
    gic.machineControl = this.machineControl;
    gic.activePriorities = this.activePriorities;
    for (const ppi of TIMER_PPIS) gic.setActive(ppi, (this.timers & (1 << ppi)) !== 0);
  }

  /** Takes it out again; its list registers have been read. */
  put(gic: PhysicalGic): void {
    this.machineControl = gic.machineControl;
    this.activePriorities = gic.activePriorities;
    gic.control = 0;
    for (const ppi of TIMER_PPIS) gic.setActive(ppi, false);
  }

  /** A timer of the guest fired on the CPU that it is in. */
  timerFired(ppi: number): void {
    this.timers |= 1 << ppi;
    this.interrupts.setLine(this.index, ppi, true);
  }

  /** Reads back what the guest did with its list registers, which are free then. */
  sync(gic: PhysicalGic): void {
    if (this.used === 0) return;
    for (let n = 0; n < this.used; n++) {
      this.take(gic, gic.listRegister(n));
      gic.setListRegister(n, 0);
    }
    this.used = 0;
    for (let ends = gic.control >>> EOI_COUNT_SHIFT; ends > 0; ends--) this.endWithoutRegister();
    // Takes the reasons for maintenance away.
    gic.control = HCR_EN;
    this.interrupts.changed(this.index, 0);
  }

  /** Fills the list registers: what is active, then what is pending, the most urgent first. */
  flush(gic: PhysicalGic): void {
    this.isStale = false;
    const waiting = this.choose();
    for (let n = 0; n < this.used; n++) gic.setListRegister(n, this.registerFor(this.chosen[n]));
    // With more than fit, the guest is interrupted when it has ended all but one of these.
    gic.control = waiting > LIST_REGISTERS ? HCR_EN | HCR_UIE : HCR_EN;
  }

  /** Takes one list register over into the distributor's state. */
  private take(gic: PhysicalGic, lr: number): void {
    const { interrupts, claimed } = this;
    const intid = lr & INTID_MASK;
    const n = intid >>> 5;
    const bit = 1 << (intid & 31);
    const isPending = (lr & LR_PENDING) !== 0;
    const isActive = (lr & LR_ACTIVE) !== 0;
    const word = this.word(n);
    claimed[n] &= ~bit;
    this.active[n] = isActive ? this.active[n] | bit : this.active[n] & ~bit;
    interrupts.active[word] = isActive ? interrupts.active[word] | bit : interrupts.active[word] & ~bit;
    if (intid < SGIS) {
      const source = (lr >>> LR_ID_SHIFT) & LR_SOURCE_MASK;
      if (isActive) this.activeSource[intid] = source;
      if (isPending) this.sendAgain(intid, source);
    } else if ((this.timers & bit) !== 0 && n === 0) {
      // One that is no longer wanted, because the guest set its timer anew, has not happened.
      interrupts.latch[word] &= ~bit;
      if (!isActive && !(isPending && gic.isHigh(intid))) {
        this.retireTimers(bit);
        if (isPending) gic.setActive(intid, false);
      }
    } else if (isPending) {
      interrupts.latch[word] |= interrupts.edge[word] & bit;
    }
  }

  private sendAgain(sgi: number, source: number): void {
    const { interrupts } = this;
    const sources = interrupts.sgiSources[this.index * SGIS + sgi];
    interrupts.setSgiSources(this.index, sgi, sources | (1 << source));
  }

  private retireTimers(timers: number): void {
    this.timers &= ~timers;
    for (const ppi of TIMER_PPIS) {
      if ((timers & (1 << ppi)) !== 0) this.interrupts.setLine(this.index, ppi, false);
    }
  }

  /** The guest ended an interrupt that was in no register: of those that are active, the most urgent. */
  private endWithoutRegister(): void {
    const { interrupts } = this;
    let best = -1;
    let priority = PENDING_RANK;
    for (let n = 0; n < WORDS; n++) {
      for (let bits = this.active[n]; bits !== 0; bits &= bits - 1) {
        const intid = n * 32 + lowestBit(bits);
        if (this.priority(intid) >= priority) continue;
        priority = this.priority(intid);
        best = intid;
      }
    }
    if (best < 0) return;
    this.active[best >>> 5] &= ~(1 << (best & 31));
    interrupts.active[this.word(best >>> 5)] &= ~(1 << (best & 31));
  }

  /** Puts the most urgent interrupts into `chosen`; returns how many there are in all. */
  private choose(): number {
    let found = 0;
    this.used = 0;
    for (let n = 0; n < WORDS; n++) {
      const active = this.active[n] & this.interrupts.active[this.word(n)];
      for (let bits = active | this.candidates(n); bits !== 0; bits &= bits - 1) {
        const intid = n * 32 + lowestBit(bits);
        found++;
        this.insert(intid, this.priority(intid) + ((active & bits & -bits) !== 0 ? 0 : PENDING_RANK));
      }
    }
    return found;
  }

  private insert(intid: number, rank: number): void {
    let at = this.used;
    while (at > 0 && this.ranks[at - 1] > rank) {
      this.ranks[at] = this.ranks[at - 1];
      this.chosen[at] = this.chosen[at - 1];
      at--;
    }
    this.ranks[at] = rank;
    this.chosen[at] = intid;
    this.used = Math.min(this.used + 1, LIST_REGISTERS);
  }

  /** GICH_LR for an interrupt, which leaves the distributor's pending state as far as the register holds it. */
  private registerFor(intid: number): number {
    const { interrupts, claimed } = this;
    const n = intid >>> 5;
    const bit = 1 << (intid & 31);
    const word = this.word(n);
    const isActive = (this.active[n] & interrupts.active[word] & bit) !== 0;
    if (n > 0) claimed[n] |= bit;
    const group = (interrupts.group[word] & bit) !== 0 ? LR_GROUP1 : 0;
    let lr = intid | ((this.priority(intid) & LR_PRIORITY) << LR_PRIORITY_SHIFT) | group | (isActive ? LR_ACTIVE : 0);
    if (intid < SGIS) return lr | this.sgiBits(intid, isActive);
    if (n === 0 && (this.timers & TIMERS & bit) !== 0) {
      return lr | LR_HW | (intid << LR_ID_SHIFT) | (isActive ? 0 : LR_PENDING);
    }
    if ((interrupts.edge[word] & bit) !== 0) {
      if ((interrupts.latch[word] & bit) !== 0) lr |= LR_PENDING;
      interrupts.latch[word] &= ~bit;
      return lr;
    }
    // The line may still be high when the guest has ended it: it is looked at again then.
    return lr | LR_EOI | (isActive ? 0 : LR_PENDING);
  }

  /** State and sender of an SGI; other senders wait until it has ended. */
  private sgiBits(sgi: number, isActive: boolean): number {
    const { interrupts } = this;
    const sources = interrupts.sgiSources[this.index * SGIS + sgi];
    const source = isActive ? this.activeSource[sgi] : lowestBit(sources);
    const others = sources & ~(1 << source);
    interrupts.setSgiSources(this.index, sgi, others);
    const pending = (sources & (1 << source)) !== 0 ? LR_PENDING : 0;
    return (source << LR_ID_SHIFT) | pending | (others !== 0 ? LR_EOI : 0);
  }

  /** Pending interrupts of a word that this vCPU may be given. */
  private candidates(n: number): number {
    return this.interrupts.candidates(this.index, n) & ~this.claimed[n];
  }
  private priority(intid: number): number {
    return this.interrupts.priority[this.word(intid >>> 5) * 32 + (intid & 31)];
  }
  private word(n: number): number {
    return this.interrupts.wordAt(this.index, n);
  }
}
