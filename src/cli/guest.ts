/** What the run loop, the result and the post-mortem need of a guest, whether it has a machine or a VM. */

import type { Va } from '../arch/addresses.ts';
import type { SemihostingFiles } from '../arch/semihosting-files.ts';
import type { System } from '../cpu/engine/system.ts';
import type { PostMortemInput } from '../debug/post-mortem.ts';
import type { RegisterView } from '../debug/registers.ts';
import type { SymbolTable } from '../debug/symbols.ts';
import type { MapWindow } from '../devices/bus.ts';
import type { FlashContents } from '../machine/flash-banks.ts';
import type { Loader } from '../machine/loaders.ts';
import type { VirtioOptions } from '../machine/virtio-options.ts';
import type { DataFile } from './image-file.ts';
import type { Outcome } from './outcome.ts';
import type { HypervisorFigures, VmFigures } from './statistics.ts';

/** What guests are made of besides their images. */
export interface Supplies {
  /** A device tree in place of el2's. */
  readonly deviceTree?: DataFile | undefined;
  /** Initial RAM disk of the kernel. */
  readonly initrd?: DataFile | undefined;
  /** What the clocks show at the start, in seconds since 1970. */
  readonly startSeconds?: number | undefined;
  readonly files?: SemihostingFiles | undefined;
  readonly virtio?: VirtioOptions | undefined;
  /** Firmware for the first bank of flash. */
  readonly firmware?: DataFile | undefined;
  /** What is in the banks of flash. */
  readonly flash?: FlashContents | undefined;
  readonly loaders?: readonly Loader[] | undefined;
}

/** What the guests of a run are given from outside. */
export interface Surroundings extends Supplies {
  readonly consoleOf: ConsoleOf;
  /** Takes the end of each VM that fails, and where it stands, while the others go on. */
  readonly onFailure: (end: Outcome, scene: Scene) => void;
  /** Virtio devices of a guest, by its number. */
  readonly virtioOf?: (guest: number) => VirtioOptions;
}

/** The part of a post-mortem that the guest knows. */
export type Scene = Omit<PostMortemInput, 'reason' | 'message'>;

/** The registers of a CPU or vCPU, under its name. */
export interface NamedRegisters {
  readonly name: string;
  readonly state: RegisterView;
}

/** An address space and what lies in it. */
export interface NamedMap {
  readonly name: string;
  readonly windows: readonly MapWindow[];
}

/** One run's guest, or guests. */
export interface GuestRun {
  readonly system: System;
  /** Executes at most so many instructions; undefined while the guest can go on, `input` when it needs input to do so. */
  run(instructions: number): Outcome | 'input' | undefined;
  /** Makes `run` return after the running instruction. */
  stop(): void;
  /** Types on the console. */
  input(bytes: Uint8Array): void;
  /** Nothing more will be typed. */
  endInput(): void;
  /** Starts the guests again; the end of the run where a reset is one. */
  reset(): Outcome | undefined;
  /** Name of the VM that a CPU runs. */
  vmName(cpu: number): string | undefined;
  /** Symbols of a VM by name, or of the machine's image. */
  symbols(vm: string | undefined): SymbolTable;
  /** Where the run stands. */
  scene(): Scene;
  registers(): readonly NamedRegisters[];
  maps(): readonly NamedMap[];
  /** Lines that explain the translation of a VA by CPU 0. */
  walk(va: Va): string;
  /** What `--result` says beyond what every run has. */
  account(): { readonly vms?: readonly VmFigures[]; readonly hypervisor?: HypervisorFigures };
}

/** Receives what guests print; true stops the run. `vm` is undefined for a machine. */
export type ConsoleOf = (vm: string | undefined) => (bytes: Uint8Array) => boolean;
