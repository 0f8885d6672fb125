/** Exits that no handler serves: each ends its VM, or comes to whoever iterates over them. */

import { hex } from '../arch/addresses.ts';
import { EXCEPTION_CLASS_NAMES, type ExceptionClass } from '../arch/syndrome.ts';
import type { Exit } from './exit.ts';
import type { HypervisorEnd } from './run-loop.ts';
import type { Vm } from './vm.ts';

/** An exit that waits for its iterator. All VMs stand still meanwhile. */
export interface UnhandledExit {
  /** The exit, valid until the iteration goes on. */
  readonly exit: Exit;
  /** Lets the guest go on from where `exit.pc` is by then; without this call its VM ends as unhandled. */
  readonly resume: () => void;
}

/** An exit with the VM that it ends, and why. */
interface Caught {
  readonly exit: Exit;
  readonly vm: Vm;
  readonly what: string;
}

export class UnhandledExits {
  private isIterated = false;
  private caught: Caught | undefined;

  /** `stop` makes the run return after the running instruction. */
  constructor(private readonly stop: () => void) {}

  /** Takes an exit whose vCPU stays at EL2. */
  take(exit: Exit): void {
    this.caught = { exit, vm: exit.vm, what: describe(exit) };
    if (this.isIterated) this.stop();
    else this.settle();
  }

  /** Ends the VM of an exit that nobody resumed. */
  settle(): void {
    this.caught?.vm.finish({ reason: 'unhandled', what: this.caught.what });
    this.caught = undefined;
  }

  /** Runs VMs by `run` and yields exits as they come; returns why the run ended when no exit did it. */
  async *iterate(run: () => HypervisorEnd): AsyncGenerator<UnhandledExit, HypervisorEnd, void> {
    for (;;) {
      this.isIterated = true;
      let why: HypervisorEnd;
      try {
        why = run();
      } finally {
        this.isIterated = false;
      }
      const { caught } = this;
      if (caught === undefined) return why;
      const resume = (): void => {
        if (this.caught === caught) this.caught = undefined;
      };
      try {
        yield { exit: caught.exit, resume };
      } finally {
        this.settle();
      }
    }
  }
}

function describe(exit: Exit): string {
  const { ec, iss } = exit;
  const name = EXCEPTION_CLASS_NAMES[ec as ExceptionClass] ?? 'unassigned';
  return `exception class ${hex(ec, 2)} (${name}), ISS ${hex(iss, 7)}, at VA ${hex(exit.pc, 16)}`;
}
