/** NOR flash with Intel's command set (JESD68.01, JEP137): two 16-bit chips side by side, as drivers use them, in lockstep. */

import type { Device } from '../device.ts';
import type { Frames } from '../frames.ts';
import { type ArrayPorts, FlashArray } from './array.ts';
import { BlockBuffer } from './block-buffer.ts';
import { COMMAND, READY, SEQUENCE_ERROR } from './commands.ts';
import { type ChipGeometry, QUERY_FIRST, queryTable } from './query.ts';

const CHIPS = 2;
/** Bytes that the chips have at one of their addresses. */
const BANK_BYTES = 4;
const CHIP_BLOCK_BYTES = 0x2_0000;
const CHIP_BUFFER_BYTES = 0x800;
/** Bytes of an erase block of both chips, and of what can be programmed at once. */
export const BLOCK_BYTES = CHIP_BLOCK_BYTES * CHIPS;
const BLOCK_WORDS = BLOCK_BYTES / BANK_BYTES;
/** Words of a chip that its buffer takes. */
const BUFFER_WORDS = CHIP_BUFFER_BYTES / (BANK_BYTES / CHIPS);
/** Manufacturer and device, at the chip's addresses 0 and 1. */
const IDENTITY = [0x89, 0x18];

export interface FlashPorts extends ArrayPorts {
  /** Reads go to the memory (true), or to the device: what is not shown is read through `read`. */
  show(isShown: boolean): void;
  /** What no correct driver does, as one line. */
  onGuestError(text: string): void;
}

type Reads = 'array' | 'status' | 'identity' | 'query';
/** What the next write is. */
type Step = 'command' | 'program' | 'erase' | 'lock' | 'count' | 'buffer' | 'confirm';

/** Plain JSON; what is in the memory is not in it. */
export interface FlashState {
  readonly reads: Reads;
  readonly step: Step;
  readonly status: number;
  readonly left: number;
  readonly buffer: readonly (readonly [offset: number, size: number, value: number])[];
}

/** The device. Programming and erasing take no time. */
export class Flash implements Device {
  private readonly array: FlashArray;
  private readonly query: readonly number[];
  private reads: Reads = 'array';
  private step: Step = 'command';
  private status = READY;
  /** Writes that the buffer still takes. */
  private left = 0;
  private buffer = new BlockBuffer();

  /** `memory` is a power of two; it is to be shown from the start. */
  constructor(
    readonly name: string,
    memory: Frames,
    isReadOnly: boolean,
    private readonly ports: FlashPorts,
  ) {
    this.array = new FlashArray(memory, isReadOnly, ports);
    const chip: ChipGeometry = {
      bytes: memory.bytes / CHIPS,
      blockBytes: CHIP_BLOCK_BYTES,
      bufferBytes: CHIP_BUFFER_BYTES,
    };
    this.query = queryTable(chip);
  }

  read(offset: number, size: 1 | 2 | 4): number {
    const word = Math.floor(offset / BANK_BYTES);
    if (this.reads === 'status') return lane(this.status, offset, size);
    if (this.reads === 'identity') return lane(IDENTITY[word % BLOCK_WORDS] ?? 0, offset, size);
    if (this.reads === 'query') return lane(this.query[word - QUERY_FIRST] ?? 0, offset, size);
    const bytes = new Uint8Array(BANK_BYTES);
    this.array.memory.read(offset, bytes.subarray(0, size));
    return new DataView(bytes.buffer).getUint32(0, true);
  }

  write(offset: number, size: 1 | 2 | 4, value: number): void {
    const command = value & 0xff;
    switch (this.step) {
      case 'command':
        this.command(command);
        break;
      case 'program':
        this.step = 'command';
        this.program(new BlockBuffer([[offset, size, value]]));
        break;
      case 'erase':
        if (this.isConfirmed(command)) this.status |= this.array.erase(offset - (offset % BLOCK_BYTES), BLOCK_BYTES);
        break;
      case 'lock':
        // There are no lock bits to set (see the query table).
        this.step = 'command';
        break;
      case 'count':
        this.left = (value & 0xffff) + 1;
        if (this.left > BUFFER_WORDS) this.fail(SEQUENCE_ERROR, `a buffer of ${this.left} words`);
        else this.step = 'buffer';
        break;
      case 'buffer':
        this.buffer.add(offset, size, value);
        if (--this.left === 0) this.step = 'confirm';
        break;
      case 'confirm':
        if (this.isConfirmed(command)) this.program(this.buffer);
        break;
    }
  }

  private command(command: number): void {
    switch (command) {
      case COMMAND.program:
      case COMMAND.programAlternate:
        return this.begin('program');
      case COMMAND.eraseBlock:
        return this.begin('erase');
      case COMMAND.lock:
        return this.begin('lock');
      case COMMAND.writeToBuffer:
        this.buffer = new BlockBuffer();
        return this.begin('count');
      case COMMAND.readStatus:
        return this.show('status');
      case COMMAND.readIdentity:
        return this.show('identity');
      case COMMAND.readQuery:
        return this.show('query');
      case COMMAND.clearStatus:
        this.status = READY;
        return this.show('array');
      case COMMAND.readArray:
      case COMMAND.reset:
        return this.show('array');
    }
    this.ports.onGuestError(`${this.name}: command 0x${command.toString(16)}, which there is not`);
    this.show('array');
  }

  private begin(step: Step): void {
    this.step = step;
    this.show('status');
  }

  private show(reads: Reads): void {
    if ((reads === 'array') !== (this.reads === 'array')) this.ports.show(reads === 'array');
    this.reads = reads;
  }

  /** Ends a sequence that a confirmation ends; false, and all is as before, when it is something else. */
  private isConfirmed(command: number): boolean {
    this.step = 'command';
    if (command === COMMAND.confirm) return true;
    this.fail(SEQUENCE_ERROR, `0x${command.toString(16)} in place of a confirmation`);
    return false;
  }

  private fail(bits: number, what: string): void {
    this.step = 'command';
    this.status |= bits;
    this.ports.onGuestError(`${this.name}: ${what}`);
  }

  private program(buffer: BlockBuffer): void {
    const { first, end } = buffer;
    if (Math.floor(first / BLOCK_BYTES) !== Math.floor((end - 1) / BLOCK_BYTES)) {
      return this.fail(SEQUENCE_ERROR, 'a buffer that belongs to several blocks');
    }
    this.status |= this.array.program(buffer);
  }

  /** As after power-on; the memory keeps its contents. */
  reset(): void {
    this.show('array');
    this.step = 'command';
    this.status = READY;
  }

  /** A copy of the state. */
  state(): FlashState {
    const { reads, step, status, left, buffer } = this;
    return { reads, step, status, left, buffer: buffer.writes };
  }

  /** Makes a flash from a `state()` and the same memory, which is to be shown at first. */
  static fromState(state: FlashState, ...made: ConstructorParameters<typeof Flash>): Flash {
    const flash = new Flash(...made);
    flash.show(state.reads);
    flash.step = state.step;
    flash.status = state.status;
    flash.left = state.left;
    flash.buffer = new BlockBuffer(state.buffer);
    return flash;
  }
}

/** What a read of some byte lanes sees when both chips answer with a value of 8 bits. */
function lane(value: number, offset: number, size: 1 | 2 | 4): number {
  const both = value | (value << 16);
  return (both >>> (8 * (offset % BANK_BYTES))) & (size === 4 ? -1 : (1 << (8 * size)) - 1);
}
