/** Maintenance of caches by VA that decoded code does itself: nothing, where nothing traps it and the VA is known. */

import type { SystemInstruction } from '../../arch/sysregs/instructions.ts';
import { CALLOUT_NUMBERS } from '../callout-names.ts';
import type { A64Ir } from './ir.ts';

/** Emits the instruction of a row, above EL0; false where only the handler can do it. */
export function maintainDirectly(ir: A64Ir, row: SystemInstruction, Rt: number): boolean {
  const { flags, model, word } = ir;
  // DC IVAC needs write permission, and is watched.
  if (row.operation !== 'cacheByVa' || row.name === 'DC IVAC' || flags.el === 0 || flags.checkSystem) return false;
  if (row.feature !== undefined && !model.features[row.feature]) return false;
  ir.callout_if_unmapped(ir.X(Rt), { hi: CALLOUT_NUMBERS.SYS, lo: word });
  return true;
}
