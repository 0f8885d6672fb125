/** What the chips hold: how it is erased and programmed, and who keeps it. */

import type { Frames } from '../frames.ts';
import type { BlockBuffer } from './block-buffer.ts';
import { ERASE_ERROR, PROGRAM_ERROR, PROTECTED } from './commands.ts';

export interface ArrayPorts {
  /** Keeps what was programmed or erased; false: it could not, and the memory stays as it was. */
  keep(offset: number, bytes: Uint8Array): boolean;
  /** The memory has changed. */
  changed(offset: number, bytes: number): void;
}

/** Operations return the bits of the status register that they set: 0 when all is well. */
export class FlashArray {
  constructor(
    readonly memory: Frames,
    private readonly isReadOnly: boolean,
    private readonly ports: ArrayPorts,
  ) {}

  /** Erases bytes, all of a block. */
  erase(offset: number, bytes: number): number {
    return this.store(offset, new Uint8Array(bytes).fill(0xff), ERASE_ERROR);
  }

  /** Bits can only be cleared. */
  program(buffer: BlockBuffer): number {
    const { first, end } = buffer;
    const bytes = new Uint8Array(end - first);
    this.memory.read(first, bytes);
    buffer.programInto(bytes);
    return this.store(first, bytes, PROGRAM_ERROR);
  }

  private store(offset: number, bytes: Uint8Array, error: number): number {
    if (this.isReadOnly) return error | PROTECTED;
    if (!this.ports.keep(offset, bytes)) return error;
    this.memory.write(offset, bytes);
    this.ports.changed(offset, bytes.length);
    return 0;
  }
}
