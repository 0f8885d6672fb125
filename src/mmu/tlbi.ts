/** The TLB maintenance operations: which entries each of them removes (DDI 0487, "TLB maintenance instructions"). */

import { SPACE_EL2, SPACE_S1, SPACE_S2, SPACE_S12, type TlbSpace } from './tlb-entry.ts';

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
}

const STAGE1 = [SPACE_S1, SPACE_S12] as const;
const STAGE2 = [SPACE_S2] as const;
const STAGE12 = [SPACE_S1, SPACE_S12, SPACE_S2] as const;
const EL2 = [SPACE_EL2] as const;

/** Only leaf entries are cached, so each last-level form equals its base form. */
export const TLBI: Record<TlbiOp, TlbiScope> = {
  VMALLE1: { spaces: STAGE1, by: 'vmid' },
  VAE1: { spaces: STAGE1, by: 'addressAndAsid' },
  ASIDE1: { spaces: STAGE1, by: 'asid' },
  VAAE1: { spaces: STAGE1, by: 'address' },
  VALE1: { spaces: STAGE1, by: 'addressAndAsid' },
  VAALE1: { spaces: STAGE1, by: 'address' },
  VMALLS12E1: { spaces: STAGE12, by: 'vmid' },
  ALLE1: { spaces: STAGE12, by: 'every' },
  IPAS2E1: { spaces: STAGE2, by: 'address' },
  IPAS2LE1: { spaces: STAGE2, by: 'address' },
  ALLE2: { spaces: EL2, by: 'every' },
  VAE2: { spaces: EL2, by: 'address' },
  VALE2: { spaces: EL2, by: 'address' },
};
