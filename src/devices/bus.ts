/** The physical address map: sparse RAM whose 4 KiB frames appear at first touch, and devices. */

import { joined } from '../arch/addresses.ts';
import type { HostMemory } from '../arch/host-memory.ts';
import type { Device } from './device.ts';
import { DeviceMap, type DeviceRegion } from './device-map.ts';
import {
  FRAME_BYTES,
  type Frames,
  type FrameTable,
  frameInTable,
  inFrame,
  makeFrame,
  newTable,
  TABLE_BYTES,
  tableNumber,
  tableNumberOf,
} from './frames.ts';

/** A window of an address space, in bytes, and what lies in it: `ram`, `rom` or a device's name. */
export interface MapWindow {
  readonly base: number;
  readonly size: number;
  readonly what: string;
}

interface RamRegion {
  base: number;
  size: number;
  readOnly: boolean;
}

/** Frame tables that are found without a look into the directory. */
const RECENT = 16;

/** RAM and devices by PA. `frame` is the door of the CPU's fast path; the rest serves walkers, DMA and loaders. */
export class Bus {
  readonly devices = new DeviceMap();
  private readonly rams: RamRegion[] = [];
  /** The one that `ramAt` found last: an access is seldom alone. */
  private lastRam: RamRegion | undefined;
  /** By PA divided by TABLE_BYTES; and the tables used last, by the low bits of that number. */
  private readonly directory = new Map<number, FrameTable>();
  private readonly recentNumbers = new Int32Array(RECENT).fill(-1);
  private readonly recentTables: (FrameTable | undefined)[] = new Array<undefined>(RECENT).fill(undefined);
  /** Frames in use. */
  frames = 0;
  /** Called with the PA and length of each write that did not come from a CPU's fast path (law 8). */
  onWrite: (pa: number, bytes: number) => void = () => {};
  /** Called when RAM is touched that `readableFrame` may have given this frame for: no one may go on reading it. */
  onZerosStale: (frame: number) => void = () => {};
  /** Called when memory has left the map: no one may go on using its frames. */
  onHidden: () => void = () => {};

  /** Offset of a frame of zeros that stands for all RAM that was never touched, and whether somebody may read it. */
  private readonly zeros: number;
  private areZerosShown = false;

  constructor(readonly memory: HostMemory) {
    this.zeros = memory.alloc(FRAME_BYTES, FRAME_BYTES);
  }

  /** Declares RAM at [base, base + size), in bytes, both multiples of 4 KiB. */
  addRam(base: number, size: number): void {
    this.rams.push({ base, size, readOnly: false });
  }

  /**
   * Puts the memory of a device into the map, at a multiple of 4 MiB: what is read there comes from its frames, and what is
   * written goes to the device.
   */
  showRom(base: number, { tables, bytes }: Frames): void {
    this.rams.push({ base, size: bytes, readOnly: true });
    for (const [index, table] of tables.entries()) this.directory.set(base / TABLE_BYTES + index, table);
    this.recentNumbers.fill(-1);
  }

  /** Takes it out again: all accesses go to the device. */
  hideRom(base: number): void {
    const index = this.rams.findIndex((ram) => ram.base === base);
    const [{ size }] = this.rams.splice(index, 1);
    this.lastRam = undefined;
    for (let at = base; at < base + size; at += TABLE_BYTES) this.directory.delete(at / TABLE_BYTES);
    this.recentNumbers.fill(-1);
    this.onHidden();
  }

  /** Puts a device at [base, base + size), in bytes. Memory that it shows (`showRom`) must be in the map already. */
  addDevice(base: number, size: number, device: Device): void {
    this.devices.add({ base, size, device, isMemoryToo: this.isRam(base) });
  }

  /** The whole map, ascending by PA. */
  windows(): MapWindow[] {
    const plain = this.rams.filter(({ base }) => this.deviceAt(base) === undefined);
    const rams = plain.map(({ base, size }) => ({ base, size, what: 'ram' }));
    const devices = this.devices.regions.map(({ base, size, device }) => ({ base, size, what: device.name }));
    return [...rams, ...devices].sort((a, b) => a.base - b.base);
  }

  isRam(pa: number): boolean {
    return this.ramAt(pa) !== undefined;
  }

  isWritable(pa: number): boolean {
    return this.ramAt(pa)?.readOnly === false;
  }

  /** Whether `length` bytes are all RAM that can be written. */
  areWritable(pa: number, length: number): boolean {
    for (let at = pa; at < pa + length; ) {
      const ram = this.ramAt(at);
      if (ram === undefined || ram.readOnly) return false;
      at = ram.base + ram.size;
    }
    return true;
  }

  private ramAt(pa: number): RamRegion | undefined {
    const last = this.lastRam;
    if (last !== undefined && pa >= last.base && pa < last.base + last.size) return last;
    for (const ram of this.rams) {
      if (pa < ram.base || pa >= ram.base + ram.size) continue;
      this.lastRam = ram;
      return ram;
    }
    return undefined;
  }

  /** Linear-memory offset of the 4 KiB frame at `pa` (its low 12 bits are ignored), made when absent; 0 if not RAM. */
  frame(pa: number): number {
    const found = this.peekFrame(pa);
    return found !== 0 ? found : this.makeFrame(pa);
  }

