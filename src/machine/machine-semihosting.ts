/** Semihosting of a bare machine: the calling CPU's registers and memory, the machine's console, files and end. */

import type { Va } from '../arch/addresses.ts';
import { Semihosting } from '../arch/semihosting.ts';
import type { SemihostingFiles } from '../arch/semihosting-files.ts';
import type { Cpu } from '../cpu/engine/cpu.ts';
import { guestMemory } from '../cpu/engine/guest-memory.ts';
import { X } from '../cpu/slots.ts';
import type { GuestEnds } from './machine-end.ts';

/** What semihosting reaches of its machine. */
export interface SemihostingHost extends GuestEnds {
  print(bytes: Uint8Array): void;
  /** Takes 1 to `count` bytes of console input; none at its end, undefined while none has come yet. */
  typed(count: number): Uint8Array | undefined;
  onGuestError(text: string): void;
  readonly commandLine: string;
}

export interface SemihostingOptions {
  readonly files: SemihostingFiles | undefined;
  /** Time of the start, in seconds since 1970. */
  readonly startSeconds: number;
}

export class MachineSemihosting {
  private readonly semihosting: Semihosting;
  private caller!: Cpu;
  private isWaiting = false;

  constructor(
    private readonly machine: SemihostingHost,
    { files, startSeconds }: SemihostingOptions,
  ) {
    this.semihosting = new Semihosting({
      reg: (n) => ({ hi: this.caller.state.hi(X[n]), lo: this.caller.state.lo(X[n]) }),
      setReg: (n, hi, lo) => this.caller.state.set64(X[n], hi, lo),
      readBytes: (address: Va, length) => guestMemory(this.caller).read(address, length),
      writeBytes: (address: Va, bytes) => guestMemory(this.caller).write(address, bytes),
      console: (bytes) => machine.print(bytes),
      typed: (count) => machine.typed(count),
      files,
      get commandLine() {
        return machine.commandLine;
      },
      exit: (code) => machine.finish({ reason: 'exit', code }),
      nanoseconds: () => this.caller.now(),
      startSeconds,
      heap: () => [0, 0, 0, 0],
      onUnsupported: (text) => machine.onGuestError(text),
    });
  }

  /** Serves `HLT #0xF000` of a CPU. A call that waits for input ends the run: the machine stands still, as under a debugger. */
  call(cpu: Cpu): void {
    this.caller = cpu;
    if (this.semihosting.call()) return;
    this.isWaiting = true;
    this.machine.finish({ reason: 'input' });
  }

  /** Finishes the call that waits; false when it still has to. */
  resume(): boolean {
    if (this.isWaiting) this.isWaiting = !this.semihosting.call();
    return !this.isWaiting;
  }

  /** The guest starts again. */
  reset(): void {
    this.semihosting.reset();
    this.isWaiting = false;
  }
}
