/** What happens when a CPU comes to EL2: the exit is charged for, traced, served and counted. */

import { hex } from '../arch/addresses.ts';
import { EXCEPTION_CLASS_NAMES, type ExceptionClass } from '../arch/syndrome.ts';
import { R } from '../cpu/slots.ts';
import { type Exit, type ExitHandler, type Next, PARK, RESUME, UNHANDLED } from './exit.ts';
import { exitKind } from './exits.ts';

/** Virtual nanoseconds that an exit and the return from it cost, whatever the handler does. */
export const EXIT_NS = 1000;

export class ExitDispatch {
  /**
   * `handlers`: by ESR_EL2.EC, looked up at each exit. `onUnhandled` gets exits that no handler serves. The CPU does not
   * return to the guest while `isJoined`: another vCPU is to have its turn.
   */
  constructor(
    private readonly handlers: readonly ExitHandler[],
    private readonly onUnhandled: (exit: Exit) => void,
    private readonly isJoined: () => boolean,
  ) {}

  /** Serves the exception that has just written the EL2 registers of the exit's CPU. */
  dispatch(exit: Exit): void {
    const { vm, pcpu } = exit;
    const { cpu } = pcpu;
    const kind = exitKind(exit);
    const from = cpu.now();
    cpu.charge(EXIT_NS);
    exit.note('exit', () => describe(exit));
    const next = this.serve(exit);
    vm.stats.exits[kind]++;
    vm.stats.exitNanoseconds[kind] += cpu.now() - from;
    if (next === UNHANDLED) this.onUnhandled(exit);
    if (next === RESUME && vm.end === undefined && !this.isJoined()) {
      exit.note('entry', () => `to VA ${hex(exit.pc, 16)}`);
      pcpu.resume();
    } else {
      cpu.waiting = 'off';
    }
  }

  private serve(exit: Exit): Next {
    if (serveInterrupts(exit)) return RESUME;
    return exit.isSynchronous ? this.handlers[exit.ec](exit) : PARK;
  }
}

/** Takes over the guest's list registers and serves physical interrupts; true when one of these was all that came. */
function serveInterrupts({ pcpu, vcpu, isSynchronous }: Exit): boolean {
  const { gic, cpu } = pcpu;
  if (gic === undefined) return false;
  cpu.timers?.poll();
  const wasInterrupted = cpu.irqLine;
  vcpu.interrupts?.sync(gic);
  pcpu.acknowledge();
  return wasInterrupted && !isSynchronous && !pcpu.isCalled;
}

function describe(exit: Exit): string {
  if (!exit.isSynchronous) return `interrupt at VA ${hex(exit.pc, 16)}`;
  const name = EXCEPTION_CLASS_NAMES[exit.ec as ExceptionClass] ?? 'unassigned exception class';
  return `${name}, ESR ${hex(exit.state.lo(R.ESR_EL2), 8)}, at VA ${hex(exit.pc, 16)}`;
}
