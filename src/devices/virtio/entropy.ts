/** The entropy device (VIRTIO 1.2, 5.4). */

import type { DeviceModel } from './model.ts';
import { type RandomSource, SeededRandom } from './random.ts';
import type { Virtqueue } from './virtqueue.ts';

const QUEUE_SIZE = 8;
/** Bytes that a request is given at the most; a driver asks again for more. */
const MAX_REQUEST = 0x1000;

/** The whole state, plain JSON; empty where the bytes come from outside. */
export interface EntropyState {
  readonly random?: readonly number[];
}

export class Entropy implements DeviceModel {
  readonly name = 'virtio-rng';
  readonly deviceId = 4;
  readonly features = 0;
  readonly queueSizes = [QUEUE_SIZE];
  readonly config = new Uint8Array();
  private readonly bytes = new Uint8Array(MAX_REQUEST);

  constructor(private readonly source: RandomSource) {}

  /** Entropy has no use for its transport. */
  connect(): void {}

  serve(_index: number, queue: Virtqueue): void {
    for (let chain = queue.pop(); chain !== undefined; chain = queue.pop()) {
      const bytes = this.bytes.subarray(0, Math.min(MAX_REQUEST, chain.writable.left));
      this.source.generate(bytes);
      queue.push(chain, chain.writable.write(bytes) ? bytes.length : 0);
    }
  }

  /** A copy of the state. */
  state(): EntropyState {
    return this.source instanceof SeededRandom ? { random: this.source.state() } : {};
  }

  /** Makes a device from a `state()`; `source` gives its bytes where the state does not determine them. */
  static fromState({ random }: EntropyState, source: RandomSource): Entropy {
    return new Entropy(random === undefined ? source : SeededRandom.fromState(random));
  }
}
