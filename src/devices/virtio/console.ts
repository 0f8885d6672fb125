/** The console device (VIRTIO 1.2, 5.3) with its single port. */

import { InputQueue } from '../input-queue.ts';
import type { DeviceModel, Transport } from './model.ts';
import type { Virtqueue } from './virtqueue.ts';

const RECEIVE = 0;
const TRANSMIT = 1;
const QUEUE_SIZE = 128;
/** Bytes moved at a time. */
const PIECE = 0x1000;
/** Bytes of output that one chain may have; the rest is dropped. */
const MAX_OUTPUT = 0x10_0000;

export interface VirtioConsolePorts {
  /** Bytes that the guest sent; the array is used again afterwards. */
  onOutput(bytes: Uint8Array): void;
}

/** The whole state, plain JSON. */
export interface VirtioConsoleState {
  readonly input: readonly number[];
}

/** The device. Input that the driver has no buffers for waits; output is instant. */
export class VirtioConsole implements DeviceModel {
  readonly name = 'virtio-console';
  readonly deviceId = 3;
  readonly features = 0;
  readonly queueSizes = [QUEUE_SIZE, QUEUE_SIZE];
  /** cols, rows, max_nr_ports, emerg_wr: no feature makes any of them valid. */
  readonly config = new Uint8Array(12);
  private readonly input = new InputQueue();
  private readonly piece = new Uint8Array(PIECE);
  private transport!: Transport;

  constructor(private readonly ports: VirtioConsolePorts) {}

  connect(transport: Transport): void {
    this.transport = transport;
  }

  /** Types on the console. */
  receive(bytes: Uint8Array): void {
    this.input.push(bytes);
    this.transport.kick(RECEIVE);
  }

  serve(index: number, queue: Virtqueue): void {
    if (index === TRANSMIT) this.transmit(queue);
    else this.deliver(queue);
  }

  private deliver(queue: Virtqueue): void {
    while (this.input.length > 0) {
      const chain = queue.pop();
      if (chain === undefined) return;
      const bytes = this.piece.subarray(0, Math.min(PIECE, chain.writable.left, this.input.length));
      for (let i = 0; i < bytes.length; i++) bytes[i] = this.input.shift();
      queue.push(chain, chain.writable.write(bytes) ? bytes.length : 0);
    }
  }

  private transmit(queue: Virtqueue): void {
    for (let chain = queue.pop(); chain !== undefined; chain = queue.pop()) {
      const { readable } = chain;
      for (let left = Math.min(readable.left, MAX_OUTPUT); left > 0; ) {
        const bytes = this.piece.subarray(0, Math.min(PIECE, left));
        if (!readable.read(bytes)) break;
        this.ports.onOutput(bytes);
        left -= bytes.length;
      }
      queue.push(chain, 0);
    }
  }

  /** A copy of the state. */
  state(): VirtioConsoleState {
    return { input: this.input.toArray() };
  }

  /** Makes a console from a `state()`. */
  static fromState({ input }: VirtioConsoleState, ports: VirtioConsolePorts): VirtioConsole {
    const console = new VirtioConsole(ports);
    console.input.push(Uint8Array.from(input));
    return console;
  }
}
