/** Where a legacy driver has put a virtqueue: in one piece, by the number of its first page (VIRTIO 1.2, 2.7.2, 4.2.4). */

import { DESC, DEVICE, DRIVER, type Virtqueue } from './virtqueue.ts';

/** The alignment that holds until the driver says another. */
const DEFAULT_ALIGN = 4096;

/** The whole state, plain JSON. */
export interface LegacyLayoutState {
  readonly pfn: number;
  readonly align: number;
}

export class LegacyLayout {
  /** QueuePFN. */
  pfn = 0;
  /** QueueAlign, in bytes: a power of 2. */
  align = DEFAULT_ALIGN;

  /** Hands a queue over at page `pfn` of `pageSize` bytes; page 0 takes it away. */
  place(queue: Virtqueue, pfn: number, pageSize: number): void {
    this.pfn = pfn;
    if (pfn === 0) {
      queue.reset();
      return;
    }
    const desc = pfn * pageSize;
    const driver = desc + 16 * queue.num;
    const device = Math.ceil((driver + 2 * (3 + queue.num)) / this.align) * this.align;
    setAddress(queue, DESC, desc);
    setAddress(queue, DRIVER, driver);
    setAddress(queue, DEVICE, device);
    queue.ready = true;
  }

  reset(): void {
    this.pfn = 0;
    this.align = DEFAULT_ALIGN;
  }

  /** A copy of the state. */
  state(): LegacyLayoutState {
    return { pfn: this.pfn, align: this.align };
  }

  /** Takes over a `state()`. */
  load({ pfn, align }: LegacyLayoutState): void {
    this.pfn = pfn;
    this.align = align;
  }
}

function setAddress({ addresses }: Virtqueue, which: number, address: number): void {
  addresses[which] = address % 2 ** 32;
  addresses[which + 1] = Math.floor(address / 2 ** 32);
}
