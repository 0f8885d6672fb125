/** System-register accesses of a guest that HCR_EL2 traps: the ID registers of a CPU without EL2 and PMU; all else is UNDEFINED. */

import { SYSREGS } from '../arch/sysregs/table.ts';
import { type CpuModel, withoutEl2, withoutPmu } from '../cpu/models.ts';
import { type Exit, type ExitHandler, type Next, RESUME } from './exit.ts';
import { injectUndefined } from './inject.ts';

/** ISS of EC 0x18: the direction, and Rt. */
const IS_READ = 1;
const registerOf = (iss: number): number => (iss >>> 5) & 31;
/** Op0, Op1, CRn, CRm, Op2 of the ISS, in the order of a key of the register table. */
const keyOf = (iss: number): number =>
  (((iss >>> 20) & 3) << 14) |
  (((iss >>> 14) & 7) << 11) |
  (((iss >>> 10) & 15) << 7) |
  (((iss >>> 1) & 15) << 3) |
  ((iss >>> 17) & 7);

/** Serves EC 0x18 for VMs on a CPU of this model. */
export function systemRegisterAccess(model: CpuModel): ExitHandler {
  const { idRegisters } = withoutPmu(withoutEl2(model));
  return (exit: Exit): Next => {
    const { iss } = exit;
    const row = SYSREGS.get(keyOf(iss));
    if (row === undefined || !row.traps.includes('TID3') || (iss & IS_READ) === 0) {
      injectUndefined(exit);
      return RESUME;
    }
    const value = idRegisters[row.name];
    exit.setX(registerOf(iss), value?.hi ?? 0, value?.lo ?? 0);
    exit.skip();
    return RESUME;
  };
}
