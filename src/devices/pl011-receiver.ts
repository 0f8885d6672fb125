/** The PL011's receive FIFO, and behind it the host input that waits on the line (DDI 0183, "Receive FIFO"). */

import { InputQueue } from './input-queue.ts';
import { DR_OE, FIFO_DEPTH, LCR_H_FEN, RX_TRIGGER } from './pl011-registers.ts';

/** The registers that it depends on. */
interface Control {
  readonly lcrH: number;
  readonly ifls: number;
}

/** Plain JSON. */
export interface ReceiverState {
  input: number[];
  overrun: boolean;
  dataOverrun: boolean;
}

export class Pl011Receiver {
  /** UARTRSR.OE: until written. */
  overrun = false;
  /** UARTDR.OE: until a read makes room. */
  private dataOverrun = false;
  private readonly input = new InputQueue();

  constructor(private readonly control: Control) {}

  private get depth(): number {
    return (this.control.lcrH & LCR_H_FEN) === 0 ? 1 : FIFO_DEPTH;
  }

  /** Bytes of input, in the FIFO and on the line. */
  get length(): number {
    return this.input.length;
  }

  /** Bytes in the FIFO; the rest of the input is not in the UART yet. */
  get received(): number {
    return Math.min(this.input.length, this.depth);
  }

  get isFull(): boolean {
    return this.input.length >= this.depth;
  }

  /** The FIFO is as full as UARTIFLS asks. */
  get isAtTrigger(): boolean {
    return this.received >= (this.depth === 1 ? 1 : RX_TRIGGER[(this.control.ifls >>> 3) & 7]);
  }

  /** Host input, as much as there is: what the FIFO has no room for waits. */
  push(bytes: Uint8Array): void {
    this.input.push(bytes);
  }

  /** A byte of the loop-back, which cannot wait. */
  loopBack(byte: number): void {
    if (this.isFull) {
      this.overrun = true;
      this.dataOverrun = true;
    } else this.input.push(Uint8Array.of(byte));
  }

  /** UARTDR: the oldest byte, 0 if there is none, with OE. */
  shift(): number {
    const data = this.input.shift() | (this.dataOverrun ? DR_OE : 0);
    this.dataOverrun = false;
    return data;
  }

  /** As after power-on, but for the input. */
  reset(): void {
    this.overrun = false;
    this.dataOverrun = false;
  }

  /** A copy of the state. */
  state(): ReceiverState {
    return { input: this.input.toArray(), overrun: this.overrun, dataOverrun: this.dataOverrun };
  }

  /** Takes a `state()`; nothing has been received before. */
  restore({ input, overrun, dataOverrun }: ReceiverState): void {
    this.input.push(Uint8Array.from(input));
    this.overrun = overrun;
    this.dataOverrun = dataOverrun;
  }
}
