/** SGIs as system registers generate them (IHI 0069, "ICC_SGI1R_EL1"). */

import type { Gicv3Interrupts } from './interrupts.ts';

/** Bits [63:32] of the registers: Aff3, RS, IRM and Aff2; bits [31:0]: INTID, Aff1 and TargetList. */
const HI_IRM = 1 << 8;
const HI_AFFINITY_RS = 0x00ff_f0ff;
const LO_AFF1 = 0x00ff_0000;
const LO_TARGETS = 0xffff;
const LO_INTID_SHIFT = 24;

/**
 * Makes an SGI of `group` pending at the CPUs that a write of ICC_SGI1R_EL1 (Group 1) or ICC_SGI0R_EL1 (Group 0) by CPU
 * `from` names, where it is in that group. With a single security state ICC_ASGI1R_EL1 generates Group 0. The affinity of
 * a CPU is its index, below 16.
 */
export function sendSgi(interrupts: Gicv3Interrupts, from: number, group: 0 | 1, hi: number, lo: number): void {
  const isNear = (hi & HI_AFFINITY_RS) === 0 && (lo & LO_AFF1) === 0;
  const targets = (hi & HI_IRM) !== 0 ? ~(1 << from) : isNear ? lo & LO_TARGETS : 0;
  const bit = 1 << ((lo >>> LO_INTID_SHIFT) & 0xf);
  for (let cpu = 0; cpu < interrupts.cpus; cpu++) {
    if ((targets & (1 << cpu)) === 0 || ((interrupts.group[cpu] & bit) !== 0) !== (group === 1)) continue;
    interrupts.latch[cpu] |= bit;
    interrupts.changed(cpu, 0);
  }
}
