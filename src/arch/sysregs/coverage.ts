/** The system registers listed by status, for the coverage report. */

import type { FeatureName } from '../features.ts';
import { ABSENT_REGISTERS } from './absent.ts';
import { REGISTERS } from './registers.ts';
import { HIGHEST, type Sysreg, sysregEncoding, type TrapName } from './row.ts';

/** `trapped`: implemented, and a control can trap it; `absent`: UNDEFINED in this model. */
export type SysregStatus = 'implemented' | 'trapped' | 'absent';

export interface SysregCoverage {
  readonly name: string;
  readonly encoding: string;
  readonly status: SysregStatus;
  readonly traps: readonly TrapName[];
  /** UNDEFINED on a CPU without it. */
  readonly feature: FeatureName | undefined;
}

/** Whether the register exists on a CPU with or without EL2. */
export function exists(row: Sysreg, hasEl2: boolean): boolean {
  if (hasEl2) return !row.absentWithEl2;
  const lowest = Math.min(row.read, row.write);
  return lowest < 2 || lowest === HIGHEST;
}

/** Every known register with its status on a CPU with all features, with or without EL2, in the order of the encodings. */
export function sysregCoverage(hasEl2: boolean): SysregCoverage[] {
  const rows = REGISTERS.map((row) => {
    const status: SysregStatus = exists(row, hasEl2) ? (row.traps.length > 0 ? 'trapped' : 'implemented') : 'absent';
    return { key: row.key, name: row.name, status, traps: row.traps, feature: row.feature };
  });
  const absent = [...ABSENT_REGISTERS].map(([key, name]) => ({
    key,
    name,
    status: 'absent' as const,
    traps: [],
    feature: undefined,
  }));
  return [...rows, ...absent]
    .sort((a, b) => a.key - b.key)
    .map(({ key, ...rest }) => ({ ...rest, encoding: sysregEncoding(key) }));
}
