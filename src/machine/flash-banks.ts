/** Both banks of the board's NOR flash: in the map, with firmware or what a file holds. */

import { ImageError } from '../arch/image/image-error.ts';
import type { Bus } from '../devices/bus.ts';
import { Flash } from '../devices/flash/flash.ts';
import { Frames } from '../devices/frames.ts';
import type { Storage } from '../devices/virtio/storage.ts';
import { MachineError } from './machine-error.ts';
import { VIRT_MAP, type Window } from './virt-map.ts';

const CHUNK = 0x10_0000;
const WINDOWS: readonly Window[] = [VIRT_MAP.flash0, VIRT_MAP.flash1];

/** What keeps the contents of each bank; a bank that has nothing is empty, and forgets. */
export type FlashContents = readonly (Storage | undefined)[];

export class FlashBanks {
  private readonly memories: readonly Frames[];
  private readonly banks: readonly Flash[];

  /** Throws MachineError for contents that cannot be a bank's. */
  constructor(
    private readonly bus: Bus,
    contents: FlashContents,
    onGuestError: (text: string) => void,
  ) {
    this.memories = WINDOWS.map(({ size }) => new Frames(bus.memory, size));
    this.banks = WINDOWS.map(({ base, size }, index) => {
      const kept = contents[index];
      const memory = this.memories[index];
      if (kept !== undefined) fill(memory, kept, index);
      bus.showRom(base, memory);
      const bank = new Flash(`flash${index}`, memory, kept?.isReadOnly === true, {
        show: (isShown) => (isShown ? bus.showRom(base, memory) : bus.hideRom(base)),
        keep: (offset, bytes) => kept === undefined || kept.write(offset, bytes),
        changed: (offset, bytes) => bus.onWrite(base + offset, bytes),
        onGuestError,
      });
      bus.addDevice(base, size, bank);
      return bank;
    });
  }

  /** Puts firmware at the beginning of the first bank. Throws ImageError when it does not fit. */
  load(firmware: Uint8Array): void {
    const { base, size } = VIRT_MAP.flash0;
    if (firmware.length === 0 || firmware.length > size) {
      throw new ImageError(`${firmware.length} bytes of firmware: give a file of up to ${size} bytes`, 'firmware');
    }
    this.memories[0].write(0, firmware);
    this.bus.onWrite(base, firmware.length);
  }

  /** As after power-on, with the same contents. */
  reset(): void {
    for (const bank of this.banks) bank.reset();
  }
}

function fill(memory: Frames, contents: Storage, index: number): void {
  if (contents.bytes !== memory.bytes) {
    throw new MachineError(`${contents.bytes} bytes for flash bank ${index}: give exactly ${memory.bytes}`);
  }
  const chunk = new Uint8Array(CHUNK);
  for (let offset = 0; offset < memory.bytes; offset += CHUNK) {
    if (!contents.read(offset, chunk)) throw new MachineError(`the contents of flash bank ${index} cannot be read`);
    memory.write(offset, chunk);
  }
}