  /** Like `frame`, for a PA that is given as its halves. */
  frameAt(paHi: number, paLo: number): number {
    const found = this.findFrame(tableNumberOf(paHi, paLo), paLo);
    return found !== 0 ? found : this.makeFrame(joined(paHi, paLo));
  }

  /** Like `frame`, but makes none: 0 when the frame was never touched. */
  peekFrame(pa: number): number {
    return this.findFrame(tableNumber(pa), pa);
  }

  /** The frame of the PA with low half `lo` in a table; 0: none. */
  private findFrame(number: number, lo: number): number {
    const recent = number & (RECENT - 1);
    if (this.recentNumbers[recent] !== number) {
      this.recentNumbers[recent] = number;
      this.recentTables[recent] = this.directory.get(number);
    }
    const table = this.recentTables[recent];
    return table === undefined ? 0 : table[frameInTable(lo)];
  }

  /** Like `peekFrame`, but gives RAM that was never touched a frame to read from, until `onZerosStale` is called. */
  readableFrame(pa: number): number {
    const found = this.peekFrame(pa);
    if (found !== 0 || !this.isRam(pa)) return found;
    this.areZerosShown = true;
    return this.zeros;
  }

  private makeFrame(pa: number): number {
    if (!this.isRam(pa)) return 0;
    if (this.areZerosShown) {
      this.areZerosShown = false;
      this.onZerosStale(this.zeros);
    }
    const number = tableNumber(pa);
    let table = this.directory.get(number);
    if (table === undefined) {
      table = newTable();
      this.directory.set(number, table);
      this.recentTables[number & (RECENT - 1)] = table;
    }
    this.frames++;
    return makeFrame(this.memory, table, pa);
  }

  /** Fills all RAM that can be written with zeros; frames stay where they are. */
  clearRam(): void {
    for (const [number, table] of this.directory) {
      table.forEach((at, index) => {
        const pa = number * TABLE_BYTES + index * FRAME_BYTES;
        if (at !== 0 && this.isWritable(pa)) this.clear(pa, FRAME_BYTES);
      });
    }
  }

  /** Fills RAM that can be written with zeros. Frames that were never touched have them, and stay away. */
  clear(pa: number, length: number): void {
    for (let at = pa; at < pa + length; ) {
      const number = tableNumber(at);
      if (!this.directory.has(number)) {
        at = (number + 1) * TABLE_BYTES;
        continue;
      }
      const offset = inFrame(at);
      const count = Math.min(FRAME_BYTES - offset, pa + length - at);
      const frame = this.peekFrame(at);
      if (frame !== 0) {
        this.memory.u8.fill(0, frame + offset, frame + offset + count);
        this.onWrite(at, count);
      }
      at += count;
    }
  }

  /** The device at `pa` with its base, or undefined. */
  deviceAt(pa: number): DeviceRegion | undefined {
    return this.devices.at(pa);
  }

  /** Reads an aligned little-endian uint32 from RAM; undefined where there is none. */
  read32(pa: number): number | undefined {
    const frame = this.frame(pa);
    return frame === 0 ? undefined : this.memory.u32[(frame + inFrame(pa)) >>> 2];
  }

  /** Writes an aligned little-endian uint32 to RAM; false where there is none. */
  write32(pa: number, value: number): boolean {
    const frame = this.frame(pa);
    if (frame === 0) return false;
    this.memory.u32[(frame + inFrame(pa)) >>> 2] = value;
    this.onWrite(pa, 4);
    return true;
  }

  /** Copies RAM out, as loaders, semihosting and debuggers want it; undefined if a byte is not RAM. */
  readBytes(pa: number, length: number): Uint8Array | undefined {
    const out = new Uint8Array(length);
    return this.copyOut(pa, out) ? out : undefined;
  }

  /** Fills an array from RAM; false if a byte is not RAM, when the array may hold a part of the rest. */
  copyOut(pa: number, out: Uint8Array): boolean {
    for (let done = 0; done < out.length; ) {
      const offset = inFrame(pa + done);
      const count = Math.min(FRAME_BYTES - offset, out.length - done);
      if (!this.isRam(pa + done)) return false;
      const frame = this.peekFrame(pa + done);
      if (frame === 0) out.fill(0, done, done + count);
      else out.set(this.memory.u8.subarray(frame + offset, frame + offset + count), done);
      done += count;
    }
    return true;
  }

  /** Copies bytes into RAM, read-only regions included; false (and nothing is written) if a byte is not RAM. */
  writeBytes(pa: number, bytes: Uint8Array): boolean {
    for (let at = pa - inFrame(pa); at < pa + bytes.length; at += FRAME_BYTES) if (!this.isRam(at)) return false;
    for (let done = 0; done < bytes.length; ) {
      const offset = inFrame(pa + done);
      const count = Math.min(FRAME_BYTES - offset, bytes.length - done);
      const frame = this.frame(pa + done);
      this.memory.u8.set(bytes.subarray(done, done + count), frame + offset);
      done += count;
    }
    this.onWrite(pa, bytes.length);
    return true;
  }
}
