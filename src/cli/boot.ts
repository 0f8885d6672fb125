/** `el2 boot`: an image with the whole machine. */

import { CATEGORIES } from '../arch/trace.ts';
import { SymbolTable } from '../debug/symbols.ts';
import { failingWalk } from '../debug/translate.ts';
import { Machine } from '../machine/machine.ts';
import type { MachineEnd } from '../machine/machine-end.ts';
import type { ConsoleOf, GuestRun } from './guest.ts';
import { type ImageFile, loadFrom } from './image-file.ts';
import { type Outcome, outcome } from './outcome.ts';
import type { Settings } from './settings.ts';

function outcomeOf(end: MachineEnd): Outcome | undefined {
  switch (end.reason) {
    case 'exit':
      return outcome('exit', `the guest exited with code ${end.code}`, end.code);
    case 'off':
      return outcome('off', 'the guest turned the machine off');
    case 'reset':
      return outcome('reset', 'the guest reset the machine');
    case 'stuck':
      return outcome('stuck', 'no CPU can ever get any further');
    default:
      return undefined;
  }
}

/** Makes the machine with its image loaded. Throws MachineError and UsageError. */
export function bootMachine(settings: Settings, image: ImageFile, consoleOf: ConsoleOf): GuestRun {
  const { cpu, memoryBytes, virtualization, engine, semihosting, noReboot, append } = settings;
  const machine = new Machine({ cpu, memoryBytes, virtualization, engine, semihosting, noReboot });
  const symbols = new SymbolTable(loadFrom(image, () => machine.load(image.bytes, append)).symbols);
  const { system } = machine;
  const { trace } = system;
  const receive = consoleOf(undefined);
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
    system.stop();
  };
  machine.onConsole = (bytes) => {
    if (receive(bytes)) stop();
  };
  machine.onGuestError = (text) => {
    if (trace.on(CATEGORIES.guest_errors)) trace.sink(0, { category: 'guest_errors', type: 'message', text });
  };
  return {
    system,
    run: (instructions) => outcomeOf(machine.run({ maxInstructions: instructions, interrupted: () => isStopped })),
    stop,
    input: (bytes) => machine.input(bytes),
    vmName: () => undefined,
    symbols: () => symbols,
    scene() {
      const { state, history } = machine.cpu();
      return { cpu: 0, hasEl2: virtualization, state, history, walk: failingWalk(machine.cpu()), symbols };
    },
    account: () => ({}),
  };
}
