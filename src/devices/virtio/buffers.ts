/** The buffers of one descriptor chain, moved from front to back as if they were one. */

import type { Dma } from '../dma.ts';

/** Guest memory in pieces. */
export class Buffers {
  /** Bytes that are still to be moved. */
  left = 0;
  private readonly addresses: number[] = [];
  private readonly lengths: number[] = [];
  private piece = 0;
  private inPiece = 0;

  constructor(private readonly dma: Dma) {}

  /** Appends `length` bytes at a bus address. */
  add(address: number, length: number): void {
    if (length === 0) return;
    this.addresses.push(address);
    this.lengths.push(length);
    this.left += length;
  }

  /** Fills an array with the next bytes; false when there are fewer, or one is not RAM. */
  read(into: Uint8Array): boolean {
    return this.move(into.length, (address, from, to) => this.dma.read(address, into.subarray(from, to)));
  }

  /** Writes the next bytes; false when there is no room for all, or a byte is not RAM. */
  write(bytes: Uint8Array): boolean {
    return this.move(bytes.length, (address, from, to) => this.dma.write(address, bytes.subarray(from, to)));
  }

  /** Passes over bytes, at most those that are left. */
  skip(count: number): void {
    this.move(count, () => true);
  }

  private move(count: number, act: (address: number, from: number, to: number) => boolean): boolean {
    if (count > this.left) return false;
    for (let done = 0; done < count; ) {
      const length = Math.min(this.lengths[this.piece] - this.inPiece, count - done);
      if (!act(this.addresses[this.piece] + this.inPiece, done, done + length)) return false;
      done += length;
      this.left -= length;
      this.inPiece += length;
      if (this.inPiece < this.lengths[this.piece]) continue;
      this.piece++;
      this.inPiece = 0;
    }
    return true;
  }
}

/** What a driver has made available in one entry of a queue. */
export interface Chain {
  /** Index of its first descriptor, which names it when it is returned. */
  readonly head: number;
  /** From the driver to the device. */
  readonly readable: Buffers;
  /** From the device to the driver. */
  readonly writable: Buffers;
}
