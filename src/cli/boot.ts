/** `el2 boot`: an image with the whole machine. */

import type { LoadedImage } from '../arch/image/loader.ts';
import { CATEGORIES } from '../arch/trace.ts';
import { SymbolTable } from '../debug/symbols.ts';
import { explainText, failingWalk } from '../debug/translate.ts';
import { Machine } from '../machine/machine.ts';
import type { MachineEnd } from '../machine/machine-end.ts';
import type { GuestRun, Supplies, Surroundings } from './guest.ts';
import { type ImageFile, loadFrom } from './image-file.ts';
import { type Outcome, outcome } from './outcome.ts';
import type { Settings } from './settings.ts';

const RESET = outcome('reset', 'the machine was reset');

function outcomeOf(end: MachineEnd): Outcome | 'input' | undefined {
  switch (end.reason) {
    case 'input':
      return 'input';
    case 'exit':
      return outcome('exit', `the guest exited with code ${end.code}`, end.code);
    case 'off':
      return outcome('off', 'the guest turned the machine off');
    case 'reset':
      return RESET;
    case 'stuck':
      return outcome('stuck', 'no CPU can ever get any further');
    default:
      return undefined;
  }
}

function machineOf(settings: Settings, { files, startSeconds, virtio, flash }: Supplies): Machine {
  const { cpu, cpus, memoryBytes, ramBase, virtualization, gicVersion, engine, tlb, semihosting, noReboot } = settings;
  return new Machine({
    ...{ cpu, cpus, memoryBytes, virtualization, gicVersion, engine, tlb, semihosting, noReboot },
    ...virtio,
    flash,
    ...(ramBase !== undefined && { ramBase }),
    ...(files !== undefined && { files }),
    ...(startSeconds !== undefined && { startSeconds }),
  });
}

function loadInto(
  machine: Machine,
  { append }: Settings,
  image: ImageFile | undefined,
  { deviceTree, initrd, firmware, loaders }: Supplies,
): LoadedImage {
  const files = { deviceTree: deviceTree?.bytes, initrd: initrd?.bytes, firmware: firmware?.bytes };
  const options = { append, ...files, loaders };
  return loadFrom({ image, deviceTree, initrd, firmware }, () => machine.load(image?.bytes, options));
}

/** The device tree that the image or firmware would be given. Throws MachineError and UsageError. */
export function machineTree(settings: Settings, image: ImageFile | undefined, supplies: Supplies): Uint8Array {
  return loadInto(machineOf(settings, supplies), settings, image, supplies).deviceTree;
}

/** Makes the machine with its image loaded. Throws MachineError and UsageError. */
export function bootMachine(settings: Settings, image: ImageFile | undefined, surroundings: Surroundings): GuestRun {
  const { virtualization } = settings;
  const machine = machineOf(settings, { ...surroundings, virtio: surroundings.virtioOf?.(0) });
  const loaded = loadInto(machine, settings, image, surroundings);
  const symbols = new SymbolTable(loaded.symbols);
  const { system } = machine;
  const { trace } = system;
  const receive = surroundings.consoleOf(undefined);
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
    run(instructions) {
      isStopped = false;
      return outcomeOf(machine.run({ maxInstructions: instructions, interrupted: () => isStopped }));
    },
    stop,
    input: (bytes) => machine.input(bytes),
    endInput: () => machine.endInput(),
    reset() {
      if (settings.noReboot) return RESET;
      machine.restart();
      return undefined;
    },
    vmName: () => undefined,
    symbols: () => symbols,
    scene() {
      const { state, history } = machine.cpu();
      const walk = failingWalk(machine.cpu());
      return { cpu: 0, hasEl2: virtualization, instructions: system.retired, state, history, walk, symbols };
    },
    registers: () => system.cpus.map(({ index, waiting, state }) => ({ name: `CPU#${index} (${waiting})`, state })),
    maps: () => [{ name: 'machine (PA)', windows: system.bus.windows() }],
    walk: (va) => explainText(machine.cpu(), va, 'read', machine.cpu().state.el, symbols),
    account: () => ({}),
  };
}
