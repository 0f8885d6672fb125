/** What a register is whose value is computed, or kept elsewhere than in a slot of its name. */

import type { Sysreg } from '../../arch/sysregs/row.ts';
import type { Core } from '../core.ts';
import type { Slot } from '../slots.ts';

export interface View {
  /** Puts the value into slot `to`. */
  read(core: Core, to: Slot, row: Sysreg): void;
  /** Takes a value of which only the bits that the row stores are set. Absent for read-only registers. */
  write?(core: Core, hi: number, lo: number, row: Sysreg): void;
  /** Whether the access is UNDEFINED in the current state; asked after the EL. */
  undefined?(core: Core, row: Sysreg): boolean;
}
