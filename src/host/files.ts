/** Files by path, with errors that say in one line what is wrong with them. */

import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { OutputFile } from './host.ts';

/** A file that cannot be used; the message begins with its name. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EISDIR: 'it is a folder; give a file',
  ENOTDIR: 'a part of its path is not a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'it is on a read-only file system',
  ENOSPC: 'no space left on its device',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'too many symbolic links',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
};

/** Does something with a file. Throws FileError for what the operating system says against it. */
export function attempt<Result>(path: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new FileError(`${path}: ${REASONS[code] ?? `cannot be used (${code})`}`);
  }
}

/** Reads a whole file. Throws FileError. */
export function readFile(path: string): Uint8Array {
  return attempt(path, () => readFileSync(path));
}

/** Makes a file, or empties it. Throws FileError. */
export function createFile(path: string): OutputFile {
  const file = attempt(path, () => openSync(path, 'w'));
  return {
    write: (data) =>
      attempt(path, () => {
        const bytes = typeof data === 'string' ? Buffer.from(data) : data;
        for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
      }),
    close: () => closeSync(file),
  };
}
