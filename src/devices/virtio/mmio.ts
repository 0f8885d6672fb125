/** The virtio-mmio transport (VIRTIO 1.2, 4.2), version 2 or legacy version 1, with one device or none behind it. */

import type { Device } from '../device.ts';
import type { Dma } from '../dma.ts';
import { Features, type FeaturesState } from './features.ts';
import type { DeviceModel } from './model.ts';
import { QueueRegisters, type QueueRegistersState } from './queue-registers.ts';
import * as reg from './registers.ts';

export interface VirtioMmioPorts {
  readonly dma: Dma;
  /** The interrupt line, called when the level changes. */
  irq(level: boolean): void;
  /** An access or a ring that no correct driver makes, as one line. */
  onGuestError(text: string): void;
  /** A notification has moved so many bytes of guest memory. */
  onMoved(bytes: number): void;
}

/** The whole state, plain JSON; the device's own is not in it. */
export interface VirtioMmioState {
  readonly isLegacy: boolean;
  readonly status: number;
  readonly interrupts: number;
  readonly features: FeaturesState;
  readonly queues: QueueRegistersState;
}

export class VirtioMmio implements Device {
  readonly name: string;
  private readonly features: Features;
  private readonly queues: QueueRegisters;
  private status = 0;
  private interrupts = 0;
  private level = false;

  constructor(
    private readonly model: DeviceModel | undefined,
    private readonly ports: VirtioMmioPorts,
    private readonly isLegacy: boolean,
  ) {
    this.name = model?.name ?? 'virtio-mmio';
    this.features = new Features(model?.features ?? 0, isLegacy);
    const has = (feature: number): boolean => this.features.has(feature);
    const onBroken = (text: string): void => this.needReset(text);
    const onError = (text: string): void => this.error(text);
    this.queues = new QueueRegisters(model?.queueSizes ?? [], { dma: ports.dma, has, onBroken, onError }, isLegacy);
    model?.connect({ has, kick: (queue) => this.serve(queue) });
  }

  read(offset: number, size: 1 | 2 | 4): number {
    if (offset >= reg.CONFIG) return this.readConfig(offset - reg.CONFIG, size);
    const value = size === 4 ? this.readRegister(offset) : undefined;
    if (value !== undefined) return value >>> 0;
    this.error(`read of ${size} bytes at offset 0x${offset.toString(16)}, where no such register is`);
    return 0;
  }

  private readConfig(offset: number, size: number): number {
    const config = this.model?.config ?? [];
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = (value << 8) | (config[offset + i] ?? 0);
    return value >>> 0;
  }

  private readRegister(offset: number): number | undefined {
    switch (offset) {
      case reg.MAGIC_VALUE:
        return reg.MAGIC;
      case reg.VERSION:
        return this.isLegacy ? 1 : 2;
      case reg.DEVICE_ID:
        return this.model?.deviceId ?? 0;
      case reg.VENDOR_ID:
        return reg.VENDOR;
    }
    // Behind an empty transport there is nothing else (4.2.2.2).
    if (this.model === undefined) return 0;
    switch (offset) {
      case reg.DEVICE_FEATURES:
        return this.features.word;
      case reg.INTERRUPT_STATUS:
        return this.interrupts;
      case reg.STATUS:
        return this.status;
    }
    return this.queues.read(offset) ?? (this.isLegacy ? undefined : readModern(offset));
  }

  write(offset: number, size: 1 | 2 | 4, value: number): void {
    if (this.model === undefined) return;
    if (offset < reg.CONFIG && size === 4 && this.writeRegister(offset, value >>> 0)) return;
    this.error(`write of ${size} bytes at offset 0x${offset.toString(16)}, where no such register is`);
  }

