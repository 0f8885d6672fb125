/** Where accesses to system registers that nothing else checks may trap. */

import { CHECKED_TRAPS } from '../code-flags.ts';
import type { CpuState } from '../state.ts';
import { TRAPS } from './traps.ts';

const CONTROLS = CHECKED_TRAPS.map((name) => TRAPS[name]);

/** Whether a control of `CHECKED_TRAPS` applies at an EL, to reads or writes. */
export const checksSystem = (state: CpuState, el: 0 | 1 | 2): boolean =>
  el < 2 && CONTROLS.some((trap) => trap.applies(state, el as 0 | 1, true) || trap.applies(state, el as 0 | 1, false));
