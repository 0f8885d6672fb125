/** What a machine or a VM may have on its virtio-mmio transports. */

import type { DeviceModel } from '../devices/virtio/model.ts';
import { TRANSPORTS } from '../devices/virtio/transports.ts';
import { MachineError } from './machine-error.ts';

export interface VirtioOptions {
  /** Devices on the virtio-mmio transports, the first on the last of them as on QEMU; at most 32. */
  readonly virtio?: readonly DeviceModel[] | undefined;
  /** The version of virtio-mmio: legacy (1), QEMU's default, or modern (2). */
  readonly virtioMmio?: 'legacy' | 'modern' | undefined;
  /**
   * Called when a notification has made devices move so many bytes: up to some 4 GiB within one instruction, so that who
   * has to answer in time may stop the run after it.
   */
  readonly onTransfer?: ((bytes: number) => void) | undefined;
}

/** The same with nothing left out. */
export interface VirtioParts {
  readonly models: readonly DeviceModel[];
  readonly isLegacy: boolean;
  readonly onTransfer: (bytes: number) => void;
}

/** Fills in what the options leave out. Throws MachineError when there are too many devices, or one is there twice. */
export function virtioParts({ virtio = [], virtioMmio = 'legacy', onTransfer = () => {} }: VirtioOptions): VirtioParts {
  if (virtio.length > TRANSPORTS) {
    throw new MachineError(`${virtio.length} virtio devices: the board has room for ${TRANSPORTS}`);
  }
  if (new Set(virtio).size < virtio.length) throw new MachineError('a virtio device can be on one transport only');
  return { models: virtio, isLegacy: virtioMmio === 'legacy', onTransfer };
}
