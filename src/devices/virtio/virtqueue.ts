/** A split virtqueue (VIRTIO 1.2, 2.7), from the device's side. Whatever the driver has put there, nothing throws. */

import type { Dma } from '../dma.ts';
import type { Chain } from './buffers.ts';
import { followChain, MAX_BYTES, NOT_RAM } from './descriptors.ts';
import { F_EVENT_IDX, F_INDIRECT_DESC } from './registers.ts';

/** Of the available ring. */
const NO_INTERRUPT = 1 << 0;
/** Where the entries of both rings begin; flags and index are before them. */
const RING = 4;
const INDEX = 2;
const USED_BYTES = 8;

export interface QueuePorts {
  readonly dma: Dma;
  /** Whether the driver has accepted a feature. */
  has(feature: number): boolean;
  /** The driver broke a rule of the ring, said in one line: the device needs a reset. */
  onBroken(text: string): void;
}

/** The whole state, plain JSON. */
export interface VirtqueueState {
  readonly num: number;
  readonly ready: boolean;
  readonly addresses: readonly number[];
  readonly lastAvail: number;
  readonly usedIndex: number;
  readonly signalled: number;
  readonly broken: boolean;
}

/** Words of `addresses`: low and high half each. */
export const DESC = 0;
export const DRIVER = 2;
export const DEVICE = 4;

export class Virtqueue {
  /** Entries, a power of 2; 0 until the driver has said a valid number. */
  num = 0;
  /** The driver has handed the queue over. */
  ready = false;
  /** Bus addresses of the descriptor table, of the driver's and of the device's area. */
  readonly addresses = new Uint32Array(6);
  /** Bytes moved by the chains since the last `takeInterrupt`. */
  moved = 0;
  /** Entries that were taken and returned, modulo 2^16; the latter also at the last decision about an interrupt. */
  private lastAvail = 0;
  private usedIndex = 0;
  private signalled = 0;
  private broken = false;
  private readonly bytes = new Uint8Array(USED_BYTES);
  private readonly view = new DataView(this.bytes.buffer);
  private readonly small = this.bytes.subarray(0, 2);
  /** What chains move is counted. */
  private readonly counting: Dma = {
    read: (address, into) => {
      this.moved += into.length;
      return this.ports.dma.read(address, into);
    },
    write: (address, bytes) => {
      this.moved += bytes.length;
      return this.ports.dma.write(address, bytes);
    },
  };

  constructor(
    readonly maxSize: number,
    private readonly ports: QueuePorts,
  ) {}

  /** Takes the next available chain; undefined when there is none. */
  pop(): Chain | undefined {
    if (!this.ready || this.broken) return undefined;
    if (this.num === 0) return this.breaks('is used without a size');
    const driver = this.address(DRIVER);
    const index = this.read16(driver + INDEX);
    if (index === undefined) return this.breaks(NOT_RAM);
    const count = (index - this.lastAvail) & 0xffff;
    if (count === 0) return undefined;
    if (count > this.num) return this.breaks(`has ${count} available entries, but the size ${this.num}`);
    if (this.moved > MAX_BYTES) return this.breaks('is to move more than 4 GiB at once');
    const head = this.read16(driver + RING + 2 * (this.lastAvail % this.num));
    if (head === undefined) return this.breaks(NOT_RAM);
    this.lastAvail = (this.lastAvail + 1) & 0xffff;
    const table = { address: this.address(DESC), entries: this.num, allowsIndirect: this.ports.has(F_INDIRECT_DESC) };
    const chain = followChain(this.ports.dma, this.counting, table, head);
    return typeof chain === 'string' ? this.breaks(chain) : chain;
  }

  /** Returns a chain, with the number of bytes written to it. */
  push({ head }: Chain, written: number): void {
    const device = this.address(DEVICE);
    this.view.setUint32(0, head, true);
    this.view.setUint32(4, written, true);
    const isDone = this.ports.dma.write(device + RING + USED_BYTES * (this.usedIndex % this.num), this.bytes);
    this.usedIndex = (this.usedIndex + 1) & 0xffff;
    if (!isDone || !this.write16(device + INDEX, this.usedIndex)) this.breaks(NOT_RAM);
  }

  /** Ends a turn of the device: whether the driver wants an interrupt for what was returned in it (2.7.7, 2.7.10). */
  takeInterrupt(): boolean {
    this.moved = 0;
    if (!this.ready || this.broken) return false;
    const driver = this.address(DRIVER);
    const hasEvents = this.ports.has(F_EVENT_IDX);
    // The driver is to notify as soon as it makes the next chain available.
    if (hasEvents) this.write16(this.address(DEVICE) + RING + USED_BYTES * this.num, this.lastAvail);
    const before = this.signalled;
    const after = this.usedIndex;
    if (before === after) return false;
    this.signalled = after;
    if (!hasEvents) return ((this.read16(driver) ?? 0) & NO_INTERRUPT) === 0;
    const event = this.read16(driver + RING + 2 * this.num) ?? 0;
    return ((after - event - 1) & 0xffff) < ((after - before) & 0xffff);
  }

  /** As after a reset of the device. */
  reset(): void {
    this.load(FRESH);
    this.moved = 0;
  }

  /** A copy of the state. */
  state(): VirtqueueState {
    const { num, ready, addresses, lastAvail, usedIndex, signalled, broken } = this;
    return { num, ready, addresses: [...addresses], lastAvail, usedIndex, signalled, broken };
  }

  /** Takes over a `state()`. */
  load({ addresses, ...rest }: VirtqueueState): void {
    this.addresses.set(addresses);
    Object.assign(this, rest);
  }

  private address(which: number): number {
    return this.addresses[which + 1] * 2 ** 32 + this.addresses[which];
  }

  private breaks(what: string): undefined {
    this.broken = true;
    this.ports.onBroken(`virtqueue ${what}`);
    return undefined;
  }

  private read16(address: number): number | undefined {
    return this.ports.dma.read(address, this.small) ? this.view.getUint16(0, true) : undefined;
  }
  private write16(address: number, value: number): boolean {
    this.view.setUint16(0, value, true);
    return this.ports.dma.write(address, this.small);
  }
}

const FRESH: VirtqueueState = {
  ...{ num: 0, ready: false, addresses: [0, 0, 0, 0, 0, 0], lastAvail: 0, usedIndex: 0, signalled: 0, broken: false },
};
