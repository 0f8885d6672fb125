/** Raw disk images: files whose bytes are those of a guest's disk. */

import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { attempt, FileError } from './files.ts';
import type { Disk } from './host.ts';

const SECTOR = 512;

/** Does something with an open file; false for what the operating system says against it, as on a full disk. */
function succeeds(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return false;
  }
}

/** Opens a file; its size, rounded up to whole sectors, is the disk's. Throws FileError. */
export function openDisk(path: string, isReadOnly: boolean): Disk {
  const access = isReadOnly ? constants.O_RDONLY : constants.O_RDWR;
  // Without O_NONBLOCK, opening a pipe waits for its other end.
  const file = attempt(path, () => openSync(path, access | constants.O_NONBLOCK));
  const stats = fstatSync(file);
  if (!stats.isFile()) {
    closeSync(file);
    throw new FileError(`${path}: it is no regular file; give a raw disk image`);
  }
  let isLost = false;
  return {
    bytes: Math.ceil(stats.size / SECTOR) * SECTOR,
    isReadOnly,
    identity: `${stats.dev}:${stats.ino}`,
    read: (position, into) =>
      succeeds(() => {
        let done = 0;
        for (let count = -1; count !== 0 && done < into.length; done += count) {
          count = readSync(file, into, done, into.length - done, position + done);
        }
        into.fill(0, done);
      }),
    write: (position, bytes) =>
      succeeds(() => {
        for (let done = 0; done < bytes.length; ) {
          done += writeSync(file, bytes, done, bytes.length - done, position + done);
        }
      }),
    flush: () => {
      // After a failure the system may have dropped what was to be written: no later success makes up for it.
      isLost ||= !succeeds(() => fsyncSync(file));
      return !isLost;
    },
    close: () => closeSync(file),
  };
}
