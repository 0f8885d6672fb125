/** QEMU's `virt` board: CPUs, RAM, UART, firmware services, and the ends that a run can have. */

import type { Ipa, Pa, Va } from '../arch/addresses.ts';
import type { LoadedImage } from '../arch/image/loader.ts';
import type { Cpu } from '../cpu/engine/cpu.ts';
import { guestMemory, ipaMemory } from '../cpu/engine/guest-memory.ts';
import { System } from '../cpu/engine/system.ts';
import { withoutEl2 } from '../cpu/models.ts';
import { PC, X } from '../cpu/slots.ts';
import { DEFAULT_START } from '../devices/pl031.ts';
import { Board } from './board.ts';
import { ConsoleText } from './console-text.ts';
import { type GicVersion, hardwareOf } from './hardware-options.ts';
import { type LoadOptions, loadMachine } from './loading.ts';
import type { MachineEnd } from './machine-end.ts';
import { type MachineOptions, type RunOptions, ramOf } from './machine-options.ts';
import { callPsci } from './machine-psci.ts';
import { MachineSemihosting } from './machine-semihosting.ts';
import type { Window } from './virt-map.ts';
import { cpuCompatible, virtTree } from './virt-tree.ts';
import { virtioParts } from './virtio-options.ts';

const DEFAULT_MEMORY = 128 << 20;
/** Instructions between two looks at `interrupted`. */
const STEP = 1_000_000;

/** One board. Everything that it does depends on its options, image and input alone. */
export class Machine {
  readonly system: System;
  readonly ram: Window;
  readonly virtualization: boolean;
  readonly gicVersion: GicVersion;
  readonly board: Board;
  /** Receives each byte that the guest prints, by UART or semihosting. */
  onConsole: (bytes: Uint8Array) => void = () => {};
  /** Receives what a driver should not have done, one line each. */
  onGuestError: (text: string) => void = () => {};
  /** The image that runs. */
  image: LoadedImage | undefined;
  private end: MachineEnd | undefined;
  private readonly text = new ConsoleText();
  private readonly options: MachineOptions;
  private readonly semihosting: MachineSemihosting | undefined;
  private file: { bytes: Uint8Array | undefined; options: LoadOptions } | undefined;
  private inputEnded = false;

  /** Throws MachineError for options that no machine has. */
  constructor(options: MachineOptions = {}) {
    this.options = options;
    const { virtualization = false, startSeconds = DEFAULT_START } = options;
    const { memoryBytes, gicVersion, ...processors } = hardwareOf(options, DEFAULT_MEMORY);
    const { model } = processors;
    this.ram = ramOf(options, memoryBytes, model);
    this.virtualization = virtualization;
    this.gicVersion = gicVersion;
    if (options.semihosting === true) {
      this.semihosting = new MachineSemihosting(this, { files: options.files, startSeconds });
    }
    this.system = new System({
      ...processors,
      model: virtualization ? model : withoutEl2(model),
      onTimer: (index, timer, level) => this.board.timer(index, timer, level),
      onPmu: (index, level) => this.board.pmu(index, level),
      firmware: {
        call: (core, conduit) => conduit === this.conduit && callPsci(this.system, core, this),
        semihosting: (core) => {
          this.semihosting?.call(core);
          return this.semihosting !== undefined;
        },
      },
    });
    this.system.bus.addRam(this.ram.base, this.ram.size);
    const ports = {
      onOutput: (byte: number) => this.print(Uint8Array.of(byte)),
      onGuestError: (text: string) => this.onGuestError(text),
    };
    this.board = new Board(this.system, ports, {
      startSeconds,
      virtio: virtioParts(options),
      flash: options.flash ?? [],
      gicVersion,
    });
  }

  /** How guests call PSCI: SMC where an EL2 could keep HVC to itself. */
  get conduit(): 'smc' | 'hvc' {
    return this.virtualization ? 'smc' : 'hvc';
  }

  /** The device tree of this machine, with boot arguments, as a blob. */
  deviceTree(append?: string): Uint8Array {
    const { cpus, model } = this.system;
    return virtTree({
      ram: this.ram,
      cpuCompatible: cpuCompatible(model.name),
      cpus: cpus.map(({ index }) => index),
      psciConduit: this.conduit,
      gic: { version: this.gicVersion, hasVirtual: this.virtualization, hasMsiFrame: this.gicVersion === 2 },
      hasRtc: true,
      hasPmu: true,
      hasGpio: true,
      hasFirmwareDevices: true,
      hasVirtio: true,
      ...(append !== undefined && { bootargs: append }),
    });
  }

