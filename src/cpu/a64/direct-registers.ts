/** System registers that decoded code reads and writes itself, where nothing traps the access and no write acts at once. */

import { keyOfWord, type Sysreg, storedBits, type TrapName } from '../../arch/sysregs/row.ts';
import { meantByHost, SYSREGS } from '../../arch/sysregs/table.ts';
import { CHECKED_TRAPS } from '../code-flags.ts';
import { immOf } from '../ir/builder.ts';
import { R, type Slot, SP, type SysregSlot } from '../slots.ts';
import type { A64Ir } from './ir.ts';

/**
 * The row of a register whose access needs no check at run time; its view and effect are the caller's business. UMA is a
 * control of EL0's accesses, and nothing traps those of EL2, which has two ranges while it is FEAT_VHE's host.
 */
function unchecked(ir: A64Ir): Sysreg | undefined {
  const { flags, model } = ir;
  const named = SYSREGS.get(keyOfWord(ir.word));
  const row = named !== undefined && flags.el === 2 && flags.twoRanges ? meantByHost(named) : named;
  if (row === undefined || flags.checkSystem || row.absentWithEl2) return undefined;
  if (row.feature !== undefined && !model.features[row.feature]) return undefined;
  if (row.aliasOf !== undefined && !flags.twoRanges) return undefined;
  const isChecked = (trap: TrapName): boolean => CHECKED_TRAPS.includes(trap) || (flags.el > 0 && trap === 'UMA');
  return flags.el === 2 || row.traps.every(isChecked) ? row : undefined;
}

/** SP_EL0 is UNDEFINED while it is the selected stack pointer (DDI 0487, "SP_EL0"). */
const slotOf = ({ flags }: A64Ir, { name, aliasOf, view }: Sysreg): Slot | undefined => {
  if (view === undefined) return R[(aliasOf ?? name) as SysregSlot];
  if (view === 'SP_EL1') return SP[1];
  return view === 'SP_EL0' && flags.spsel === 1 ? SP[0] : undefined;
};

/** Whether what a write does besides storing can wait until EL2 is left. */
const waits = ({ flags }: A64Ir, { effect }: Sysreg): boolean => effect === 'lowerContext' && flags.el === 2;

/** MRS into `to`, a destination; false where only the handler can do it. */
export function readDirectly(ir: A64Ir, to: Slot): boolean {
  const { el } = ir.flags;
  const row = unchecked(ir);
  if (row === undefined || el < row.read) return false;
  const slot = slotOf(ir, row);
  if (slot !== undefined) {
    ir.mov64(to, slot);
    return true;
  }
  switch (row.view) {
    case 'ID':
    // Where DC ZVA is prohibited (DZP) the access is checked.
    case 'DCZID': {
      const { hi, lo } = ir.model.idRegisters[row.name] ?? { hi: 0, lo: 0 };
      ir.movi(to, immOf(hi, lo));
      return true;
    }
    case 'DAIF':
      ir.get_daif(to);
      return true;
    case 'CURRENT_EL':
      ir.movi(to, el << 2);
      return true;
  }
  return false;
}

/** MSR (register) from `from`, a source; false where only the handler can do it. */
export function writeDirectly(ir: A64Ir, from: Slot): boolean {
  const row = unchecked(ir);
  if (row === undefined || ir.flags.el < row.write) return false;
  if (row.view === 'DAIF') {
    ir.callIfMasksMatter('MSR', from);
    ir.set_daif(from);
    return true;
  }
  const slot = slotOf(ir, row);
  if (slot === undefined || (row.effect !== undefined && !waits(ir, row))) return false;
  const { res1 } = row;
  const { features } = ir.model;
  const stored = immOf(storedBits(row, 'hi', features), storedBits(row, 'lo', features));
  ir.and64(slot, from, stored);
  if (res1.hi !== 0 || res1.lo !== 0) ir.or64(slot, slot, immOf(res1.hi & ~stored.hi, res1.lo & ~stored.lo));
  if (row.effect !== undefined) ir.mark_lower_contexts();
  return true;
}
