/** The block device (VIRTIO 1.2, 5.2): reads, writes, flushes and the identity of one disk. */

import type { Chain } from './buffers.ts';
import type { DeviceModel, Transport } from './model.ts';
import type { Storage } from './storage.ts';
import type { Virtqueue } from './virtqueue.ts';

const SECTOR = 512;
const QUEUE_SIZE = 256;

/** Feature bits. */
const SEG_MAX = 2;
const RO = 5;
const BLK_SIZE = 6;
const FLUSH = 9;

/** Configuration space. */
const CONFIG_BYTES = 24;
const CONFIG_SEG_MAX = 12;
const CONFIG_BLK_SIZE = 20;

/** Request types, less the barrier bit that legacy drivers may set. */
const T_IN = 0;
const T_OUT = 1;
const T_FLUSH = 4;
const T_GET_ID = 8;
const T_BARRIER = 0x8000_0000;
const HEADER_BYTES = 16;
const ID_BYTES = 20;

const S_OK = 0;
const S_IOERR = 1;
const S_UNSUPP = 2;

/** Bytes that are moved at a time. */
const PIECE = 0x1_0000;

/** The whole state, plain JSON; the disk's contents are the storage's. */
export interface BlockState {
  readonly serial: string;
}

/** A disk. Requests are finished in their order and at once; every other type of request is unsupported. */
export class Block implements DeviceModel {
  readonly name = 'virtio-blk';
  readonly deviceId = 2;
  readonly features: number;
  readonly queueSizes = [QUEUE_SIZE];
  readonly config = new Uint8Array(CONFIG_BYTES);
  private transport!: Transport;
  private readonly header = new Uint8Array(HEADER_BYTES);
  private readonly view = new DataView(this.header.buffer);
  private readonly status = new Uint8Array(1);
  private readonly piece = new Uint8Array(PIECE);

  /** `serial`: what GET_ID tells, its first 20 characters, ASCII. */
  constructor(
    private readonly storage: Storage,
    private readonly serial = '',
  ) {
    this.features = (1 << SEG_MAX) | (1 << BLK_SIZE) | (1 << FLUSH) | (storage.isReadOnly ? 1 << RO : 0);
    const view = new DataView(this.config.buffer);
    const sectors = storage.bytes / SECTOR;
    view.setUint32(0, sectors % 2 ** 32, true);
    view.setUint32(4, Math.floor(sectors / 2 ** 32), true);
    view.setUint32(CONFIG_SEG_MAX, QUEUE_SIZE - 2, true);
    view.setUint32(CONFIG_BLK_SIZE, SECTOR, true);
  }

  connect(transport: Transport): void {
    this.transport = transport;
  }

  serve(_index: number, queue: Virtqueue): void {
    for (let chain = queue.pop(); chain !== undefined; chain = queue.pop()) queue.push(chain, this.request(chain));
  }

  /** Carries a request out; returns the bytes written to its buffers, the status included. */
  private request({ readable, writable }: Chain): number {
    // Without a place for the status there is nothing to say and nobody to say it to.
    if (writable.left === 0) return 0;
    const room = writable.left - 1;
    const status = readable.read(this.header) ? this.perform(readable, writable, room) : S_IOERR;
    const written = room - (writable.left - 1);
    writable.skip(writable.left - 1);
    this.status[0] = status;
    if (!writable.write(this.status)) return 0;
    // The length counts what is written without a gap from the start (2.7.8.2).
    return written === room ? room + 1 : written;
  }

  private perform(readable: Chain['readable'], writable: Chain['writable'], room: number): number {
    const { view, storage } = this;
    const position = (view.getUint32(12, true) * 2 ** 32 + view.getUint32(8, true)) * SECTOR;
    switch ((view.getUint32(0, true) & ~T_BARRIER) >>> 0) {
      case T_IN:
        return this.isInside(position, room) ? this.read(position, room, writable) : S_IOERR;
      case T_OUT:
        if (storage.isReadOnly || !this.isInside(position, readable.left)) return S_IOERR;
        return this.write(position, readable);
      case T_FLUSH:
        return storage.flush() ? S_OK : S_IOERR;
      case T_GET_ID:
        return this.identify(writable, room);
      default:
        return S_UNSUPP;
    }
  }

  /** Whole sectors of the disk. */
  private isInside(position: number, count: number): boolean {
    return count % SECTOR === 0 && position + count <= this.storage.bytes;
  }

  private read(position: number, count: number, to: Chain['writable']): number {
    for (let done = 0; done < count; done += PIECE) {
      const piece = this.piece.subarray(0, Math.min(PIECE, count - done));
      if (!this.storage.read(position + done, piece) || !to.write(piece)) return S_IOERR;
    }
    return S_OK;
  }

  private write(position: number, from: Chain['readable']): number {
    for (let at = position; from.left > 0; ) {
      const piece = this.piece.subarray(0, Math.min(PIECE, from.left));
      if (!from.read(piece) || !this.storage.write(at, piece)) return S_IOERR;
      at += piece.length;
    }
    // Who cannot ask for a flush is told only of durable writes (5.2.6.2).
    return this.transport.has(FLUSH) || this.storage.flush() ? S_OK : S_IOERR;
  }

  private identify(to: Chain['writable'], room: number): number {
    const id = new Uint8Array(Math.min(ID_BYTES, room));
    for (let i = 0; i < id.length; i++) id[i] = this.serial.charCodeAt(i);
    return to.write(id) ? S_OK : S_IOERR;
  }

  /** A copy of the state. */
  state(): BlockState {
    return { serial: this.serial };
  }

  /** Makes a disk from a `state()` and the storage that it had. */
  static fromState({ serial }: BlockState, storage: Storage): Block {
    return new Block(storage, serial);
  }
}
