/** The CPU interface of one vCPU and its list registers (IHI 0048B, "Managing the virtual CPU interface"). */

import type { Interrupts } from '../devices/gic/interrupts.ts';
import { lowestBit, WORDS } from '../devices/gic/intid.ts';
import { HCR_EN, HCR_EOI_COUNT_SHIFT, HCR_UIE } from '../devices/gic/list-register-fields.ts';
import { MostUrgent, PENDING_RANK } from './most-urgent.ts';
import { INTERFACE_WORDS, type PhysicalGic } from './physical-gic.ts';
import type { VirtualInterrupts } from './virtual-interrupts.ts';

/**
 * While the hypervisor runs, the distributor's state is the truth; while the guest runs, the list registers have the
 * most urgent part of it. `load` and `flush` bring it there, `sync` and `put` back.
 */
export class VirtualCpuInterface {
  /** Something changed at the distributor since the last `flush`. */
  isStale = false;
  private readonly registers = new Uint32Array(INTERFACE_WORDS);
  /** The interrupts that list register 0 and those after it hold. */
  private readonly chosen: MostUrgent;

  constructor(
    private readonly distributor: Interrupts,
    private readonly interrupts: VirtualInterrupts,
    readonly index: number,
    private readonly listRegisters: number,
  ) {
    this.chosen = new MostUrgent(listRegisters);
  }

  /** The state after a reset of the vCPU, which is in no CPU. */
  reset(): void {
    this.interrupts.reset();
    this.registers.fill(0);
  }

  /** Whether an interrupt waits that the distributor would forward. */
  get hasPending(): boolean {
    for (let n = 0; n < WORDS; n++) if (this.interrupts.candidates(n) !== 0) return true;
    return false;
  }

  /** Whether list registers hold a part of the distributor's state. */
  get holdsInterrupts(): boolean {
    return this.chosen.count > 0;
  }

  /** A timer of the guest fired on the CPU that the vCPU is in. */
  timerFired(ppi: number): void {
    this.interrupts.timers.fire(ppi);
  }

  /** Brings the CPU interface into a CPU. */
  load(gic: PhysicalGic): void {
    gic.loadInterface(this.registers);
    this.interrupts.timers.load(gic);
  }

  /** Takes it out again; its list registers have been read. */
  put(gic: PhysicalGic): void {
    gic.saveInterface(this.registers);
    gic.control = 0;
    this.interrupts.timers.put(gic);
  }

  /** Reads back what the guest did with its list registers, which are free then, and with its timers. */
  sync(gic: PhysicalGic): void {
    const { interrupts } = this;
    if (this.holdsInterrupts) {
      for (let n = 0; n < this.chosen.count; n++) {
        interrupts.fromRegister(gic.listRegister(n));
        gic.setListRegister(n, 0);
      }
      this.chosen.clear();
      for (let ends = gic.control >>> HCR_EOI_COUNT_SHIFT; ends > 0; ends--) interrupts.endWithoutRegister();
      // Takes the reasons for maintenance away.
      gic.control = HCR_EN;
      this.distributor.changed(this.index, 0);
    }
    interrupts.timers.sample(gic, interrupts.activeAt(0));
  }

  /** Fills the list registers: what is active, then what is pending, the most urgent first. */
  flush(gic: PhysicalGic): void {
    const { chosen, interrupts } = this;
    this.isStale = false;
    this.choose();
    for (let n = 0; n < chosen.count; n++) gic.setListRegister(n, interrupts.toRegister(chosen.at(n)));
    // With more than fit, the guest is interrupted when it has ended all but one of these.
    const control = chosen.offered > this.listRegisters ? HCR_EN | HCR_UIE : HCR_EN;
    // A write makes the CPU interface look at all its list registers again.
    if (gic.control !== control) gic.control = control;
  }

  private choose(): void {
    const { chosen, interrupts } = this;
    chosen.clear();
    for (let n = 0; n < WORDS; n++) {
      const active = interrupts.activeAt(n);
      for (let bits = active | interrupts.candidates(n); bits !== 0; bits &= bits - 1) {
        const intid = n * 32 + lowestBit(bits);
        const isActive = (active & bits & -bits) !== 0;
        chosen.offer(intid, interrupts.priority(intid) + (isActive ? 0 : PENDING_RANK));
      }
    }
  }
}
