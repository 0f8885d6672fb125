/** The table of exit handlers, by exception class; a class without a handler is "unhandled". */

import { EC } from '../arch/syndrome.ts';
import type { CpuModel } from '../cpu/models.ts';
import { type Exit, type ExitHandler, type Next, PARK, unhandled } from './exit.ts';
import { stage2Abort } from './faults.ts';
import type { Hypercalls } from './hypercalls.ts';
import { systemRegisterAccess } from './sysregs.ts';
import type { ExitKind } from './vm-stats.ts';

/** ESR_EL2.EC has six bits. */
const CLASSES = 64;

/** How statistics count each class; the others are `other`. */
const KINDS: Readonly<Record<number, ExitKind>> = {
  [EC.HVC64]: 'hvc',
  [EC.SMC64]: 'smc',
  [EC.WFX]: 'wfx',
  [EC.SYSTEM_REGISTER]: 'sysreg',
  [EC.INSTRUCTION_ABORT_LOWER]: 'instructionAbort',
  [EC.DATA_ABORT_LOWER]: 'dataAbort',
};
export const exitKind = (exit: Exit): ExitKind => (exit.isSynchronous ? (KINDS[exit.ec] ?? 'other') : 'interrupt');

/** Handlers by exception class, for VMs on a CPU of this model. */
export function exitHandlers(model: CpuModel, hypercalls: Hypercalls): ExitHandler[] {
  const handlers = new Array<ExitHandler>(CLASSES).fill(unhandled);
  handlers[EC.WFX] = wait;
  handlers[EC.HVC64] = hypercalls.handle;
  handlers[EC.SMC64] = hypercalls.handle;
  handlers[EC.SYSTEM_REGISTER] = systemRegisterAccess(model);
  handlers[EC.INSTRUCTION_ABORT_LOWER] = stage2Abort;
  handlers[EC.DATA_ABORT_LOWER] = stage2Abort;
  return handlers;
}

/** ISS.TI: WFE. */
const ISS_WFE = 1;

/** WFI waits for an interrupt; WFE gives the rest of the time slice away. */
function wait(exit: Exit): Next {
  exit.skip();
  if ((exit.iss & ISS_WFE) === 0) exit.wait();
  return PARK;
}
