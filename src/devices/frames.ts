/** Frames: the 4 KiB pieces of guest memory, which appear at first touch, and the tables that find them. */

import type { HostMemory } from '../arch/host-memory.ts';

export const FRAME_SHIFT = 12;
export const FRAME_BYTES = 1 << FRAME_SHIFT;
const TABLE_SHIFT = 22;
const TABLE_FRAMES = 1 << (TABLE_SHIFT - FRAME_SHIFT);
/** Bytes of guest memory that a table covers. */
export const TABLE_BYTES = 1 << TABLE_SHIFT;

/** Linear-memory offsets of frames, 0 where there is none yet. */
export type FrameTable = Uint32Array;

export const newTable = (): FrameTable => new Uint32Array(TABLE_FRAMES);

/** Number of the table of an address, which has at most 52 bits; and of one that is given as its halves. */
export const tableNumber = (address: number): number => (address / TABLE_BYTES) | 0;
export const tableNumberOf = (hi: number, lo: number): number => (hi << (32 - TABLE_SHIFT)) | (lo >>> TABLE_SHIFT);

/** Index of the frame of an address, of which the low half is enough, within its table. */
export const frameInTable = (address: number): number => (address >>> FRAME_SHIFT) & (TABLE_FRAMES - 1);

/** Offset of an address in its frame; `%` would be an operation on doubles. */
export const inFrame = (address: number): number => address & (FRAME_BYTES - 1);

/** Makes the frame of an address, filled with zeros; its offset in linear memory. */
export function makeFrame(memory: HostMemory, table: FrameTable, address: number): number {
  const at = memory.alloc(FRAME_BYTES, FRAME_BYTES);
  // The host then gives the page at once; after a read it would first map its page of zeros.
  memory.u32[at >>> 2] = 0;
  table[frameInTable(address)] = at;
  return at;
}

/** Memory by offsets from 0, of a device that shows it to the CPUs from time to time. */
export class Frames {
  readonly tables: readonly FrameTable[];

  /** `bytes`: a multiple of 4 MiB. */
  constructor(
    private readonly memory: HostMemory,
    readonly bytes: number,
  ) {
    this.tables = Array.from({ length: bytes / TABLE_BYTES }, newTable);
  }

  /** Copies out what begins at an offset. */
  read(offset: number, into: Uint8Array): void {
    this.pieces(offset, into.length, (at, within, from, to) => {
      if (at === 0) into.fill(0, from, to);
      else into.set(this.memory.u8.subarray(at + within, at + within + to - from), from);
    });
  }

  /** Copies bytes in. Zeros make no frame. */
  write(offset: number, bytes: Uint8Array): void {
    this.pieces(offset, bytes.length, (found, within, from, to) => {
      const piece = bytes.subarray(from, to);
      if (found === 0 && isZero(piece)) return;
      const at = found || makeFrame(this.memory, this.tables[tableNumber(offset + from)], offset + from);
      this.memory.u8.set(piece, at + within);
    });
  }

  /** Goes through a range frame by frame: offset of the frame, where in it the piece begins, and the piece's bounds. */
  private pieces(
    offset: number,
    length: number,
    act: (frame: number, within: number, from: number, to: number) => void,
  ): void {
    for (let done = 0; done < length; ) {
      const address = offset + done;
      const within = inFrame(address);
      const end = Math.min(done + FRAME_BYTES - within, length);
      act(this.tables[tableNumber(address)][frameInTable(address)], within, done, end);
      done = end;
    }
  }
}

function isZero(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}
