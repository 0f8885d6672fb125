/** The System instructions (SYS with op0 = 1), in the order of their encodings. */

import type { FeatureName } from '../features.ts';
import { sysregKey, type TrapName } from './row.ts';

/** How an instruction works: cache maintenance by VA or by set/way, DC ZVA, address translation, TLB maintenance. */
export type Operation = 'cacheByVa' | 'cache' | 'zero' | 'translate' | 'tlbi';

export interface SystemInstruction {
  /** The manual's name, as assemblers write it. */
  readonly name: string;
  readonly key: number;
  /** Lowest EL at which it is defined. */
  readonly el: 0 | 1 | 2;
  readonly operation: Operation;
  /** UNDEFINED on a CPU without it. */
  readonly feature?: FeatureName;
  /** Controls in the order in which they are asked: those of EL1 first. */
  readonly traps: readonly TrapName[];
}

function row(
  encoding: string,
  name: string,
  el: 0 | 1 | 2,
  operation: Operation,
  ...traps: TrapName[]
): SystemInstruction {
  return { name, key: sysregKey(encoding), el, operation, traps };
}

export const SYSTEM_INSTRUCTIONS: readonly SystemInstruction[] = [
  row('S1_0_C7_C1_0', 'IC IALLUIS', 1, 'cache', 'TPU'),
  row('S1_0_C7_C5_0', 'IC IALLU', 1, 'cache', 'TPU'),
  row('S1_0_C7_C6_1', 'DC IVAC', 1, 'cacheByVa', 'TPC'),
  row('S1_0_C7_C6_2', 'DC ISW', 1, 'cache', 'TSW'),
  row('S1_0_C7_C8_0', 'AT S1E1R', 1, 'translate'),
  row('S1_0_C7_C8_1', 'AT S1E1W', 1, 'translate'),
  row('S1_0_C7_C8_2', 'AT S1E0R', 1, 'translate'),
  row('S1_0_C7_C8_3', 'AT S1E0W', 1, 'translate'),
  { ...row('S1_0_C7_C9_0', 'AT S1E1RP', 1, 'translate'), feature: 'FEAT_PAN2' },
  { ...row('S1_0_C7_C9_1', 'AT S1E1WP', 1, 'translate'), feature: 'FEAT_PAN2' },
  row('S1_0_C7_C10_2', 'DC CSW', 1, 'cache', 'TSW'),
  row('S1_0_C7_C14_2', 'DC CISW', 1, 'cache', 'TSW'),
  row('S1_0_C8_C3_0', 'TLBI VMALLE1IS', 1, 'tlbi', 'TTLB'),
  row('S1_0_C8_C3_1', 'TLBI VAE1IS', 1, 'tlbi', 'TTLB'),
  row('S1_0_C8_C3_2', 'TLBI ASIDE1IS', 1, 'tlbi', 'TTLB'),
  row('S1_0_C8_C3_3', 'TLBI VAAE1IS', 1, 'tlbi', 'TTLB'),
  row('S1_0_C8_C3_5', 'TLBI VALE1IS', 1, 'tlbi', 'TTLB'),
  row('S1_0_C8_C3_7', 'TLBI VAALE1IS', 1, 'tlbi', 'TTLB'),
  row('S1_0_C8_C7_0', 'TLBI VMALLE1', 1, 'tlbi', 'TTLB'),
  row('S1_0_C8_C7_1', 'TLBI VAE1', 1, 'tlbi', 'TTLB'),
  row('S1_0_C8_C7_2', 'TLBI ASIDE1', 1, 'tlbi', 'TTLB'),
  row('S1_0_C8_C7_3', 'TLBI VAAE1', 1, 'tlbi', 'TTLB'),
  row('S1_0_C8_C7_5', 'TLBI VALE1', 1, 'tlbi', 'TTLB'),
  row('S1_0_C8_C7_7', 'TLBI VAALE1', 1, 'tlbi', 'TTLB'),
  row('S1_3_C7_C4_1', 'DC ZVA', 0, 'zero', 'DZE', 'TDZ'),
  row('S1_3_C7_C5_1', 'IC IVAU', 0, 'cacheByVa', 'UCI', 'TPU'),
  row('S1_3_C7_C10_1', 'DC CVAC', 0, 'cacheByVa', 'UCI', 'TPC'),
  row('S1_3_C7_C11_1', 'DC CVAU', 0, 'cacheByVa', 'UCI', 'TPU'),
  { ...row('S1_3_C7_C12_1', 'DC CVAP', 0, 'cacheByVa', 'UCI', 'TPC'), feature: 'FEAT_DPB' },
  row('S1_3_C7_C14_1', 'DC CIVAC', 0, 'cacheByVa', 'UCI', 'TPC'),
  row('S1_4_C7_C8_0', 'AT S1E2R', 2, 'translate'),
  row('S1_4_C7_C8_1', 'AT S1E2W', 2, 'translate'),
  row('S1_4_C7_C8_4', 'AT S12E1R', 2, 'translate'),
  row('S1_4_C7_C8_5', 'AT S12E1W', 2, 'translate'),
  row('S1_4_C7_C8_6', 'AT S12E0R', 2, 'translate'),
  row('S1_4_C7_C8_7', 'AT S12E0W', 2, 'translate'),
  row('S1_4_C8_C0_1', 'TLBI IPAS2E1IS', 2, 'tlbi'),
  row('S1_4_C8_C0_5', 'TLBI IPAS2LE1IS', 2, 'tlbi'),
  row('S1_4_C8_C3_0', 'TLBI ALLE2IS', 2, 'tlbi'),
  row('S1_4_C8_C3_1', 'TLBI VAE2IS', 2, 'tlbi'),
  row('S1_4_C8_C3_4', 'TLBI ALLE1IS', 2, 'tlbi'),
  row('S1_4_C8_C3_5', 'TLBI VALE2IS', 2, 'tlbi'),
  row('S1_4_C8_C3_6', 'TLBI VMALLS12E1IS', 2, 'tlbi'),
  row('S1_4_C8_C4_1', 'TLBI IPAS2E1', 2, 'tlbi'),
  row('S1_4_C8_C4_5', 'TLBI IPAS2LE1', 2, 'tlbi'),
  row('S1_4_C8_C7_0', 'TLBI ALLE2', 2, 'tlbi'),
  row('S1_4_C8_C7_1', 'TLBI VAE2', 2, 'tlbi'),
  row('S1_4_C8_C7_4', 'TLBI ALLE1', 2, 'tlbi'),
  row('S1_4_C8_C7_5', 'TLBI VALE2', 2, 'tlbi'),
  row('S1_4_C8_C7_6', 'TLBI VMALLS12E1', 2, 'tlbi'),
];
