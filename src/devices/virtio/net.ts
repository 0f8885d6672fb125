/** The network device (VIRTIO 1.2, 5.1) with one pair of queues and no offloads. */

import type { Hub, HubPort } from './hub.ts';
import type { DeviceModel, Transport } from './model.ts';
import { F_VERSION_1 } from './registers.ts';
import type { Virtqueue } from './virtqueue.ts';

const RECEIVE = 0;
const TRANSMIT = 1;
const QUEUE_SIZE = 256;

/** Feature bits. */
const MAC = 5;
const STATUS = 16;

/** Configuration space: the address, then the status. */
export const MAC_BYTES = 6;
const CONFIG_BYTES = 8;
const LINK_UP = 1;

/** struct virtio_net_hdr; num_buffers, its last field, is there since version 1. */
const HEADER_BYTES = 12;
const LEGACY_HEADER_BYTES = 10;
const NUM_BUFFERS = 10;
/** Ethernet frames without their check sequence: header, and header with VLAN tag and 1500 bytes. */
const MIN_FRAME = 14;
const MAX_FRAME = 1518;
const isFrame = (bytes: number): boolean => bytes >= MIN_FRAME && bytes <= MAX_FRAME;
/** Frames that wait for buffers of the driver; more are dropped. */
const MAX_WAITING = 256;

/** The whole state, plain JSON. */
export interface NetState {
  readonly mac: readonly number[];
  readonly waiting: readonly (readonly number[])[];
}

/** A network card that takes every frame. Frames go out at once, in their order; without a hub they go nowhere. */
export class Net implements DeviceModel, HubPort {
  readonly name = 'virtio-net';
  readonly deviceId = 1;
  readonly features = (1 << MAC) | (1 << STATUS);
  readonly queueSizes = [QUEUE_SIZE, QUEUE_SIZE];
  readonly config = new Uint8Array(CONFIG_BYTES);
  private readonly waiting: Uint8Array[] = [];
  private readonly bytes = new Uint8Array(HEADER_BYTES + MAX_FRAME);
  private transport!: Transport;

  /** `mac`: 6 bytes. */
  constructor(
    mac: Uint8Array,
    private readonly hub?: Hub,
  ) {
    this.config.set(mac);
    this.config[MAC_BYTES] = LINK_UP;
    hub?.join(this);
  }

  connect(transport: Transport): void {
    this.transport = transport;
  }

  receive(frame: Uint8Array): void {
    if (this.waiting.length >= MAX_WAITING || !isFrame(frame.length)) return;
    this.waiting.push(frame.slice());
    this.transport.kick(RECEIVE);
  }

  serve(index: number, queue: Virtqueue): void {
    if (index === TRANSMIT) this.transmit(queue);
    else this.deliver(queue);
  }

  private get headerBytes(): number {
    return this.transport.has(F_VERSION_1) ? HEADER_BYTES : LEGACY_HEADER_BYTES;
  }

  private deliver(queue: Virtqueue): void {
    while (this.waiting.length > 0) {
      const chain = queue.pop();
      if (chain === undefined) return;
      const frame = this.waiting.shift() as Uint8Array;
      const { headerBytes } = this;
      const packet = this.bytes.subarray(0, headerBytes + frame.length);
      packet.fill(0, 0, headerBytes);
      if (headerBytes === HEADER_BYTES) packet[NUM_BUFFERS] = 1;
      packet.set(frame, headerBytes);
      // A buffer that is too small loses the frame (5.1.6.3.1 asks for 1526 bytes).
      queue.push(chain, chain.writable.write(packet) ? packet.length : 0);
    }
  }

  private transmit(queue: Virtqueue): void {
    for (let chain = queue.pop(); chain !== undefined; chain = queue.pop()) {
      const { readable } = chain;
      const length = readable.left - this.headerBytes;
      if (isFrame(length)) {
        readable.skip(this.headerBytes);
        const frame = this.bytes.subarray(0, length);
        if (readable.read(frame)) this.hub?.send(this, frame);
      }
      queue.push(chain, 0);
    }
  }

  reset(): void {
    this.waiting.length = 0;
  }

  /** A copy of the state. */
  state(): NetState {
    return { mac: [...this.config.subarray(0, MAC_BYTES)], waiting: this.waiting.map((frame) => [...frame]) };
  }

  /** Makes a card from a `state()`. */
  static fromState({ mac, waiting }: NetState, hub?: Hub): Net {
    const net = new Net(Uint8Array.from(mac), hub);
    for (const frame of waiting) net.waiting.push(Uint8Array.from(frame));
    return net;
  }
}
