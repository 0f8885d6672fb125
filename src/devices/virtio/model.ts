/** What a kind of virtio device is to its transport, and the transport to it. */

import type { Virtqueue } from './virtqueue.ts';

/** The transport, as a device model sees it. */
export interface Transport {
  /** Whether the driver has accepted a feature, by the number of its bit. */
  has(feature: number): boolean;
  /** Lets the model serve one of its queues, now that it has something for the driver. */
  kick(queue: number): void;
}

export interface DeviceModel {
  readonly name: string;
  /** Device type (VIRTIO 1.2, 5). */
  readonly deviceId: number;
  /** Offered feature bits 0 to 23, those of the device type. */
  readonly features: number;
  /** Greatest size of each queue, powers of 2. */
  readonly queueSizes: readonly number[];
  /** The configuration space; drivers only read it. */
  readonly config: Uint8Array;
  /** Puts the device behind a transport, before anything else. */
  connect(transport: Transport): void;
  /** Takes chains from a queue and returns them; called when the driver has made some available. */
  serve(index: number, queue: Virtqueue): void;
  /** The driver has reset the device. */
  reset?(): void;
}
