/** Files packed by gzip. */

import { gunzipSync } from 'node:zlib';
import { FileError } from './files.ts';

/** Whether bytes begin as gzip's do (RFC 1952, 2.3.1: ID1, ID2, CM = deflate). */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08;

const REASONS: Readonly<Record<string, string>> = {
  Z_BUF_ERROR: 'truncated gzip file; copy or pack it again',
  Z_DATA_ERROR: 'damaged gzip file; copy or pack it again',
};

/** What the bytes of the file `path` hold, at most `limit` bytes. Throws FileError. */
export function gunzip(path: string, bytes: Uint8Array, limit: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: limit });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw new FileError(`${path}: gzip file of more than ${limit} bytes; give more memory with -m`);
    }
    if (!Object.hasOwn(REASONS, code)) throw error;
    throw new FileError(`${path}: ${REASONS[code]}`);
  }
}
