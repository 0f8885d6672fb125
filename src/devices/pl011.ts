/** PL011 UART (DDI 0183), revision r1p4 as on QEMU's `virt`: 16-byte FIFOs, transmission instant. */

import type { Device } from './bus.ts';
import { InputQueue } from './input-queue.ts';
import {
  CR_LBE,
  CR_TXE,
  CR_UARTEN,
  DR,
  DR_OE,
  FIFO_DEPTH,
  FR,
  FR_RXFE,
  FR_RXFF,
  FR_TXFE,
  ICR,
  ID,
  ID_BYTES,
  INT_ALL,
  INT_OE,
  INT_RT,
  INT_RX,
  INT_TX,
  LCR_H_FEN,
  MIS,
  RIS,
  RSR,
  RSR_OE,
  RX_TRIGGER,
  STORED,
  STORED_AT,
  type StoredRegister,
} from './pl011-registers.ts';

const SIZE_MASK = { 1: 0xff, 2: 0xffff, 4: -1 } as const;

/** What the UART drives. */
export interface Pl011Ports {
  /** A byte that the guest sent. */
  onOutput(byte: number): void;
  /** UARTINTR, called when the level changes. */
  irq(level: boolean): void;
  /** An access that no correct driver makes, as one line. */
  onGuestError(text: string): void;
}

/** The whole state, plain JSON. */
export interface Pl011State {
  input: number[];
  overrun: boolean;
  dataOverrun: boolean;
  registers: Record<StoredRegister, number>;
  ris: number;
}

const resetRegisters = (): Record<StoredRegister, number> =>
  Object.fromEntries(Object.entries(STORED).map(([name, [, , reset]]) => [name, reset])) as Record<
    StoredRegister,
    number
  >;

/**
 * The device. Host input that the receive FIFO has no room for waits on the line; only the loop-back can overrun.
 * Data moves whatever CR enables, as on QEMU, so that guests which never enable the UART are heard.
 */
export class Pl011 implements Device {
  readonly name = 'pl011';
  private readonly input = new InputQueue();
  /** UARTRSR.OE: until written. */
  private overrun = false;
  /** UARTDR.OE: until a read makes room. */
  private dataOverrun = false;
  private readonly registers = resetRegisters();
  private ris = 0;
  private level = false;

  constructor(private readonly ports: Pl011Ports) {}

  /** Hands host input to the UART. The receive time-out that ends each delivery is instant. */
  receive(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const before = this.received;
    this.input.push(bytes);
    if (this.received > before) this.arrived();
  }

  /** The guest has asked for an interrupt when input arrives. */
  get interruptsOnInput(): boolean {
    return (this.registers.imsc & (INT_RX | INT_RT)) !== 0;
  }

  /** Takes up to `count` bytes of input as reads of UARTDR do, for another reader of the same console. */
  take(count: number): Uint8Array {
    return Uint8Array.from({ length: Math.min(count, this.input.length) }, () => this.readData() & 0xff);
  }

  read(offset: number, size: 1 | 2 | 4): number {
    return this.readRegister(offset) & SIZE_MASK[size];
  }

  private readRegister(offset: number): number {
    const stored = STORED_AT.get(offset);
    if (stored !== undefined) return this.registers[stored.name];
    switch (offset) {
      case DR:
        return this.readData();
      case RSR:
        return this.overrun ? RSR_OE : 0;
      case FR:
        return FR_TXFE | (this.input.length === 0 ? FR_RXFE : 0) | (this.input.length >= this.depth ? FR_RXFF : 0);
      case RIS:
        return this.ris;
      case MIS:
        return this.ris & this.registers.imsc;
    }
    const id = (offset - ID) / 4;
    if (id >= 0 && id < ID_BYTES.length && Number.isInteger(id)) return ID_BYTES[id];
    this.ports.onGuestError(`pl011: read of offset 0x${offset.toString(16)}, where no readable register is`);
    return 0;
  }

  write(offset: number, size: 1 | 2 | 4, value: number): void {
    this.writeRegister(offset, value & SIZE_MASK[size]);
    this.update();
  }

  private writeRegister(offset: number, value: number): void {
    const stored = STORED_AT.get(offset);
    if (stored !== undefined) {
      const before = this.received;
      this.registers[stored.name] = value & stored.mask;
      if (this.received > before) this.arrived();
    } else if (offset === DR) {
      this.transmit(value & 0xff);
    } else if (offset === RSR) {
      this.overrun = false;
    } else if (offset === ICR) {
      this.ris &= ~value;
    } else {
      this.ports.onGuestError(`pl011: write of offset 0x${offset.toString(16)}, where no writable register is`);
    }
  }

  /** As after power-on; host input that nobody has read arrives again. */
  reset(): void {
    Object.assign(this.registers, resetRegisters());
    this.overrun = false;
    this.dataOverrun = false;
    this.ris = 0;
    if (this.received > 0) this.arrived();
    else this.update();
  }

  /** A copy of the state. */
  state(): Pl011State {
    return {
      input: this.input.toArray(),
      overrun: this.overrun,
      dataOverrun: this.dataOverrun,
      registers: { ...this.registers },
      ris: this.ris,
    };
  }

  /** Makes a UART from a `state()`; drives `irq` if the line is high. */
  static fromState(state: Pl011State, ports: Pl011Ports): Pl011 {
    const uart = new Pl011(ports);
    uart.input.push(Uint8Array.from(state.input));
    uart.overrun = state.overrun;
    uart.dataOverrun = state.dataOverrun;
    Object.assign(uart.registers, state.registers);
    uart.ris = state.ris;
    uart.update();
    return uart;
  }

  private get depth(): number {
    return (this.registers.lcrH & LCR_H_FEN) === 0 ? 1 : FIFO_DEPTH;
  }

  /** Bytes in the receive FIFO; the rest of the input is not in the UART yet. */
  private get received(): number {
    return Math.min(this.input.length, this.depth);
  }

  private get isAtTrigger(): boolean {
    return this.received >= (this.depth === 1 ? 1 : RX_TRIGGER[(this.registers.ifls >>> 3) & 7]);
  }

  private arrived(): void {
    this.ris |= INT_RT | (this.isAtTrigger ? INT_RX : 0);
    this.update();
  }

  private readData(): number {
    const wasWaiting = this.input.length > this.depth;
    const data = this.input.shift() | (this.dataOverrun ? DR_OE : 0);
    this.dataOverrun = false;
    if (!this.isAtTrigger) this.ris &= ~INT_RX;
    if (this.input.length === 0) this.ris &= ~INT_RT;
    if (wasWaiting) this.arrived();
    else this.update();
    return data;
  }

  private transmit(byte: number): void {
    const cr = this.registers.cr;
    if ((cr & CR_UARTEN) === 0 || (cr & CR_TXE) === 0) {
      this.ports.onGuestError('pl011: data written while UARTCR disables the transmitter');
    }
    if ((cr & CR_LBE) === 0) this.ports.onOutput(byte);
    else this.loopBack(byte);
    this.ris |= INT_TX;
  }

  private loopBack(byte: number): void {
    if (this.input.length >= this.depth) {
      this.overrun = true;
      this.dataOverrun = true;
      this.ris |= INT_OE;
    } else {
      this.input.push(Uint8Array.of(byte));
      this.arrived();
    }
  }

  private update(): void {
    const level = (this.ris & this.registers.imsc & INT_ALL) !== 0;
    if (level === this.level) return;
    this.level = level;
    this.ports.irq(level);
  }
}
