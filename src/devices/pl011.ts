/** PL011 UART (DDI 0183), revision r1p4 as on QEMU's `virt`: 16-byte FIFOs, transmission instant. */

import type { Device } from './device.ts';
import { Pl011Receiver, type ReceiverState } from './pl011-receiver.ts';
import {
  CR_LBE,
  CR_TXE,
  CR_UARTEN,
  DR,
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
  MIS,
  RIS,
  RSR,
  RSR_OE,
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
export interface Pl011State extends ReceiverState {
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
  private readonly registers = resetRegisters();
  private readonly receiver = new Pl011Receiver(this.registers);
  private ris = 0;
  private level = false;

  constructor(private readonly ports: Pl011Ports) {}

  /** Hands host input to the UART. The receive time-out that ends each delivery is instant. */
  receive(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const before = this.receiver.received;
    this.receiver.push(bytes);
    if (this.receiver.received > before) this.arrived();
  }

  /** The guest has asked for an interrupt when input arrives. */
  get interruptsOnInput(): boolean {
    return (this.registers.imsc & (INT_RX | INT_RT)) !== 0;
  }

  /** Takes up to `count` bytes of input as reads of UARTDR do, for another reader of the same console. */
  take(count: number): Uint8Array {
    return Uint8Array.from({ length: Math.min(count, this.receiver.length) }, () => this.readData() & 0xff);
  }

  read(offset: number, size: 1 | 2 | 4): number {
    return this.readRegister(offset) & SIZE_MASK[size];
  }

  private readRegister(offset: number): number {
    switch (offset) {
      case DR:
        return this.readData();
      case RSR:
        return this.receiver.overrun ? RSR_OE : 0;
      case FR:
        return FR_TXFE | (this.receiver.length === 0 ? FR_RXFE : 0) | (this.receiver.isFull ? FR_RXFF : 0);
      case RIS:
        return this.ris;
      case MIS:
        return this.ris & this.registers.imsc;
    }
    const stored = STORED_AT.get(offset);
    if (stored !== undefined) return this.registers[stored.name];
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
    if (offset === DR) return this.transmit(value & 0xff);
    const stored = STORED_AT.get(offset);
    if (stored !== undefined) {
      const before = this.receiver.received;
      this.registers[stored.name] = value & stored.mask;
      if (this.receiver.received > before) this.arrived();
    } else if (offset === RSR) {
      this.receiver.overrun = false;
    } else if (offset === ICR) {
      this.ris &= ~value;
    } else {
      this.ports.onGuestError(`pl011: write of offset 0x${offset.toString(16)}, where no writable register is`);
    }
  }

  /** As after power-on; host input that nobody has read arrives again. */
  reset(): void {
    Object.assign(this.registers, resetRegisters());
    this.receiver.reset();
    this.ris = 0;
    if (this.receiver.received > 0) this.arrived();
    else this.update();
  }

  /** A copy of the state. */
  state(): Pl011State {
    return { ...this.receiver.state(), registers: { ...this.registers }, ris: this.ris };
  }

  /** Makes a UART from a `state()`; drives `irq` if the line is high. */
  static fromState(state: Pl011State, ports: Pl011Ports): Pl011 {
    const uart = new Pl011(ports);
    uart.receiver.restore(state);
    Object.assign(uart.registers, state.registers);
    uart.ris = state.ris;
    uart.update();
    return uart;
  }

  private arrived(): void {
    this.ris |= INT_RT | (this.receiver.isAtTrigger ? INT_RX : 0);
    this.update();
  }

  private readData(): number {
    const { receiver } = this;
    const wasWaiting = receiver.length > receiver.received;
    const data = receiver.shift();
    if (!receiver.isAtTrigger) this.ris &= ~INT_RX;
    if (receiver.length === 0) this.ris &= ~INT_RT;
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
    const wasFull = this.receiver.isFull;
    this.receiver.loopBack(byte);
    if (wasFull) this.ris |= INT_OE;
    else this.arrived();
  }

  private update(): void {
    const level = (this.ris & this.registers.imsc & INT_ALL) !== 0;
    if (level === this.level) return;
    this.level = level;
    this.ports.irq(level);
  }
}
