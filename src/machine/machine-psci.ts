/** PSCI calls of a bare machine, answered by its firmware. */

import { type PsciCall, type PsciResult, psci } from '../arch/psci.ts';
import type { Cpu } from '../cpu/engine/cpu.ts';
import type { System } from '../cpu/engine/system.ts';
import { PC, X } from '../cpu/slots.ts';
import type { GuestEnds } from './machine-end.ts';

/** Serves the call in X0 to X3 of a CPU. Every call is answered: unknown ones with NOT_SUPPORTED. */
export function callPsci({ cpus }: System, cpu: Cpu, ends: GuestEnds): boolean {
  const { state } = cpu;
  const call: PsciCall = {
    function: state.lo(X[0]),
    x1Hi: state.hi(X[1]),
    x1Lo: state.lo(X[1]),
    x2Hi: state.hi(X[2]),
    x2Lo: state.lo(X[2]),
    x3Hi: state.hi(X[3]),
    x3Lo: state.lo(X[3]),
  };
  const result = psci(call, {
    cpuPower: (aff3, aff210) => {
      const target = aff3 === 0 ? cpus[aff210] : undefined;
      return target === undefined ? undefined : target.waiting === 'off' ? 'off' : 'on';
    },
  });
  switch (result.action) {
    case 'return':
      state.set64(X[0], result.status >> 31, result.status);
      break;
    case 'suspend':
      state.set64(X[0], 0, 0);
      cpu.waiting = 'wfi';
      break;
    case 'cpuOff':
      cpu.waiting = 'off';
      break;
    case 'cpuOn':
      startCpu(cpus[result.aff210], result);
      state.set64(X[0], 0, 0);
      break;
    case 'systemOff':
      ends.finish({ reason: 'off' });
      break;
    case 'systemReset':
      ends.finish({ reason: 'reset' });
      break;
  }
  return true;
}

/** A CPU that was off begins as after reset, at the entry (a PA) with the context in X0 (DEN 0022, "CPU_ON"). */
function startCpu(
  cpu: Cpu,
  { entryHi, entryLo, contextHi, contextLo }: Extract<PsciResult, { action: 'cpuOn' }>,
): void {
  cpu.reset();
  cpu.state.set64(PC, entryHi, entryLo);
  cpu.state.set64(X[0], contextHi, contextLo);
  cpu.start();
}
