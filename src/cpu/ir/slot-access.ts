/** Loads and stores of slots in the CPU struct, by the type of the slot. */

import { type Slot, slotType } from '../slots.ts';
import { i32, i64 } from './expr.ts';
import { v128 } from './expr-vector.ts';

const BY_TYPE = { i32, i64, v128 };

/** The load and store of a slot's type. Throws for an offset at which no slot starts. */
export function slotAccess(slot: Slot): Pick<typeof i64, 'load' | 'store'> {
  const type = slotType(slot);
  if (type === undefined) throw new Error(`no slot at offset ${slot}`);
  return BY_TYPE[type];
}
