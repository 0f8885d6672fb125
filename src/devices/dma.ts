/** Guest memory as devices that master the bus reach it. */

import type { Bus } from './bus.ts';

/** Addresses are the ones that the guest gives to devices: PAs on a machine, IPAs in a VM; any number is allowed. */
export interface Dma {
  /** Fills an array; false when a byte is not RAM, and what the array then holds means nothing. */
  read(address: number, into: Uint8Array): boolean;
  /** Writes all bytes; false, and writes none, when one of them is not RAM that can be written. */
  write(address: number, bytes: Uint8Array): boolean;
}

/** The RAM of a machine; engines hear of each write (law 8). */
export const busDma = (bus: Bus): Dma => ({
  read: (address, into) => bus.copyOut(address, into),
  write: (address, bytes) => bus.areWritable(address, bytes.length) && bus.writeBytes(address, bytes),
});
