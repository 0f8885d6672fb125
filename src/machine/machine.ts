/** QEMU's `virt` board: CPUs, RAM, UART, firmware services, and the ends that a run can have. */

import { hex, type Ipa, type Pa, type Va } from '../arch/addresses.ts';
import type { LoadedImage } from '../arch/image/loader.ts';
import type { SemihostingFiles } from '../arch/semihosting-files.ts';
import type { Cpu, TlbKind } from '../cpu/engine/cpu.ts';
import type { EngineMode } from '../cpu/engine/engine.ts';
import { guestMemory, ipaMemory } from '../cpu/engine/guest-memory.ts';
import { System } from '../cpu/engine/system.ts';
import { CPU_MODELS, cpuModel, withoutEl2 } from '../cpu/models.ts';
import { PC, X } from '../cpu/slots.ts';
import { DEFAULT_START } from '../devices/pl031.ts';
import { Board } from './board.ts';
import { ConsoleText } from './console-text.ts';
import type { FlashContents } from './flash-banks.ts';
import { type LoadOptions, loadMachine } from './loading.ts';
import type { MachineEnd } from './machine-end.ts';
import { MachineError } from './machine-error.ts';
import { callPsci } from './machine-psci.ts';
import { MachineSemihosting } from './machine-semihosting.ts';
import { RAM_BASE, type Window } from './virt-map.ts';
import { cpuCompatible, virtTree } from './virt-tree.ts';
import { type VirtioOptions, virtioParts } from './virtio-options.ts';

export interface MachineOptions extends VirtioOptions {
  /** CPU model, as QEMU names it. */
  readonly cpu?: string;
  /** Number of CPUs, 1 to 8; all but the first wait for PSCI CPU_ON. */
  readonly cpus?: number;
  /** Bytes of RAM, a multiple of 4 KiB. */
  readonly memoryBytes?: number;
  /** Where RAM begins, a PA; 0x4000_0000 unless told. Above the devices of the board, and a multiple of 2 MiB. */
  readonly ramBase?: number;
  /** Whether the CPU has EL2 (`-M virt,virtualization=on`); it then starts there. */
  readonly virtualization?: boolean;
  readonly engine?: EngineMode;
  /** `{ chaos: seed }`: a TLB that does at random what the architecture allows, to find missing maintenance. */
  readonly tlb?: TlbKind;
  /** Serve `HLT #0xF000`. */
  readonly semihosting?: boolean;
  /** What keeps the contents of the two banks of flash, 64 MiB each; firmware in the first one starts. */
  readonly flash?: FlashContents | undefined;
  /** Files that semihosting may use; without them it has a console only. */
  readonly files?: SemihostingFiles;
  /** What the clocks show at the start, in seconds since 1970; 2024-01-01 unless told, so that runs are alike. */
  readonly startSeconds?: number;
  /** End the run at a PSCI SYSTEM_RESET instead of starting again. */
  readonly noReboot?: boolean;
}

export interface RunOptions {
  /** Instructions that may run at the most. */
  readonly maxInstructions?: number;
  /** Ends the run as soon as the console has printed this text. */
  readonly until?: string;
  readonly failOn?: string;
  /** Asked between slices; true ends the run as `interrupted`. */
  readonly interrupted?: () => boolean;
}

const DEFAULT_MEMORY = 128 << 20;
const MAX_MEMORY = 2 ** 36;
const MAX_CPUS = 8;
const RAM_ALIGN = 2 << 20;
/** Instructions between two looks at `interrupted`. */
const STEP = 1_000_000;

/** One board. Everything that it does depends on its options, image and input alone. */
export class Machine {
  readonly system: System;
  readonly ram: Window;
  readonly virtualization: boolean;
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
    const {
      cpu = 'cortex-a57',
      cpus = 1,
      memoryBytes = DEFAULT_MEMORY,
      virtualization = false,
      engine = 'auto',
      startSeconds = DEFAULT_START,
    } = options;
    const model = cpuModel(cpu);
    if (model === undefined) throw new MachineError(`unknown CPU '${cpu}': choose one of ${CPU_MODELS.join(', ')}`);
    if (!Number.isInteger(memoryBytes) || memoryBytes <= 0 || memoryBytes % 4096 !== 0 || memoryBytes > MAX_MEMORY) {
      throw new MachineError(`${memoryBytes} bytes of RAM: give a multiple of 4 KiB, at most 64 GiB`);
    }
    if (!Number.isInteger(cpus) || cpus < 1 || cpus > MAX_CPUS) {
      throw new MachineError(`${cpus} CPUs: give 1 to ${MAX_CPUS}`);
    }
    const { ramBase = RAM_BASE } = options;
    if (
      !Number.isInteger(ramBase) ||
      ramBase < RAM_BASE ||
      ramBase % RAM_ALIGN !== 0 ||
      ramBase + memoryBytes > 2 ** model.mmu.paBits
    ) {
      throw new MachineError(
        `RAM at ${hex(ramBase)}: give a multiple of 2 MiB from ${hex(RAM_BASE)}, with its end within ${model.mmu.paBits} bits`,
      );
    }
    this.ram = { base: ramBase, size: memoryBytes };
    this.virtualization = virtualization;
    if (options.semihosting === true) {
      this.semihosting = new MachineSemihosting(this, { files: options.files, startSeconds });
    }
    this.system = new System({
      model: virtualization ? model : withoutEl2(model),
      cpus,
      engine,
      ...(options.tlb !== undefined && { tlb: options.tlb }),
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
    this.system.bus.addRam(ramBase, memoryBytes);
    const ports = {
      onOutput: (byte: number) => this.print(Uint8Array.of(byte)),
      onGuestError: (text: string) => this.onGuestError(text),
    };
    this.board = new Board(this.system, ports, {
      startSeconds,
      virtio: virtioParts(options),
      flash: options.flash ?? [],
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
      gic: { hasVirtual: this.virtualization },
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
