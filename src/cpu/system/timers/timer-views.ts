/** The registers of the generic timers, bound to their names in the system-register table. */

import type { Core } from '../../core.ts';
import type { Slot } from '../../slots.ts';
import { READ_NS } from './counter.ts';
import {
  type GenericTimers,
  TIMER_HYPERVISOR,
  TIMER_HYPERVISOR_VIRTUAL,
  TIMER_PHYSICAL,
  TIMER_VIRTUAL,
  type Timer,
} from './generic-timers.ts';

/** A register whose value `read` puts into a slot; reading takes time. It exists where the CPU has timers. */
function timerView(
  read: (timers: GenericTimers, core: Core, to: Slot) => void,
  write: (timers: GenericTimers, core: Core, hi: number, lo: number) => void,
) {
  return {
    read(core: Core, to: Slot): void {
      if (core.timers === undefined) return;
      read(core.timers, core, to);
      core.charge(READ_NS);
    },
    write(core: Core, hi: number, lo: number): void {
      if (core.timers !== undefined) write(core.timers, core, hi, lo);
    },
    undefined: (core: Core): boolean => core.timers === undefined,
  };
}

const control = (timer: Timer) =>
  timerView(
    (timers, { state }, to) => state.set64(to, 0, timers.control(timer)),
    (timers, _core, _hi, lo) => timers.setControl(timer, lo),
  );
const compareValue = (timer: Timer) =>
  timerView(
    (timers, { state }, to) => state.copy(to, timers.compareSlot(timer)),
    (timers, { state }, hi, lo) => state.set64(timers.compareSlot(timer), hi, lo),
  );
const timerValue = (timer: Timer) =>
  timerView(
    (timers, { state }, to) => state.set64(to, 0, timers.timerValue(timer)),
    (timers, _core, _hi, lo) => timers.setTimerValue(timer, lo),
  );

export const TIMER_VIEWS = {
  CNTP_CTL: control(TIMER_PHYSICAL),
  CNTP_CVAL: compareValue(TIMER_PHYSICAL),
  CNTP_TVAL: timerValue(TIMER_PHYSICAL),
  CNTV_CTL: control(TIMER_VIRTUAL),
  CNTV_CVAL: compareValue(TIMER_VIRTUAL),
  CNTV_TVAL: timerValue(TIMER_VIRTUAL),
  CNTHP_CTL: control(TIMER_HYPERVISOR),
  CNTHP_CVAL: compareValue(TIMER_HYPERVISOR),
  CNTHP_TVAL: timerValue(TIMER_HYPERVISOR),
  CNTHV_CTL: control(TIMER_HYPERVISOR_VIRTUAL),
  CNTHV_CVAL: compareValue(TIMER_HYPERVISOR_VIRTUAL),
  CNTHV_TVAL: timerValue(TIMER_HYPERVISOR_VIRTUAL),
};
