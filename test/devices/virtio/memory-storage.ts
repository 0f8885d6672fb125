/** A disk in memory for tests, which can fail and tells what was asked of it. */

import type { Storage } from '../../../src/devices/virtio/storage.ts';

export class MemoryStorage implements Storage {
  readonly data: Uint8Array;
  isReadOnly = false;
  /** From which position on writes fail, as on a full disk. */
  fullFrom = Number.POSITIVE_INFINITY;
  /** Reads, writes and flushes fail. */
  isBroken = false;
  flushes = 0;
  /** Position and length of each write. */
  readonly writes: [number, number][] = [];

  constructor(readonly bytes: number) {
    this.data = Uint8Array.from({ length: bytes }, (_, i) => (i >>> 9) * 31 + i);
  }
  read(position: number, into: Uint8Array): boolean {
    this.check(position, into.length);
    if (this.isBroken) return false;
    into.set(this.data.subarray(position, position + into.length));
    return true;
  }
  write(position: number, bytes: Uint8Array): boolean {
    this.check(position, bytes.length);
    if (this.isReadOnly) throw new Error('a write to a read-only disk');
    if (this.isBroken || position + bytes.length > this.fullFrom) return false;
    this.writes.push([position, bytes.length]);
    this.data.set(bytes, position);
    return true;
  }
  flush(): boolean {
    this.flushes++;
    return !this.isBroken;
  }
  private check(position: number, length: number): void {
    if (!(position >= 0 && position + length <= this.bytes)) throw new Error(`outside the disk: ${position}+${length}`);
  }
}
