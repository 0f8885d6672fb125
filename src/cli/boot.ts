/** `el2 boot`: an image with the whole machine. */

import { CATEGORIES } from '../arch/trace.ts';
import { SymbolTable } from '../debug/symbols.ts';
import { failingWalk } from '../debug/translate.ts';
import { Machine } from '../machine/machine.ts';
import type { MachineEnd } from '../machine/machine-end.ts';
import type { GuestRun, Surroundings } from './guest.ts';
import { type ImageFile, loadFrom } from './image-file.ts';
import { type Outcome, outcome } from './outcome.ts';
import type { Settings } from './settings.ts';

function outcomeOf(end: MachineEnd): Outcome | 'input' | undefined {
  switch (end.reason) {
    case 'input':
      return 'input';
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

function machineOf(settings: Settings, { files, startSeconds }: Pick<Surroundings, 'files' | 'startSeconds'>): Machine {
  const { cpu, cpus, memoryBytes, ramBase, virtualization, engine, tlb, semihosting, noReboot } = settings;
  return new Machine({
    ...{ cpu, cpus, memoryBytes, virtualization, engine, tlb, semihosting, noReboot },
    ...(ramBase !== undefined && { ramBase }),
    ...(files !== undefined && { files }),
    ...(startSeconds !== undefined && { startSeconds }),
  });
}

/** The device tree that an image would be given. Throws MachineError. */
export const machineTree = (settings: Settings): Uint8Array => machineOf(settings, {}).deviceTree(settings.append);

/** Makes the machine with its image loaded. Throws MachineError and UsageError. */
export function bootMachine(settings: Settings, image: ImageFile, surroundings: Surroundings): GuestRun {
  const { virtualization, append } = settings;
  const { consoleOf, deviceTree } = surroundings;
  const machine = machineOf(settings, surroundings);
  const loaded = loadFrom(image, () => machine.load(image.bytes, { append, deviceTree }));
  const symbols = new SymbolTable(loaded.symbols);
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
    endInput: () => machine.endInput(),
    vmName: () => undefined,
    symbols: () => symbols,
    scene() {
      const { state, history } = machine.cpu();
      const walk = failingWalk(machine.cpu());
      return { cpu: 0, hasEl2: virtualization, instructions: system.retired, state, history, walk, symbols };
    },
    account: () => ({}),
  };
}
