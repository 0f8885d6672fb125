/** Semihosting of one VM: its calls reach the VM's console, files, registers, memory and end. */

import { Semihosting } from '../arch/semihosting.ts';
import type { SemihostingPorts } from '../arch/semihosting-ports.ts';
import { X } from '../cpu/slots.ts';
import { DEFAULT_START } from '../devices/pl031.ts';
import { readGuest, writeGuest } from './guest-walk.ts';
import type { Pcpu } from './pcpu.ts';
import type { Vm } from './vm.ts';

export class GuestSemihosting {
  private readonly semihosting: Semihosting;
  private pcpu!: Pcpu;

  constructor(private readonly vm: Vm) {
    const ports: SemihostingPorts = {
      reg: (n) => ({ hi: this.pcpu.cpu.state.hi(X[n]), lo: this.pcpu.cpu.state.lo(X[n]) }),
      setReg: (n, hi, lo) => this.pcpu.cpu.state.set64(X[n], hi, lo),
      readBytes: (address, length) => readGuest(this.pcpu, address, length),
      writeBytes: (address, bytes) => writeGuest(this.pcpu, address, bytes),
      console: (bytes) => vm.onConsole(bytes),
      typed: (count) => vm.typed(count),
      files: vm.options.files,
      commandLine: vm.options.commandLine ?? '',
      exit: (code) => vm.finish({ reason: 'exit', code }),
      nanoseconds: () => this.pcpu.cpu.now(),
      startSeconds: DEFAULT_START,
      heap: () => [0, 0, 0, 0],
      onUnsupported: (text) => vm.parts.onGuestError(text),
    };
    this.semihosting = new Semihosting(ports);
  }

  /** Serves the call that the VM's vCPU makes in this CPU; false while it waits for console input. */
  call(pcpu: Pcpu): boolean {
    this.pcpu = pcpu;
    return this.semihosting.call();
  }

  /** Finishes a call that waits; false when it still has to. A VM that has ended waits for nothing. */
  resume(): boolean {
    return this.vm.end !== undefined || this.semihosting.call();
  }

  /** The VM is gone. */
  close(): void {
    this.semihosting.reset();
  }
}
