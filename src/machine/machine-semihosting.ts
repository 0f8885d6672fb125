/** Semihosting of a bare machine: the calling CPU's registers and memory, the machine's console and end. */

import type { Va } from '../arch/addresses.ts';
import { Semihosting } from '../arch/semihosting.ts';
import type { Cpu } from '../cpu/engine/cpu.ts';
import { guestMemory } from '../cpu/engine/guest-memory.ts';
import { X } from '../cpu/slots.ts';
import type { GuestEnds } from './machine-end.ts';

/** What semihosting reaches of its machine. */
export interface SemihostingHost extends GuestEnds {
  print(bytes: Uint8Array): void;
  onGuestError(text: string): void;
}

/** Serves `HLT #0xF000` of a CPU; always true. */
export function machineSemihosting(machine: SemihostingHost): (cpu: Cpu) => boolean {
  let caller: Cpu;
  const semihosting = new Semihosting({
    reg: (n) => ({ hi: caller.state.hi(X[n]), lo: caller.state.lo(X[n]) }),
    setReg: (n, hi, lo) => caller.state.set64(X[n], hi, lo),
    readBytes: (address: Va, length) => guestMemory(caller).read(address, length),
    writeBytes: (address: Va, bytes) => guestMemory(caller).write(address, bytes),
    console: (bytes) => machine.print(bytes),
    exit: (code) => machine.finish({ reason: 'exit', code }),
    nanoseconds: () => caller.now(),
    heap: () => [0, 0, 0, 0],
    onUnsupported: (text) => machine.onGuestError(text),
  });
  return (cpu) => {
    caller = cpu;
    semihosting.call();
    return true;
  };
}
