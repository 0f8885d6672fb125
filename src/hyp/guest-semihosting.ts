/** Semihosting of one VM: its calls reach the VM's console, registers, memory and end. */

import { Semihosting } from '../arch/semihosting.ts';
import type { SemihostingPorts } from '../arch/semihosting-ports.ts';
import { X } from '../cpu/slots.ts';
import { readGuest, writeGuest } from './guest-walk.ts';
import type { Pcpu } from './pcpu.ts';
import type { Vm } from './vm.ts';

export class GuestSemihosting {
  private readonly semihosting: Semihosting;
  private pcpu!: Pcpu;

  constructor(vm: Vm) {
    const ports: SemihostingPorts = {
      reg: (n) => ({ hi: this.pcpu.cpu.state.hi(X[n]), lo: this.pcpu.cpu.state.lo(X[n]) }),
      setReg: (n, hi, lo) => this.pcpu.cpu.state.set64(X[n], hi, lo),
      readBytes: (address, length) => readGuest(this.pcpu, address, length),
      writeBytes: (address, bytes) => writeGuest(this.pcpu, address, bytes),
      console: (bytes) => vm.onConsole(bytes),
      exit: (code) => vm.finish({ reason: 'exit', code }),
      nanoseconds: () => this.pcpu.cpu.now(),
      heap: () => [0, 0, 0, 0],
      onUnsupported: (text) => vm.parts.onGuestError(text),
    };
    this.semihosting = new Semihosting(ports);
  }

  /** Serves the call that the VM's vCPU makes in this CPU. */
  call(pcpu: Pcpu): void {
    this.pcpu = pcpu;
    this.semihosting.call();
  }
}
