/** A disk whose changes are kept in memory and given up with it (`-snapshot`). */

import type { Storage } from './storage.ts';

const BLOCK = 4096;
/** Bytes of changes at the most; beyond them the disk counts as full. */
const MAX_CHANGED = 2 ** 30;

export class SnapshotStorage implements Storage {
  readonly isReadOnly = false;
  /** Changed blocks by number. */
  private readonly changed = new Map<number, Uint8Array>();

  constructor(
    private readonly base: Storage,
    private readonly maxChanged = MAX_CHANGED,
  ) {}

  get bytes(): number {
    return this.base.bytes;
  }

  read(position: number, into: Uint8Array): boolean {
    return pieces(position, into, (number, from, piece) => {
      const block = this.changed.get(number);
      if (block === undefined) return this.base.read(number * BLOCK + from, piece);
      piece.set(block.subarray(from, from + piece.length));
      return true;
    });
  }

  write(position: number, bytes: Uint8Array): boolean {
    return pieces(position, bytes, (number, from, piece) => {
      const block = this.changed.get(number) ?? this.take(number);
      block?.set(piece, from);
      return block !== undefined;
    });
  }

  flush(): boolean {
    return true;
  }

  /** Copies a block of the base, to be changed; undefined when there is no room or it cannot be read. */
  private take(number: number): Uint8Array | undefined {
    if ((this.changed.size + 1) * BLOCK > this.maxChanged) return undefined;
    const block = new Uint8Array(BLOCK);
    const inBase = Math.min(BLOCK, this.bytes - number * BLOCK);
    if (!this.base.read(number * BLOCK, block.subarray(0, inBase))) return undefined;
    this.changed.set(number, block);
    return block;
  }
}

/** Goes through a range block by block, until one fails: its number, where in it the piece begins, and the piece. */
function pieces(
  position: number,
  bytes: Uint8Array,
  act: (number: number, from: number, piece: Uint8Array) => boolean,
): boolean {
  for (let done = 0; done < bytes.length; ) {
    const from = (position + done) % BLOCK;
    const count = Math.min(BLOCK - from, bytes.length - done);
    if (!act(Math.floor((position + done) / BLOCK), from, bytes.subarray(done, done + count))) return false;
    done += count;
  }
  return true;
}
