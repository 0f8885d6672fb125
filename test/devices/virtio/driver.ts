/** A driver for one virtio-mmio transport with RAM of its own, for tests of devices. */

import type { Dma } from '../../../src/devices/dma.ts';
import { VirtioMmio, type VirtioMmioPorts, type VirtioMmioState } from '../../../src/devices/virtio/mmio.ts';
import type { DeviceModel } from '../../../src/devices/virtio/model.ts';
import * as reg from '../../../src/devices/virtio/registers.ts';

export const RAM_BASE = 0x4000_0000;
export const RAM_BYTES = 0x10_0000;
/** Where buffers may be; below are the rings, 16 KiB each. */
export const HEAP = RAM_BASE + 0x1_0000;
const RING_BYTES = 0x4000;

export const NEXT = 1;
export const WRITE = 2;
export const INDIRECT = 4;

/** RAM at RAM_BASE. */
export class Ram implements Dma {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;

  constructor(size = RAM_BYTES) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  read(address: number, into: Uint8Array): boolean {
    const at = this.at(address, into.length);
    if (at !== undefined) into.set(this.bytes.subarray(at, at + into.length));
    return at !== undefined;
  }
  write(address: number, bytes: Uint8Array): boolean {
    const at = this.at(address, bytes.length);
    if (at !== undefined) this.bytes.set(bytes, at);
    return at !== undefined;
  }
  protected at(address: number, length: number): number | undefined {
    const at = address - RAM_BASE;
    return Number.isInteger(at) && at >= 0 && at + length <= this.bytes.length ? at : undefined;
  }
  slice(address: number, length: number): Uint8Array {
    return this.bytes.slice(address - RAM_BASE, address - RAM_BASE + length);
  }
}

/** One buffer of a request. */
export interface Part {
  readonly at: number;
  readonly length: number;
  readonly writable?: boolean;
}

export interface DriverOptions {
  readonly isLegacy?: boolean;
  /** Feature bits of words 0 and 1 to accept, of those that are offered; all unless told. */
  readonly accept?: readonly [number, number];
  readonly num?: number;
  readonly ram?: Ram;
}

export class Driver {
  readonly errors: string[] = [];
  /** Bytes that the last notification moved. */
  moved = 0;
  /** Changes of the interrupt line. */
  level = false;
  rises = 0;
  readonly ram: Ram;
  transport: VirtioMmio;
  readonly num: number;
  readonly isLegacy: boolean;
  private nextDescriptor = 0;
  private readonly seen: number[] = [];
  private readonly available: number[] = [];

  constructor(
    private readonly model: DeviceModel | undefined,
    private readonly options: DriverOptions = {},
  ) {
    this.isLegacy = options.isLegacy ?? false;
    this.num = options.num ?? 8;
    this.ram = options.ram ?? new Ram();
    this.transport = new VirtioMmio(model, this.ports, this.isLegacy);
  }

  get ports(): VirtioMmioPorts {
    return {
      dma: this.ram,
      irq: (level) => {
        if (level === this.level) throw new Error('no change');
        this.level = level;
        if (level) this.rises++;
      },
      onGuestError: (text) => this.errors.push(text),
      onMoved: (bytes) => {
        this.moved = bytes;
      },
    };
  }

  read(offset: number): number {
    return this.transport.read(offset, 4);
  }
  write(offset: number, value: number): void {
    this.transport.write(offset, 4, value >>> 0);
  }

  /** What the device offers. */
  offered(word: 0 | 1): number {
    this.write(reg.DEVICE_FEATURES_SEL, word);
    return this.read(reg.DEVICE_FEATURES);
  }

  /** Goes through the initialization of 3.1.1 or 4.2.4, with all queues. */
  start(): this {
    const { accept = [-1, -1] } = this.options;
    this.write(reg.STATUS, 0);
    this.write(reg.STATUS, 1);
    this.write(reg.STATUS, 3);
    for (const word of this.isLegacy ? ([0] as const) : ([0, 1] as const)) {
      this.write(reg.DRIVER_FEATURES_SEL, word);
      this.write(reg.DRIVER_FEATURES, this.offered(word) & accept[word]);
    }
    if (!this.isLegacy) this.write(reg.STATUS, 0xb);
    else this.write(reg.GUEST_PAGE_SIZE, 4096);
    for (let queue = 0; queue < (this.model?.queueSizes.length ?? 0); queue++) this.setUp(queue);
    this.write(reg.STATUS, 0xf);
    return this;
  }