  /** False where no writable register is. */
  private writeRegister(offset: number, value: number): boolean {
    switch (offset) {
      case reg.DEVICE_FEATURES_SEL:
        this.features.deviceSelect = value;
        return true;
      case reg.DRIVER_FEATURES_SEL:
        this.features.driverSelect = value;
        return true;
      case reg.DRIVER_FEATURES:
        if ((this.status & reg.STATUS_FEATURES_OK) === 0) this.features.accept(value);
        else this.error('features written after FEATURES_OK');
        return true;
      case reg.QUEUE_NOTIFY:
        this.serve(value);
        return true;
      case reg.INTERRUPT_ACK:
        this.interrupts &= ~value;
        this.drive();
        return true;
      case reg.STATUS:
        this.setStatus(value & 0xff);
        return true;
    }
    return this.queues.write(offset, value) || (!this.isLegacy && offset === reg.SHM_SEL);
  }

  private setStatus(value: number): void {
    if (value === 0) {
      this.resetDevice();
      return;
    }
    const before = this.status;
    const isRefused = !this.isLegacy && !this.features.areAcceptable;
    this.status = value | (before & reg.STATUS_NEEDS_RESET);
    if (isRefused) this.status &= ~reg.STATUS_FEATURES_OK;
    if ((value & ~before & reg.STATUS_DRIVER_OK) === 0) return;
    for (const index of this.queues.queues.keys()) this.serve(index);
  }

  /** Lets the device use a queue. A legacy driver may need that before DRIVER_OK (3.1.2). */
  private serve(index: number): void {
    const queue = this.queues.queues.at(index);
    const isLive = this.isLegacy || (this.status & reg.STATUS_DRIVER_OK) !== 0;
    if (queue === undefined || !isLive || !queue.ready) return;
    this.model?.serve(index, queue);
    if (queue.moved > 0) this.ports.onMoved(queue.moved);
    if (queue.takeInterrupt()) this.interrupt(reg.INT_USED_BUFFER);
  }

  private needReset(text: string): void {
    this.error(text);
    this.status |= reg.STATUS_NEEDS_RESET;
    if ((this.status & reg.STATUS_DRIVER_OK) !== 0) this.interrupt(reg.INT_CONFIG_CHANGE);
  }

  private interrupt(cause: number): void {
    this.interrupts |= cause;
    this.drive();
  }

  private drive(): void {
    const level = this.interrupts !== 0;
    if (level === this.level) return;
    this.level = level;
    this.ports.irq(level);
  }

  private error(text: string): void {
    this.ports.onGuestError(`${this.name}: ${text}`);
  }

  /** As after power-on, the device included. */
  reset(): void {
    this.resetDevice();
    this.queues.reset();
  }

  /** The driver's reset (4.2.3.1). */
  private resetDevice(): void {
    this.features.reset();
    this.queues.resetDevice();
    this.status = 0;
    this.interrupts = 0;
    this.model?.reset?.();
    this.drive();
  }

  /** A copy of the state. */
  state(): VirtioMmioState {
    const { isLegacy, status, interrupts, features, queues } = this;
    return { isLegacy, status, interrupts, features: features.state(), queues: queues.state() };
  }

  /** Makes a transport from a `state()` and its device, of the same kind as then; drives `irq` if the line is high. */
  static fromState(state: VirtioMmioState, model: DeviceModel | undefined, ports: VirtioMmioPorts): VirtioMmio {
    const { features, queues, isLegacy, status, interrupts } = state;
    const transport = new VirtioMmio(model, ports, isLegacy);
    transport.features.load(features);
    transport.queues.load(queues);
    transport.status = status;
    transport.interrupts = interrupts;
    transport.drive();
    return transport;
  }
}

/** No configuration changes, and there is no shared memory region: its length and base read as -1 (4.2.2.1). */
function readModern(offset: number): number | undefined {
  if (offset === reg.CONFIG_GENERATION) return 0;
  return offset >= reg.SHM_LEN_LOW && offset <= reg.SHM_BASE_HIGH && offset % 4 === 0 ? -1 : undefined;
}