  /**
   * Loads an ELF, an arm64 Image or a flat binary and points CPU 0 at it, or at what else the options let start. Throws
   * ImageError, MachineError for firmware and loaders, and FdtError for a given device tree that is none.
   */
  load(file: Uint8Array | undefined, options: LoadOptions = {}): LoadedImage {
    const { bus, cpus } = this.system;
    const { board, ram } = this;
    const deviceTree = this.deviceTree(options.append);
    const hasFlash = this.options.flash?.[0] !== undefined;
    const place = { bus, board, ram, cpuCount: cpus.length, deviceTree, hasFlash };
    const { image, entries } = loadMachine(place, file, options);
    for (const { cpu, address, x0 } of [{ cpu: 0, address: image.entry, x0: image.x0 }, ...entries]) {
      const { state } = cpus[cpu];
      state.set(PC, BigInt(address));
      state.set(X[0], BigInt(x0));
      cpus[cpu].contextChanged();
    }
    this.file = { bytes: file, options };
    this.image = image;
    return image;
  }

  /** Types on the console: the UART's receiver, which semihosting reads too. */
  input(bytes: Uint8Array): void {
    this.board.uart.receive(bytes);
  }

  /** Nothing more will be typed: semihosting reads find the end of the input. */
  endInput(): void {
    this.inputEnded = true;
  }

  /** Takes 1 to `count` typed bytes; none at the end of the input, undefined while none has come yet. */
  typed(count: number): Uint8Array | undefined {
    const bytes = this.board.uart.take(count);
    return bytes.length > 0 || this.inputEnded ? bytes : undefined;
  }

  /** The boot arguments. */
  get commandLine(): string {
    return this.file?.options.append ?? '';
  }

  /** Everything printed so far, as text. */
  get console(): string {
    return this.text.all;
  }

  /** Prints for the guest. */
  print(bytes: Uint8Array): void {
    this.onConsole(bytes);
    if (this.text.add(bytes)) this.system.stop();
  }

  /** Ends the run after the running instruction. */
  finish(end: MachineEnd): void {
    this.end ??= end;
    this.system.stop();
  }

  /**
   * Runs until the guest ends, or one of the options ends the run; a run that ended by them can go on, and so can one that
   * ended as `input` after `input` or `endInput`.
   */
  run(options: RunOptions = {}): MachineEnd {
    const { maxInstructions = Number.POSITIVE_INFINITY, interrupted = () => false } = options;
    const { system } = this;
    const limit = system.instructions + maxInstructions;
    this.end = undefined;
    this.text.watch(options.until, options.failOn);
    if (this.semihosting?.resume() === false) return { reason: 'input' };
    for (;;) {
      const left = limit - system.instructions;
      if (left <= 0) return { reason: 'budget' };
      const why = system.run(Math.min(left, STEP));
      const end: MachineEnd | undefined = this.text.seen === undefined ? this.end : { reason: this.text.seen };
      if (end?.reason === 'reset' && this.options.noReboot !== true) this.restart();
      else if (end !== undefined) return end;
      else if (why === 'stuck') return { reason: this.awaitsInput ? 'input' : 'stuck' };
      else if (why === 'idle') return { reason: 'idle' };
      if (interrupted()) return { reason: 'interrupted' };
    }
  }

  /** What is typed can interrupt the guest. */
  private get awaitsInput(): boolean {
    return !this.inputEnded && this.board.uart.interruptsOnInput;
  }

  /** Starts the image again, as after power-on; the clocks and the instruction count go on. */
  restart(): void {
    this.end = undefined;
    this.system.reset();
    this.board.reset();
    this.semihosting?.reset();
    const { file } = this;
    if (file !== undefined) this.load(file.bytes, file.options);
  }

  /** Bytes at a PA; undefined if one of them is not RAM. */
  readPa(address: Pa, length: number): Uint8Array | undefined {
    return this.system.bus.readBytes(address, length);
  }
  /** Bytes at an IPA, through the stage 2 that CPU 0 has set up; undefined if one of them is not mapped to RAM. */
  readIpa(address: Ipa, length: number): Uint8Array | undefined {
    return ipaMemory(this.cpu()).read(address, length);
  }
  /** Bytes at a VA as CPU 0 sees it at its current EL; undefined if one of them is not mapped to RAM. */
  readVa(address: Va, length: number): Uint8Array | undefined {
    return guestMemory(this.cpu()).read(address, length);
  }

  /** CPU `index`. */
  cpu(index = 0): Cpu {
    return this.system.cpus[index];
  }
}
