/** The timer interrupts of one vCPU, mapped to those of the CPU that it is in (IHI 0048B, "The list registers", HW). */

import type { Interrupts } from '../devices/gic/interrupts.ts';
import type { PhysicalGic } from './physical-gic.ts';

/** PPIs of the timers that the guest has for itself: EL1 virtual and EL1 physical. */
export const TIMER_PPIS = [27, 30];

/**
 * A timer that fired stays active at the physical GIC until the guest ends its virtual interrupt, so that it fires no
 * second time. Its line at the VM's distributor is that of the physical interrupt, looked at on each exit: the guest
 * raises and lowers it without one.
 */
export class MappedTimers {
  /** PPIs that fired and that the guest has not ended, as a bitmap. */
  private fired = 0;

  constructor(
    private readonly interrupts: Interrupts,
    private readonly vcpu: number,
  ) {}

  /** Whether the virtual interrupt stands for a physical one that is active. */
  has(intid: number): boolean {
    return intid < 32 && (this.fired & (1 << intid)) !== 0;
  }

  /** Brings the state of the physical interrupts into a CPU, and out of it. */
  load(gic: PhysicalGic): void {
    for (const ppi of TIMER_PPIS) gic.setActive(ppi, this.has(ppi));
  }
  put(gic: PhysicalGic): void {
    for (const ppi of TIMER_PPIS) gic.setActive(ppi, false);
  }

  /** A timer fired on the CPU that the vCPU is in. */
  fire(ppi: number): void {
    this.fired |= 1 << ppi;
    this.interrupts.setLine(this.vcpu, ppi, true);
  }

  /** The physical interrupt is not active any more: the timer may fire again. */
  retire(ppi: number): void {
    this.fired &= ~(1 << ppi);
    this.interrupts.setLine(this.vcpu, ppi, false);
  }

  /** Follows the lines of the timers. `active`: PPIs that the guest has acknowledged and not ended, as a bitmap. */
  sample(gic: PhysicalGic, active: number): void {
    if (this.fired === 0) return;
    for (const ppi of TIMER_PPIS) {
      if (!this.has(ppi)) continue;
      const level = gic.isHigh(ppi);
      this.interrupts.setLine(this.vcpu, ppi, level);
      if (level || (active & (1 << ppi)) !== 0) continue;
      // Nobody will end what is neither pending nor active.
      gic.setActive(ppi, false);
      this.retire(ppi);
    }
  }

  /** The state after a reset of the vCPU, which is in no CPU. */
  reset(): void {
    for (const ppi of TIMER_PPIS) this.retire(ppi);
  }
}
