/** QEMU's firmware configuration device on MMIO (QEMU, docs/specs/fw_cfg.rst): items by key, byte by byte or by DMA. */

import type { Device } from '../device.ts';
import type { Dma } from '../dma.ts';
import type { FwCfgItems } from './items.ts';

/** Registers by offset, big-endian but for the data, which is a string of bytes. */
const DATA_END = 8;
const SELECTOR = 8;
const DMA_HIGH = 16;
const DMA_LOW = 20;
const REGISTERS_END = 24;
/** What the DMA register reads as: "QEMU CFG". */
const DMA_SIGNATURE = [0x51, 0x45, 0x4d, 0x55, 0x20, 0x43, 0x46, 0x47];

/** The control field of a DMA request. */
const ERROR = 1;
const READ = 2;
const SKIP = 4;
const SELECT = 8;
const WRITE = 16;
const REQUEST_BYTES = 16;
const CHUNK = 0x1_0000;

export interface FwCfgPorts {
  readonly dma: Dma;
  /** Writes zeros at a bus address; false, and writes none, when a byte is not RAM that can be written. */
  clear(address: number, length: number): boolean;
  /** Told when a request has moved so many bytes, or has tried to. */
  onMoved(bytes: number): void;
  /** What no correct driver does, as one line. */
  onGuestError(text: string): void;
}

/** Plain JSON; the items are not in it. */
export interface FwCfgState {
  readonly key: number;
  readonly position: number;
  readonly dmaHigh: number;
}

export class FwCfg implements Device {
  readonly name = 'fw_cfg';
  private key = 0;
  /** Of the next byte of the item; what is behind the end reads as zero. */
  private position = 0;
  /** High half of the address of a DMA request, until the low one comes. */
  private dmaHigh = 0;

  constructor(
    public items: FwCfgItems,
    private readonly ports: FwCfgPorts,
  ) {}

  read(offset: number, size: 1 | 2 | 4): number {
    if (offset < DATA_END) {
      const bytes = new Uint8Array(4);
      this.take(bytes.subarray(0, size));
      return new DataView(bytes.buffer).getUint32(0, true);
    }
    if (offset >= DMA_HIGH && offset < REGISTERS_END) {
      const bytes = DMA_SIGNATURE.slice(offset - DMA_HIGH, offset - DMA_HIGH + size);
      return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
    }
    this.ports.onGuestError(`fw_cfg: read of offset 0x${offset.toString(16)}, where no readable register is`);
    return 0;
  }

  write(offset: number, size: 1 | 2 | 4, value: number): void {
    if (offset === SELECTOR && size === 2) this.select(swap16(value));
    else if (offset === DMA_HIGH && size === 4) this.dmaHigh = swap32(value);
    else if (offset === DMA_LOW && size === 4) {
      const address = this.dmaHigh * 2 ** 32 + swap32(value);
      this.dmaHigh = 0;
      this.request(address);
    } else {
      this.ports.onGuestError(
        `fw_cfg: write of ${size} bytes at offset 0x${offset.toString(16)}, which it does not take`,
      );
    }
  }

  private select(key: number): void {
    this.key = key;
    this.position = 0;
  }

  /** Fills an array with the next bytes of the item. */
  private take(into: Uint8Array): void {
    const rest = this.items.get(this.key)?.subarray(this.position, this.position + into.length);
    into.fill(0);
    if (rest !== undefined) into.set(rest);
    this.position += into.length;
  }

  /** Serves the request at an address, and leaves 0 or ERROR in its control field when it is done. */
  private request(address: number): void {
    const { dma } = this.ports;
    const bytes = new Uint8Array(REQUEST_BYTES);
    if (!dma.read(address, bytes)) {
      this.ports.onGuestError(`fw_cfg: DMA request at 0x${address.toString(16)}, where no RAM is`);
      return;
    }
    const view = new DataView(bytes.buffer);
    const control = view.getUint32(0);
    if ((control & SELECT) !== 0) this.select(control >>> 16);
    const isDone = this.transfer(control, view.getUint32(4), view.getUint32(8) * 2 ** 32 + view.getUint32(12));
    if (!isDone) this.ports.onGuestError(`fw_cfg: DMA request at 0x${address.toString(16)} cannot be served`);
    dma.write(address, Uint8Array.of(0, 0, 0, isDone ? 0 : ERROR));
  }

  /** False when it could not be done, or in part only. */
  private transfer(control: number, length: number, address: number): boolean {
    if ((control & READ) !== 0) return this.copy(length, address);
    if ((control & SKIP) !== 0) this.position += length;
    // There is no item that can be written.
    return (control & (SKIP | WRITE)) !== WRITE;
  }

  /** Zeros behind the end of the item, of which there may be GiBs, are not copied. */
  private copy(length: number, address: number): boolean {
    const size = this.items.get(this.key)?.length ?? 0;
    const copied = Math.min(length, Math.max(size - this.position, 0));
    const isDone =
      this.copyItem(copied, address) && (length === copied || this.ports.clear(address + copied, length - copied));
    this.position += length - copied;
    this.ports.onMoved(isDone ? length : copied);
    return isDone;
  }

  private copyItem(length: number, address: number): boolean {
    const chunk = new Uint8Array(Math.min(length, CHUNK));
    for (let done = 0; done < length; done += CHUNK) {
      const piece = chunk.subarray(0, length - done);
      this.take(piece);
      if (!this.ports.dma.write(address + done, piece)) return false;
    }
    return true;
  }

  /** As after power-on. */
  reset(): void {
    this.select(0);
    this.dmaHigh = 0;
  }

  /** A copy of the state. */
  state(): FwCfgState {
    const { key, position, dmaHigh } = this;
    return { key, position, dmaHigh };
  }

  /** Makes the device from a `state()` and the same items. */
  static fromState(state: FwCfgState, items: FwCfgItems, ports: FwCfgPorts): FwCfg {
    const made = new FwCfg(items, ports);
    Object.assign(made, state);
    return made;
  }
}

const swap16 = (value: number): number => ((value & 0xff) << 8) | ((value >>> 8) & 0xff);
const swap32 = (value: number): number => swap16(value) * 0x1_0000 + swap16(value >>> 16);
