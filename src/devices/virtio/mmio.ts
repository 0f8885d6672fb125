/** The virtio-mmio transport (VIRTIO 1.2, 4.2), version 2 or legacy version 1, with one device or none behind it. */

import type { Device } from '../bus.ts';
import type { Dma } from '../dma.ts';
import { Features, type FeaturesState } from './features.ts';
import { LegacyLayout, type LegacyLayoutState } from './legacy-layout.ts';
import type { DeviceModel } from './model.ts';
import * as reg from './registers.ts';
import { DESC, DEVICE, DRIVER, Virtqueue, type VirtqueueState } from './virtqueue.ts';

export interface VirtioMmioPorts {
  readonly dma: Dma;
  /** The interrupt line, called when the level changes. */
  irq(level: boolean): void;
  /** An access or a ring that no correct driver makes, as one line. */
  onGuestError(text: string): void;
  /** A notification has moved so many bytes of guest memory. */
  onMoved?(bytes: number): void;
}

/** The whole state, plain JSON; the device's own is not in it. */
export interface VirtioMmioState {
  readonly isLegacy: boolean;
  readonly status: number;
  readonly interrupts: number;
  readonly queueSelect: number;
  readonly features: FeaturesState;
  readonly queues: readonly VirtqueueState[];
  readonly layouts: readonly LegacyLayoutState[];
  readonly pageSize: number;
}

/** Halves of queue addresses by register. */
const ADDRESS_WORDS: ReadonlyMap<number, number> = new Map([
  [reg.QUEUE_DESC_LOW, DESC],
  [reg.QUEUE_DESC_HIGH, DESC + 1],
  [reg.QUEUE_DRIVER_LOW, DRIVER],
  [reg.QUEUE_DRIVER_HIGH, DRIVER + 1],
  [reg.QUEUE_DEVICE_LOW, DEVICE],
  [reg.QUEUE_DEVICE_HIGH, DEVICE + 1],
]);
const isPowerOf2 = (value: number): boolean => value > 0 && (value & (value - 1)) === 0;

export class VirtioMmio implements Device {
  readonly name: string;
  readonly features: Features;
  private readonly queues: readonly Virtqueue[];
  private readonly layouts: readonly LegacyLayout[];
  private status = 0;
  private interrupts = 0;
  private queueSelect = 0;
  /** GuestPageSize. */
  private pageSize = 0;
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
    this.queues = (model?.queueSizes ?? []).map((size) => new Virtqueue(size, { dma: ports.dma, has, onBroken }));
    this.layouts = this.queues.map(() => new LegacyLayout());
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
    const queue = this.queues.at(this.queueSelect);
    switch (offset) {
      case reg.DEVICE_FEATURES:
        return this.features.word;
      case reg.QUEUE_NUM_MAX:
        return queue?.maxSize ?? 0;
      case reg.INTERRUPT_STATUS:
        return this.interrupts;
      case reg.STATUS:
        return this.status;
    }
    if (this.isLegacy) return offset === reg.QUEUE_PFN ? (this.layouts.at(this.queueSelect)?.pfn ?? 0) : undefined;
    if (offset === reg.QUEUE_READY) return queue?.ready ? 1 : 0;
    // No configuration changes, and there is no shared memory region (4.2.2.1).
    if (offset === reg.CONFIG_GENERATION) return 0;
    return offset >= reg.SHM_LEN_LOW && offset <= reg.SHM_BASE_HIGH && offset % 4 === 0 ? -1 : undefined;
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
      case reg.QUEUE_SEL:
        this.queueSelect = value;
        return true;
      case reg.QUEUE_NUM:
        this.setQueueSize(value);
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
    return this.isLegacy ? this.writeLegacy(offset, value) : this.writeModern(offset, value);
  }

  private writeModern(offset: number, value: number): boolean {
    const queue = this.queues.at(this.queueSelect);
    const word = ADDRESS_WORDS.get(offset);
    if (word !== undefined) {
      if (queue !== undefined) queue.addresses[word] = value;
    } else if (offset === reg.QUEUE_READY) {
      if (queue !== undefined && value === 1) queue.ready = true;
      else queue?.reset();
    } else {
      return offset === reg.SHM_SEL;
    }
    return true;
  }

  private writeLegacy(offset: number, value: number): boolean {
    const layout = this.layouts.at(this.queueSelect);
    if (offset === reg.GUEST_PAGE_SIZE) {
      this.pageSize = value;
    } else if (offset === reg.QUEUE_ALIGN) {
      if (!isPowerOf2(value)) this.error(`QueueAlign ${value}, which is no power of 2`);
      else if (layout !== undefined) layout.align = value;
    } else if (offset === reg.QUEUE_PFN) {
      layout?.place(this.queues[this.queueSelect], value, this.pageSize);
    } else {
      return false;
    }
    return true;
  }

  private setQueueSize(value: number): void {
    const queue = this.queues.at(this.queueSelect);
    if (queue === undefined) return;
    const isValid = value <= queue.maxSize && isPowerOf2(value);
    if (!isValid) this.error(`QueueNum ${value}, which is no power of 2 up to ${queue.maxSize}`);
    if (!queue.ready) queue.num = isValid ? value : 0;
    else this.error('QueueNum written while the queue is in use');
  }

  private setStatus(value: number): void {
    if (value === 0) {
      this.reset();
      return;
    }
    const before = this.status;
    const isRefused = !this.isLegacy && !this.features.areAcceptable;
    this.status = value | (before & reg.STATUS_NEEDS_RESET);
    if (isRefused) this.status &= ~reg.STATUS_FEATURES_OK;
    if ((value & ~before & reg.STATUS_DRIVER_OK) === 0) return;
    for (const index of this.queues.keys()) this.serve(index);
  }

  /** Lets the device use a queue. A legacy driver may need that before DRIVER_OK (3.1.2). */
  private serve(index: number): void {
    const queue = this.queues.at(index);
    const isLive = this.isLegacy || (this.status & reg.STATUS_DRIVER_OK) !== 0;
    if (queue === undefined || !isLive || !queue.ready) return;
    this.model?.serve(index, queue);
    this.ports.onMoved?.(queue.moved);
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
    this.features.reset();
    for (const queue of this.queues) queue.reset();
    for (const layout of this.layouts) layout.reset();
    this.status = 0;
    this.interrupts = 0;
    this.queueSelect = 0;
    this.pageSize = 0;
    this.model?.reset?.();
    this.drive();
  }

  /** A copy of the state. */
  state(): VirtioMmioState {
    const { isLegacy, status, interrupts, queueSelect, pageSize } = this;
    return {
      ...{ isLegacy, status, interrupts, queueSelect, pageSize },
      features: this.features.state(),
      queues: this.queues.map((queue) => queue.state()),
      layouts: this.layouts.map((layout) => layout.state()),
    };
  }

  /** Makes a transport from a `state()` and its device, of the same kind as then; drives `irq` if the line is high. */
  static fromState(state: VirtioMmioState, model: DeviceModel | undefined, ports: VirtioMmioPorts): VirtioMmio {
    const { features, queues, layouts, isLegacy, ...rest } = state;
    const transport = new VirtioMmio(model, ports, isLegacy);
    Object.assign(transport, rest);
    transport.features.load(features);
    for (const [index, queue] of transport.queues.entries()) queue.load(queues[index]);
    for (const [index, layout] of transport.layouts.entries()) layout.load(layouts[index]);
    transport.drive();
    return transport;
  }
}
