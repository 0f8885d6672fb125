/** Registers of Armv8.0 that are known but not implemented: UNDEFINED to the guest, named in traces and coverage. */

import { sysregKey } from './row.ts';

/** Names and encodings; `<n>` stands for 0 to `count` - 1, counted in the field that is written `n`. */
const KNOWN: readonly (readonly [encoding: string, name: string, count?: number])[] = [
  ['S3_0_C12_C0_2', 'RMR_EL1'],
  ['S3_3_C4_C4_0', 'FPCR'],
  ['S3_3_C4_C4_1', 'FPSR'],
  ['S3_3_C4_C5_1', 'DLR_EL0'],
  ['S3_4_C5_C3_0', 'FPEXC32_EL2'],
  ['S3_4_C12_C0_2', 'RMR_EL2'],
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
