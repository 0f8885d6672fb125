/** System-register accesses of a guest that EL2 traps: ID registers of its CPU, SGIs of its GICv3; all else is UNDEFINED. */

import type { Sysreg } from '../arch/sysregs/row.ts';
import { SYSREGS } from '../arch/sysregs/table.ts';
import { type CpuModel, withoutEl2, withoutGicv3, withoutPmu } from '../cpu/models.ts';
import { sgiGroup } from '../cpu/system/gic-views.ts';
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

/** Serves EC 0x18 for VMs on a CPU of this model. Theirs has no EL2 and no PMU, and no GICv3 where the VM has no GIC. */
export function systemRegisterAccess(model: CpuModel): ExitHandler {
  const guest = withoutPmu(withoutEl2(model));
  const guestWithoutGic = withoutGicv3(guest);
  return (exit: Exit): Next => {
    const { iss } = exit;
    const row = SYSREGS.get(keyOf(iss));
    const isRead = (iss & IS_READ) !== 0;
    if (row?.traps.includes('TID3') && isRead) {
      const { idRegisters } = exit.vm.parts.gic === undefined ? guestWithoutGic : guest;
      const value = idRegisters[row.name];
      exit.setX(registerOf(iss), value?.hi ?? 0, value?.lo ?? 0);
      exit.skip();
    } else if (row === undefined || isRead || !sendsSgi(exit, row)) {
      injectUndefined(exit);
    }
    return RESUME;
  };
}

/** Serves a write of ICC_SGI1R_EL1, ICC_SGI0R_EL1 or ICC_ASGI1R_EL1; false for other registers, and without a GICv3. */
function sendsSgi(exit: Exit, row: Sysreg): boolean {
  const { gic } = exit.vm.parts;
  if (row.view !== 'ICC_SGIR' || gic?.sendSgi === undefined) return false;
  const rt = registerOf(exit.iss);
  gic.sendSgi(exit.vcpu.index, sgiGroup(row), exit.hi(rt), exit.lo(rt));
  exit.skip();
  return true;
}
