/** What the engines must agree about of one CPU: what a guest could see, and its TLB. */

import type { Cpu } from '../../../src/cpu/engine/cpu.ts';
import {
  ACCESS_DATA,
  ACCESS_VA,
  allSlots,
  BLOCK,
  CONTEXT,
  CONTEXT_UPPER,
  DISCARD,
  EXIT_AT,
  FP_RESULT,
  type Slot,
  SOFT_TLB,
  SOFT_TLB_MASK,
  SOFT_TLB_UNPRIV,
  SOFT_TLB_UNPRIV_MASK,
  slotName,
  slotType,
  T,
  TV,
} from '../../../src/cpu/slots.ts';
import type { CpuState } from '../../../src/cpu/state.ts';

export function snapshotOf({ state, mmu, waiting }: Cpu): Record<string, unknown> {
  const slots = COMPARED.map((slot) => [slotName(slot), slotValue(state, slot).toString(16)]);
  return {
    ...Object.fromEntries(slots),
    waiting,
    tlb: mmu.tlb.entries().map((e) => [e.space, e.vmid, e.asid, e.global, e.hi, e.page, e.shift, e.pa].join()),
    // Hits are misses of the caches before the TLB, which regions ask less often.
    tlbStats: [
      ...mmu.tlb.stats.vmids().map((vmid) => mmu.tlb.stats.of('EL1&0', vmid)),
      mmu.tlb.stats.of('EL2', 0),
      mmu.tlb.stats.of('EL2&0', 0),
    ].map((s) => [s.misses, s.fills, s.evictions]),
  };
}

function slotValue(state: CpuState, slot: Slot): bigint {
  if (slotType(slot) === 'i32') return BigInt(state.lo(slot));
  return slotType(slot) === 'i64' ? state.get(slot) : (state.get((slot + 8) as Slot) << 64n) | state.get(slot);
}

/** Slots that belong to the engine: what they hold between runs is nobody's business. */
const INTERNAL: ReadonlySet<Slot> = new Set([
  ...T,
  ...TV,
  FP_RESULT,
  DISCARD,
  BLOCK,
  EXIT_AT,
  ACCESS_VA,
  ACCESS_DATA,
  SOFT_TLB,
  SOFT_TLB_MASK,
  SOFT_TLB_UNPRIV,
  SOFT_TLB_UNPRIV_MASK,
  CONTEXT,
  CONTEXT_UPPER,
]);
const COMPARED = allSlots().filter((slot) => !INTERNAL.has(slot));
