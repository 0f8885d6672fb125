/** Registers of Armv8.0 that are known but not implemented: UNDEFINED to the guest, named in traces and coverage. */

import { sysregKey } from './row.ts';

/** Names and encodings; `<n>` stands for 0 to `count` - 1, counted in the field that is written `n`. */
const KNOWN: readonly (readonly [encoding: string, name: string, count?: number])[] = [
  ['S3_0_C4_C6_0', 'ICC_PMR_EL1'],
  ['S3_0_C12_C0_2', 'RMR_EL1'],
  ['S3_0_C12_C8_0', 'ICC_IAR0_EL1'],
  ['S3_0_C12_C8_1', 'ICC_EOIR0_EL1'],
  ['S3_0_C12_C8_2', 'ICC_HPPIR0_EL1'],
  ['S3_0_C12_C8_3', 'ICC_BPR0_EL1'],
  ['S3_0_C12_C8_4', 'ICC_AP0R0_EL1'],
  ['S3_0_C12_C9_0', 'ICC_AP1R0_EL1'],
  ['S3_0_C12_C11_1', 'ICC_DIR_EL1'],
  ['S3_0_C12_C11_3', 'ICC_RPR_EL1'],
  ['S3_0_C12_C11_5', 'ICC_SGI1R_EL1'],
  ['S3_0_C12_C11_6', 'ICC_ASGI1R_EL1'],
  ['S3_0_C12_C11_7', 'ICC_SGI0R_EL1'],
  ['S3_0_C12_C12_0', 'ICC_IAR1_EL1'],
  ['S3_0_C12_C12_1', 'ICC_EOIR1_EL1'],
  ['S3_0_C12_C12_2', 'ICC_HPPIR1_EL1'],
  ['S3_0_C12_C12_3', 'ICC_BPR1_EL1'],
  ['S3_0_C12_C12_4', 'ICC_CTLR_EL1'],
  ['S3_0_C12_C12_5', 'ICC_SRE_EL1'],
  ['S3_0_C12_C12_6', 'ICC_IGRPEN0_EL1'],
  ['S3_0_C12_C12_7', 'ICC_IGRPEN1_EL1'],
  ['S3_3_C4_C4_0', 'FPCR'],
  ['S3_3_C4_C4_1', 'FPSR'],
  ['S3_3_C4_C5_1', 'DLR_EL0'],
  ['S3_4_C5_C3_0', 'FPEXC32_EL2'],
  ['S3_4_C12_C0_2', 'RMR_EL2'],
  ['S3_4_C12_C8_0', 'ICH_AP0R0_EL2'],
  ['S3_4_C12_C9_0', 'ICH_AP1R0_EL2'],
  ['S3_4_C12_C9_5', 'ICC_SRE_EL2'],
  ['S3_4_C12_C11_0', 'ICH_HCR_EL2'],
  ['S3_4_C12_C11_1', 'ICH_VTR_EL2'],
  ['S3_4_C12_C11_2', 'ICH_MISR_EL2'],
  ['S3_4_C12_C11_3', 'ICH_EISR_EL2'],
  ['S3_4_C12_C11_5', 'ICH_ELRSR_EL2'],
  ['S3_4_C12_C11_7', 'ICH_VMCR_EL2'],
  ['S3_4_C12_C12_n', 'ICH_LR<n>_EL2', 4],
];

/** Name of each known register that is not implemented, by key. */
export const ABSENT_REGISTERS: ReadonlyMap<number, string> = new Map(
  KNOWN.flatMap(([encoding, name, count = 1]) =>
    Array.from({ length: count }, (_, n): [number, string] => [
      sysregKey(encoding.replace('n', String(n))),
      name.replace('<n>', String(n)),
    ]),
  ),
);
