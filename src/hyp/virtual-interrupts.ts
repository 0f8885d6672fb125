/** The interrupts of one vCPU between its VM's distributor and list registers, in the layout of GICH_LRn (IHI 0048B). */

import type { Interrupts } from '../devices/gic/interrupts.ts';
import { lowestBit, WORDS } from '../devices/gic/intid.ts';
import { INTID_MASK } from '../devices/gicv2/acknowledge.ts';
import {
  GICH_LR_ACTIVE,
  GICH_LR_EOI,
  GICH_LR_GROUP_SHIFT,
  GICH_LR_HW,
  GICH_LR_PENDING,
  GICH_LR_PHYSICAL_SHIFT,
  GICH_LR_PRIORITY_SHIFT,
} from '../devices/gicv2/list-registers.ts';
import { MappedTimers } from './mapped-timers.ts';

/** A list register has the upper five bits of a priority. */
const PRIORITY_DROPPED_BITS = 3;

export class VirtualInterrupts<Kind extends Interrupts = Interrupts> {
  readonly timers: MappedTimers;
  /** Interrupts that this vCPU has acknowledged and not ended. */
  private readonly active = new Uint32Array(WORDS);
  /** Interrupts that are pending in a list register by a latch and not by their line. */
  private readonly latched = new Uint32Array(WORDS);

  /**
   * `claimed`: SPIs that are in a list register of some vCPU, as a bitmap; no other vCPU is offered them. One that targets
   * several is handled by one of them (IHI 0048B, "Models for handling interrupts": 1-N), and which of them is offered it is
   * open: here the first that runs, until it is unloaded; in KVM the first by number.
   */
  constructor(
    protected readonly distributor: Kind,
    private readonly claimed: Uint32Array,
    protected readonly vcpu: number,
  ) {
    this.timers = new MappedTimers(distributor, vcpu);
  }

  /** The state after a reset of the vCPU; none is in a list register. */
  reset(): void {
    for (let n = 0; n < WORDS; n++) this.distributor.active[this.word(n)] &= ~this.active[n];
    this.active.fill(0);
    this.timers.reset();
  }

  /** INTIDs 32n to 32n + 31 that the guest has ended neither at its CPU interface nor at the distributor. */
  activeAt(n: number): number {
    return this.active[n] & this.distributor.active[this.word(n)];
  }
  /** INTIDs 32n to 32n + 31 that are pending and that this vCPU may be given. */
  candidates(n: number): number {
    return this.distributor.candidates(this.vcpu, n) & ~this.claimed[n];
  }
  priority(intid: number): number {
    return this.distributor.priority[this.word(intid >>> 5) * 32 + (intid & 31)];
  }

  /** The list register for an interrupt that is active or a candidate; what it holds leaves the distributor. */
  toRegister(intid: number): number {
    const { distributor } = this;
    const n = intid >>> 5;
    const bit = 1 << (intid & 31);
    const word = this.word(n);
    const lr = this.claim(intid);
    const isMapped = this.timers.has(intid);
    const isLatched = (distributor.latch[word] & bit) !== 0;
    // A register with HW must not be pending and active at once.
    const isPending = (lr & GICH_LR_ACTIVE) === 0 || (isLatched && !isMapped);
    if (isPending && isLatched) {
      this.latched[n] |= bit;
      distributor.latch[word] &= ~bit;
    }
    const state = lr | (isPending ? GICH_LR_PENDING : 0);
    if (isMapped) return state | GICH_LR_HW | (intid << GICH_LR_PHYSICAL_SHIFT);
    // The line may still be high when the guest has ended it: it is looked at again then.
    return (distributor.edge[word] & bit) !== 0 ? state : state | GICH_LR_EOI;
  }

  /** A list register without pending state: no other vCPU is offered the interrupt. */
  protected claim(intid: number): number {
    const { distributor, claimed } = this;
    const n = intid >>> 5;
    const bit = 1 << (intid & 31);
    if (n > 0) claimed[n] |= bit;
    const group = (distributor.group[this.word(n)] & bit) !== 0 ? 1 : 0;
    const priority = this.priority(intid) >>> PRIORITY_DROPPED_BITS;
    const active = (this.activeAt(n) & bit) !== 0 ? GICH_LR_ACTIVE : 0;
    return intid | (priority << GICH_LR_PRIORITY_SHIFT) | (group << GICH_LR_GROUP_SHIFT) | active;
  }

  /** Takes what the guest made of a list register over into the distributor. */
  fromRegister(lr: number): void {
    const intid = lr & INTID_MASK;
    const bit = 1 << (intid & 31);
    const isPending = (lr & GICH_LR_PENDING) !== 0;
    const isActive = (lr & GICH_LR_ACTIVE) !== 0;
    this.claimed[intid >>> 5] &= ~bit;
    this.setActive(intid, isActive);
    if (isPending) this.pend(intid, lr);
    this.latched[intid >>> 5] &= ~bit;
    if (!isPending && !isActive && this.timers.has(intid)) this.timers.retire(intid);
  }

  /** The interrupt of a list register is pending still. */
  protected pend(intid: number, _lr: number): void {
    const n = intid >>> 5;
    this.distributor.latch[this.word(n)] |= this.latched[n] & (1 << (intid & 31));
  }

  /** The guest ended an interrupt that was in no register: of those that are active, the most urgent. */
  endWithoutRegister(): void {
    let best = -1;
    for (let n = 0; n < WORDS; n++) {
      for (let bits = this.active[n]; bits !== 0; bits &= bits - 1) {
        const intid = n * 32 + lowestBit(bits);
        if (best < 0 || this.priority(intid) < this.priority(best)) best = intid;
      }
    }
    if (best >= 0) this.setActive(best, false);
  }

  private setActive(intid: number, active: boolean): void {
    const { distributor } = this;
    const n = intid >>> 5;
    const bit = 1 << (intid & 31);
    const word = this.word(n);
    this.active[n] = active ? this.active[n] | bit : this.active[n] & ~bit;
    distributor.active[word] = active ? distributor.active[word] | bit : distributor.active[word] & ~bit;
  }

  protected word(n: number): number {
    return this.distributor.wordAt(this.vcpu, n);
  }
}
