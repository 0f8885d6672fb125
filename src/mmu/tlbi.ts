/** The TLB maintenance operations: which entries each of them removes (DDI 0487, "TLB maintenance instructions"). */

import { SPACE_EL2, SPACE_EL20, SPACE_S1, SPACE_S2, SPACE_S12, type TlbSpace } from './tlb-entry.ts';

/** Names of TLBI instructions; the Inner Shareable form is the same operation on every PE of the domain. */
export type TlbiOp =
  | 'VMALLE1'
  | 'VAE1'
  | 'ASIDE1'
  | 'VAAE1'
  | 'VALE1'
  | 'VAALE1'
  | 'VMALLS12E1'
  | 'ALLE1'
  | 'IPAS2E1'
  | 'IPAS2LE1'
  | 'ALLE2'
  | 'VAE2'
  | 'VALE2';

/** What an operation matches. `every`: all VMIDs; `asid`: entries of the ASID that are not global. */
export interface TlbiScope {
  readonly spaces: readonly TlbSpace[];
  readonly by: 'every' | 'vmid' | 'asid' | 'address' | 'addressAndAsid';
  /** Only entries that came from leaf descriptors go: cached table descriptors stay. */
  readonly lastLevel: boolean;
}

const STAGE1 = [SPACE_S1, SPACE_S12] as const;
const STAGE2 = [SPACE_S2] as const;
const STAGE12 = [SPACE_S1, SPACE_S12, SPACE_S2] as const;
const EL2 = [SPACE_EL2] as const;
const EL20 = [SPACE_EL20] as const;

export const TLBI: Record<TlbiOp, TlbiScope> = {
  VMALLE1: { spaces: STAGE1, by: 'vmid', lastLevel: false },
  VAE1: { spaces: STAGE1, by: 'addressAndAsid', lastLevel: false },
  ASIDE1: { spaces: STAGE1, by: 'asid', lastLevel: false },
  VAAE1: { spaces: STAGE1, by: 'address', lastLevel: false },
  VALE1: { spaces: STAGE1, by: 'addressAndAsid', lastLevel: true },
  VAALE1: { spaces: STAGE1, by: 'address', lastLevel: true },
  VMALLS12E1: { spaces: STAGE12, by: 'vmid', lastLevel: false },
  ALLE1: { spaces: STAGE12, by: 'every', lastLevel: false },
  IPAS2E1: { spaces: STAGE2, by: 'address', lastLevel: false },
  IPAS2LE1: { spaces: STAGE2, by: 'address', lastLevel: true },
  ALLE2: { spaces: EL2, by: 'every', lastLevel: false },
  VAE2: { spaces: EL2, by: 'address', lastLevel: false },
  VALE2: { spaces: EL2, by: 'address', lastLevel: true },
};

/** Operations that may mean EL2&0, and what they match there: those on EL1 with E2H and TGE set, those on EL2 with E2H. */
const TLBI_EL20: Partial<Record<TlbiOp, TlbiScope>> = {
  VMALLE1: { spaces: EL20, by: 'every', lastLevel: false },
  VAE1: { spaces: EL20, by: 'addressAndAsid', lastLevel: false },
  ASIDE1: { spaces: EL20, by: 'asid', lastLevel: false },
  VAAE1: { spaces: EL20, by: 'address', lastLevel: false },
  VALE1: { spaces: EL20, by: 'addressAndAsid', lastLevel: true },
  VAALE1: { spaces: EL20, by: 'address', lastLevel: true },
  ALLE2: { spaces: EL20, by: 'every', lastLevel: false },
  VAE2: { spaces: EL20, by: 'addressAndAsid', lastLevel: false },
  VALE2: { spaces: EL20, by: 'addressAndAsid', lastLevel: true },
};

/** What an operation matches; `host`: in the EL2&0 regime, if it may mean that. */
export const tlbiScope = (op: TlbiOp, host: boolean): TlbiScope => (host ? (TLBI_EL20[op] ?? TLBI[op]) : TLBI[op]);
