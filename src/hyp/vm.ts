/** A VM as its user sees it: memory, console, vCPUs, and how it ended. */

import { ipa } from '../arch/addresses.ts';
import { type LoadedImage, loadImage } from '../arch/image/loader.ts';
import { R, X } from '../cpu/slots.ts';
import type { Device } from '../devices/device.ts';
import { Pl011 } from '../devices/pl011.ts';
import { type MemorySlot, placeOf } from './address-map.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { SlotOptions } from './slot-options.ts';
import { VcpuRegisters } from './vcpu-registers.ts';
import type { VirtualCpuInterface } from './virtual-cpu-interface.ts';
import { UART_SPI, VM_GICC, VM_RAM, VM_UART, type VmOptions, type VmParts } from './vm-options.ts';
import { VmStats } from './vm-stats.ts';
import { noVmid } from './vmid.ts';

/** How a VM ended. `what` says in one line what no handler served, or why no vCPU can ever go on. */
export type VmEnd =
  | { readonly reason: 'off' | 'reset' | 'destroyed' }
  | { readonly reason: 'exit'; readonly code: number }
  | { readonly reason: 'unhandled' | 'stuck' | 'outOfMemory'; readonly what: string };

/** A virtual CPU. `wfi`: it waits for an interrupt; `off`: PSCI has it off. */
export class Vcpu {
  readonly registers = new VcpuRegisters();
  status: 'running' | 'wfi' | 'off' = 'off';
  /** Virtual time at which a timer ends a wait, in nanoseconds. */
  wakeNs = Number.POSITIVE_INFINITY;

  constructor(
    readonly vm: Vm,
    /** Also its affinity, MPIDR_EL1.Aff0. */
    readonly index: number,
  ) {}

  /** Its part of the VM's interrupt controller, where the VM has one. */
  get interrupts(): VirtualCpuInterface | undefined {
    return this.vm.parts.gic?.cpus[this.index];
  }

  /** Waits for an interrupt, unless one is there; a timer of the guest fires at `timerNs` of virtual time. */
  wait(timerNs: number): void {
    if (this.interrupts?.hasPending === true) return;
    this.status = 'wfi';
    this.wakeNs = this.interrupts === undefined ? Number.POSITIVE_INFINITY : timerNs;
  }

  /** Whether it can execute an instruction at this time: it does not wait, or its timer has fired. */
  isRunnable(nowNs: number): boolean {
    if (this.vm.end !== undefined) return false;
    return this.status === 'running' || (this.status === 'wfi' && nowNs >= this.wakeNs);
  }

  /** Resets the vCPU and lets it run from `entry`, a VA with stage 1 off, with `x0` in X0. */
  start(entry: bigint, x0: bigint): void {
    this.vm.parts.unload(this.index);
    this.registers.reset();
    this.interrupts?.reset();
    this.registers.set(R.CNTVOFF_EL2, this.vm.counterOffset);
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
  /** CNTVOFF_EL2 of its vCPUs: their virtual counters begin at zero when it is made. */
  readonly counterOffset: bigint;
  private readonly uart: Pl011;
  private inputEnded = false;

  constructor(
    readonly options: VmOptions,
    readonly parts: VmParts,
  ) {
    this.vcpus = Array.from({ length: options.vcpus ?? 1 }, (_, index) => new Vcpu(this, index));
    this.uart = new Pl011({
      onOutput: (byte) => this.onConsole(Uint8Array.of(byte)),
      irq: (level) => this.parts.gic?.setSpi(UART_SPI, level),
      onGuestError: parts.onGuestError,
    });
    this.addSlot({ ipa: VM_RAM, bytes: options.memoryBytes, hugePages: options.hugePages ?? false });
    this.addDevice(VM_UART.ipa, VM_UART.bytes, this.uart);
    this.counterOffset = parts.ticks();
    const { gic, gicv } = parts;
    if (gic === undefined) return;
    for (const { ipa: at, bytes, device } of gic.frames) this.addDevice(at, bytes, device);
    if (gicv === undefined) return;
    this.memory.addDevice({ kind: 'passthrough', ipa: ipa(VM_GICC.ipa), bytes: VM_GICC.bytes, pa: gicv });
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
    this.memory.addDevice({ kind: 'device', ipa: placeOf(at), bytes, device });
  }

  /** Sets the level of an interrupt line of a device; `spi` is INTID - 32. Throws RangeError when there is no such line. */
  setSpi(spi: number, level: boolean): void {
    this.parts.gic?.setSpi(spi, level);
  }

  /** Ends the waits of vCPUs, given as a bitmap, that have an interrupt now. */
  wake(vcpus: number): void {
    for (const vcpu of this.vcpus) {
      const isMeant = (vcpus & (1 << vcpu.index)) !== 0;
      if (isMeant && vcpu.status === 'wfi' && vcpu.interrupts?.hasPending === true) vcpu.status = 'running';
    }
  }

  /**
   * Loads an ELF, an arm64 `Image` or a flat binary with its device tree, and the initial RAM disk of a kernel, into the
   * memory at 0x4000_0000 and lets vCPU 0 start there. Throws what `loadImage` throws, and OutOfFrames.
   */
  load(file: Uint8Array, deviceTree: Uint8Array, initrd?: Uint8Array): LoadedImage {
    const target = { writeBytes: (at: number, bytes: Uint8Array) => this.writeBytes(at, bytes) };
    const ramBytes = this.options.memoryBytes;
    const image = loadImage(target, { file, initrd, ramBase: VM_RAM, ramBytes, deviceTree });
    this.vcpus[0].start(BigInt(image.entry), BigInt(image.x0));
    this.image = image;
    return image;
  }

  /** Types on the guest's console. */
  input(bytes: Uint8Array): void {
    this.uart.receive(bytes);
  }

  /** Nothing more will be typed: semihosting reads find the end of the input. */
  endInput(): void {
    this.inputEnded = true;
  }

  /** What is typed can interrupt it. */
  get awaitsInput(): boolean {
    return !this.inputEnded && this.uart.interruptsOnInput;
  }

  /** Takes 1 to `count` typed bytes; none at the end of the input, undefined while none has come yet. */
  typed(count: number): Uint8Array | undefined {
    const bytes = this.uart.take(count);
    return bytes.length > 0 || this.inputEnded ? bytes : undefined;
  }

  /** Copies guest memory out by IPA; undefined if a byte is in no memory slot. */
  readBytes(at: number, length: number): Uint8Array | undefined {
    return this.memory.host.readBytes(at, length);
  }
  /** Copies bytes into guest memory by IPA; false, and nothing is written, if one is in no memory slot. Throws OutOfFrames. */
  writeBytes(at: number, bytes: Uint8Array): boolean {
    return this.memory.host.writeBytes(at, bytes);
  }

  /** Ends the VM, unless it has ended: none of its vCPUs runs again. */
  finish(end: VmEnd): void {
    this.end ??= end;
  }
}
