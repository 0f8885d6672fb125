/** TLBI instructions: scope and operand of each, and the broadcast of the Inner Shareable forms. */

import { CATEGORIES } from '../../arch/trace.ts';
import { regimeOfSpace } from '../../mmu/tlb-entry.ts';
import { TLBI, type TlbiOp, tlbiScope } from '../../mmu/tlbi.ts';
import type { Core, Outcome } from '../core.ts';
import { R, type Slot } from '../slots.ts';
import { leaveAfter } from './commit.ts';
import { HCR_FB } from './control-bits.ts';
import { regimeFor } from './regimes.ts';
import { e2hSet, hostHasEl0 } from './routing.ts';

export interface TlbMaintenance {
  readonly op: TlbiOp;
  readonly innerShareable: boolean;
  /** Mask of the high half of the operand's address: VA[55:12] is in bits [43:0], IPA[47:12] in [35:0]. */
  readonly pageMaskHi: number;
}

const isTlbiOp = (name: string): name is TlbiOp => name in TLBI;

/** Reads a name such as TLBI VAE1IS. */
export function tlbMaintenance(name: string): TlbMaintenance {
  const operation = name.slice('TLBI '.length);
  const innerShareable = operation.endsWith('IS');
  const op = innerShareable ? operation.slice(0, -2) : operation;
  if (!isTlbiOp(op)) throw new Error(`'${name}' is no TLB maintenance instruction`);
  return { op, innerShareable, pageMaskHi: op.startsWith('IPA') ? 0xf : 0xfff };
}

/** Removes the entries, here or on all CPUs, and leaves: the code that runs may have been fetched through one. */
export function maintainTlb(core: Core, rt: Slot, { op, innerShareable, pageMaskHi }: TlbMaintenance): Outcome {
  const { state } = core;
  const { vmid } = regimeFor(core, 'EL1&0');
  const asid = state.hi(rt) >>> 16;
  const page = (state.hi(rt) & pageMaskHi) * 0x1_0000_0000 + state.lo(rt);
  // At EL2 those of EL1 mean EL2&0 while EL0 belongs to EL2, those of EL2 while HCR_EL2.E2H is set.
  const host = op.endsWith('E2') ? e2hSet(state) : hostHasEl0(state);
  const broadcast = innerShareable || (state.el === 1 && (state.lo(R.HCR_EL2) & HCR_FB) !== 0);
  let dropped = 0;
  if (broadcast) {
    for (const other of core.cluster) dropped += other.mmu.tlb.invalidate(op, vmid, asid, page, host);
  } else {
    dropped = core.mmu.tlb.invalidate(op, vmid, asid, page, host);
  }
  if (core.trace.on(CATEGORIES.tlb)) {
    const { by, spaces } = tlbiScope(op, host);
    core.trace.sink(core.index, {
      category: 'tlb',
      type: 'invalidate',
      operation: innerShareable ? `${op}IS` : op,
      asid: by === 'asid' || by === 'addressAndAsid' ? asid : undefined,
      vmid: by === 'every' || regimeOfSpace(spaces[0]) !== 'EL1&0' ? undefined : vmid,
      address: by === 'address' || by === 'addressAndAsid' ? BigInt(page) << 12n : undefined,
      dropped,
    });
  }
  return leaveAfter(core);
}
