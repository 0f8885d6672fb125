/** A VM as its user sees it: memory, console, vCPUs, and how it ended. */

import { ipa } from '../arch/addresses.ts';
import { type LoadedImage, loadImage } from '../arch/image/loader.ts';
import { R, X } from '../cpu/slots.ts';
import type { Device } from '../devices/bus.ts';
import { Pl011 } from '../devices/pl011.ts';
import type { MemorySlot } from './address-map.ts';
import type { GuestMemory, SlotOptions } from './guest-memory.ts';
import type { Stage2Shape } from './stage2-shape.ts';
import { VcpuRegisters } from './vcpu-registers.ts';
import { VmStats } from './vm-stats.ts';
import { noVmid } from './vmid.ts';

/** Where a VM's memory and console are: the map of QEMU's `virt` board, as IPAs. */
export const VM_RAM = 0x4000_0000;
export const VM_UART = { ipa: 0x0900_0000, bytes: 0x1000 };

/** How a VM ended. `what` says in one line what no handler served, or why no vCPU can ever go on. */
export type VmEnd =
  | { readonly reason: 'off' | 'reset' | 'destroyed' }
  | { readonly reason: 'exit'; readonly code: number }
  | { readonly reason: 'unhandled' | 'stuck' | 'outOfMemory'; readonly what: string };

/** A virtual CPU. `wfi`: it waits for an interrupt; `off`: PSCI has it off. */
export class Vcpu {
  readonly registers = new VcpuRegisters();
  status: 'running' | 'wfi' | 'off' = 'off';

  constructor(
    readonly vm: Vm,
    /** Also its affinity, MPIDR_EL1.Aff0. */
    readonly index: number,
  ) {}

  /** Resets the vCPU and lets it run from `entry`, a VA with stage 1 off, with `x0` in X0. */
  start(entry: bigint, x0: bigint): void {
    this.registers.reset();
    this.registers.set64(R.VPIDR_EL2, 0, this.vm.parts.midr);
    this.registers.set64(R.VMPIDR_EL2, 0, MPIDR_RES1 | this.index);
    this.registers.set64(R.HCR_EL2, 0, this.vm.parts.hcr);
    this.registers.pc = entry;
    this.registers.set(X[0], x0);
    this.status = 'running';
  }
}

/** MPIDR_EL1: bit 31 is RES1. */
const MPIDR_RES1 = 0x8000_0000;

/** What the hypervisor makes a VM of. */
export interface VmParts {
  readonly memory: GuestMemory;
  readonly shape: Stage2Shape;
  /** MIDR_EL1 as the guest reads it, and HCR_EL2[31:0] while it runs. */
  readonly midr: number;
  readonly hcr: number;
  /** Takes one line for each access that no correct driver makes. */
  readonly onGuestError: (text: string) => void;
}

export interface VmOptions {
  readonly name: string;
  /** Bytes of memory at IPA 0x4000_0000, a multiple of the page. */
  readonly memoryBytes: number;
  /** Size of the IPA space, 32 bits up to the PA size of the CPU; 40 unless told. */
  readonly ipaBits?: number;
  readonly vcpus?: number;
}

export class Vm {
  readonly stats = new VmStats();
  readonly vcpus: readonly Vcpu[];
  /** Its VMID; the hypervisor's. */
  readonly vmid = noVmid();
  /** The image that `load` put in. */
  image: LoadedImage | undefined;
  /** Undefined while it may run. */
  end: VmEnd | undefined;
  /** Receives what the guest writes to its console: UART and semihosting. */
  onConsole: (bytes: Uint8Array) => void = () => {};
  private readonly uart: Pl011;

  constructor(
    private readonly options: VmOptions,
    readonly parts: VmParts,
  ) {
    this.vcpus = Array.from({ length: options.vcpus ?? 1 }, (_, index) => new Vcpu(this, index));
    this.uart = new Pl011({
      onOutput: (byte) => this.onConsole(Uint8Array.of(byte)),
      irq: () => {},
      onGuestError: parts.onGuestError,
    });
    this.addSlot({ ipa: VM_RAM, bytes: options.memoryBytes });
    this.addDevice(VM_UART.ipa, VM_UART.bytes, this.uart);
  }

  get name(): string {
    return this.options.name;
  }
  get memory(): GuestMemory {
    return this.parts.memory;
  }

  /** Adds memory; it costs nothing until it is touched. Throws SlotError. */
  addSlot(slot: SlotOptions): MemorySlot {
    return this.memory.addSlot(slot);
  }

  /** Adds a device at an IPA; accesses to its window exit and reach it by offset. Throws SlotError. */
  addDevice(at: number, bytes: number, device: Device): void {
    this.memory.addDevice({ kind: 'device', ipa: ipa(at), bytes, device });
  }

  /**
   * Loads an ELF, an arm64 `Image` or a flat binary with its device tree into the memory at 0x4000_0000 and lets vCPU 0
   * start there. Throws ImageError, and OutOfFrames.
   */
  load(file: Uint8Array, deviceTree: Uint8Array): LoadedImage {
    const target = { writeBytes: (at: number, bytes: Uint8Array) => this.memory.writeBytes(at, bytes) };
    const image = loadImage(target, { file, ramBase: VM_RAM, ramBytes: this.options.memoryBytes, deviceTree });
    this.vcpus[0].start(BigInt(image.entry), BigInt(image.x0));
    this.image = image;
    return image;
  }

  /** Types on the guest's console. */
  input(bytes: Uint8Array): void {
    this.uart.receive(bytes);
  }

  /** Copies guest memory out by IPA; undefined if a byte is in no memory slot. */
  readBytes(at: number, length: number): Uint8Array | undefined {
    return this.memory.readBytes(at, length);
  }
  /** Copies bytes into guest memory by IPA; false, and nothing is written, if one is in no memory slot. Throws OutOfFrames. */
  writeBytes(at: number, bytes: Uint8Array): boolean {
    return this.memory.writeBytes(at, bytes);
  }

  /** Ends the VM, unless it has ended: none of its vCPUs runs again. */
  finish(end: VmEnd): void {
    this.end ??= end;
  }
}
