/** Reads the files of firmware and loaders, and makes of drives the contents of flash. */

import type { Storage } from '../../devices/virtio/storage.ts';
import type { Host } from '../../host/host.ts';
import type { FlashContents } from '../../machine/flash-banks.ts';
import type { Loader } from '../../machine/loaders.ts';
import { UsageError } from '../usage-error.ts';
import type { DriveSettings } from '../virtio/settings.ts';
import type { LoaderSettings } from './settings.ts';

const BANKS = 2;
const BANK_BYTES = 64 * 2 ** 20;

/** Reads a loader's file. Throws FileError. */
export function loaderOf(settings: LoaderSettings, host: Pick<Host, 'readFile'>): Loader {
  switch (settings.kind) {
    case 'file': {
      const { path, isRaw, address, cpu } = settings;
      return { kind: 'file', name: path, file: host.readFile(path), isRaw, address, cpu };
    }
    case 'value':
    case 'entry':
      return { name: '-device loader', ...settings };
    default: {
      const { kind, path, address, bootargs } = settings;
      return { kind, name: path, file: host.readFile(path), address, bootargs };
    }
  }
}

/** The contents of each bank; a drive without a unit has the next free one. Throws UsageError for drives that do not fit. */
export function flashOf(drives: readonly DriveSettings[], storageOf: (drive: DriveSettings) => Storage): FlashContents {
  const banks = new Array<Storage | undefined>(BANKS).fill(undefined);
  for (const drive of drives.filter((one) => one.interface === 'pflash')) {
    const { path, unit = banks.indexOf(undefined) } = drive;
    if (unit < 0 || unit >= BANKS)
      throw new UsageError(`-drive ${path}: there are two banks of flash, unit=0 and unit=1`);
    if (banks[unit] !== undefined) throw new UsageError(`-drive ${path}: another drive has if=pflash,unit=${unit}`);
    const storage = storageOf(drive);
    if (storage.bytes !== BANK_BYTES) {
      throw new UsageError(
        `${path}: a bank of flash has 64 MiB, the file ${storage.bytes} bytes; truncate -s 64M pads it`,
      );
    }
    banks[unit] = storage;
  }
  return banks;
}
