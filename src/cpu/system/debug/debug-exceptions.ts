/** Taking the debug exceptions of hardware: breakpoint, watchpoint and software step. */

import { EC, ISS_CM, ISS_WNR } from '../../../arch/syndrome.ts';
import type { Core } from '../../core.ts';
import { FAR } from '../banked.ts';
import { DATA_ABORT, PREFETCH_ABORT, UNDEFINED_INSTRUCTION } from '../exception-kinds.ts';
import { takeSynchronous } from '../exceptions.ts';
import { debugRouting, debugTarget } from './control.ts';
import { NOT_WATCHED, watchpointHit } from './watchpoints.ts';

/** IFSC and DFSC of debug exceptions. */
const DEBUG_FAULT = 0x22;

/** Breakpoint exception at PC. FAR_ELx becomes UNKNOWN; it is left alone. */
export function breakpointException(core: Core): void {
  const { state } = core;
  const target = debugTarget(state);
  const ec = state.el < target ? EC.BREAKPOINT_LOWER : EC.BREAKPOINT_SAME;
  takeSynchronous(core, PREFETCH_ABORT, target, ec, DEBUG_FAULT, debugRouting(state));
}

/** Software Step exception before the instruction at PC. */
export function softwareStepException(core: Core): void {
  const { state, step } = core;
  const target = debugTarget(state);
  const ec = state.el < target ? EC.STEP_LOWER : EC.STEP_SAME;
  const { iss } = step;
  step.end();
  takeSynchronous(core, UNDEFINED_INSTRUCTION, target, ec, iss, debugRouting(state));
}

/**
 * Takes the Watchpoint exception of an access to [VA, VA + size), if a watchpoint matches; FAR_ELx is the first byte that
 * it watches. `maintenance`: a cache maintenance instruction makes the access.
 */
export function watchpointTaken(
  core: Core,
  vaHi: number,
  vaLo: number,
  size: number,
  write: boolean,
  unprivileged: boolean,
  maintenance = false,
): boolean {
  const { state } = core;
  const offset = watchpointHit(core, vaHi, vaLo, size, write, unprivileged);
  if (offset === NOT_WATCHED) return false;
  const target = debugTarget(state);
  const lo = (vaLo + offset) >>> 0;
  state.set64(FAR[target], lo < vaLo ? vaHi + 1 : vaHi, lo);
  const ec = state.el < target ? EC.WATCHPOINT_LOWER : EC.WATCHPOINT_SAME;
  const iss = DEBUG_FAULT | (write ? ISS_WNR : 0) | (maintenance ? ISS_CM : 0);
  takeSynchronous(core, DATA_ABORT, target, ec, iss, debugRouting(state));
  return true;
}