  private setUp(queue: number): void {
    this.seen[queue] = 0;
    this.available[queue] = 0;
    this.ram.bytes.fill(0, queue * RING_BYTES, (queue + 1) * RING_BYTES);
    this.write(reg.QUEUE_SEL, queue);
    this.write(reg.QUEUE_NUM, this.num);
    if (this.isLegacy) {
      this.write(reg.QUEUE_ALIGN, 4096);
      this.write(reg.QUEUE_PFN, this.desc(queue) / 4096);
      return;
    }
    this.write(reg.QUEUE_DESC_LOW, this.desc(queue));
    this.write(reg.QUEUE_DRIVER_LOW, this.avail(queue));
    this.write(reg.QUEUE_DEVICE_LOW, this.used(queue));
    this.write(reg.QUEUE_READY, 1);
  }

  desc = (queue: number): number => RAM_BASE + queue * RING_BYTES;
  avail = (queue: number): number => this.desc(queue) + 16 * this.num;
  /** Where 2.7.2 has it for legacy drivers. */
  used = (queue: number): number => this.desc(queue) + Math.ceil((16 * this.num + 2 * (3 + this.num)) / 4096) * 4096;

  u16 = (address: number): number => this.ram.view.getUint16(address - RAM_BASE, true);
  setU16 = (address: number, value: number): void => this.ram.view.setUint16(address - RAM_BASE, value, true);
  u32 = (address: number): number => this.ram.view.getUint32(address - RAM_BASE, true);

  /** Writes one descriptor of a table. */
  descriptor(table: number, index: number, { at, length }: Part, flags: number, next = 0): void {
    const view = this.ram.view;
    const to = table - RAM_BASE + 16 * index;
    view.setUint32(to, at % 2 ** 32, true);
    view.setUint32(to + 4, Math.floor(at / 2 ** 32), true);
    view.setUint32(to + 8, length, true);
    view.setUint16(to + 12, flags, true);
    view.setUint16(to + 14, next, true);
  }

  /** Makes a chain available, through a table at `indirect` if told; returns its head. */
  add(queue: number, parts: readonly Part[], indirect?: number): number {
    const count = indirect === undefined ? parts.length : 1;
    const entries = Array.from({ length: count }, (_, i) => (this.nextDescriptor + i) % this.num);
    this.nextDescriptor = (this.nextDescriptor + count) % this.num;
    const table = indirect ?? this.desc(queue);
    for (const [i, part] of parts.entries()) {
      const isLast = i === parts.length - 1;
      const flags = (part.writable === true ? WRITE : 0) | (isLast ? 0 : NEXT);
      const next = isLast ? 0 : indirect === undefined ? entries[i + 1] : i + 1;
      this.descriptor(table, indirect === undefined ? entries[i] : i, part, flags, next);
    }
    if (indirect !== undefined) {
      this.descriptor(this.desc(queue), entries[0], { at: indirect, length: 16 * parts.length }, INDIRECT);
    }
    this.offer(queue, entries[0]);
    return entries[0];
  }

  /** Puts a head into the available ring. */
  offer(queue: number, head: number): void {
    const index = this.available[queue];
    this.setU16(this.avail(queue) + 4 + 2 * (index % this.num), head);
    this.available[queue] = (index + 1) & 0xffff;
    this.setU16(this.avail(queue) + 2, this.available[queue]);
  }

  notify(queue: number): void {
    this.write(reg.QUEUE_NOTIFY, queue);
  }

  /** Heads and lengths that came back since the last time. */
  returned(queue: number): [number, number][] {
    const out: [number, number][] = [];
    const used = this.used(queue);
    for (; this.seen[queue] !== this.u16(used + 2); this.seen[queue] = (this.seen[queue] + 1) & 0xffff) {
      const at = used + 4 + 8 * (this.seen[queue] % this.num);
      out.push([this.u32(at), this.u32(at + 4)]);
    }
    return out;
  }

  /** Sends one chain and takes what came back. */
  exchange(queue: number, parts: readonly Part[], indirect?: number): [number, number][] {
    this.add(queue, parts, indirect);
    this.notify(queue);
    return this.returned(queue);
  }

  /** The state as JSON, and the transport from it around a device. */
  revive(state: VirtioMmioState, model: DeviceModel): void {
    this.level = false;
    this.transport = VirtioMmio.fromState(JSON.parse(JSON.stringify(state)), model, this.ports);
  }

  get needsReset(): boolean {
    return (this.read(reg.STATUS) & reg.STATUS_NEEDS_RESET) !== 0;
  }
}

/** Both versions of the transport. */
export const VERSIONS = [
  ['legacy', true],
  ['modern', false],
] as const;
