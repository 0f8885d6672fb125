/** Semihosting's calls on handles: open, close, read, write, seek, length. */

import { type Va, va } from './addresses.ts';
import { ERRNO, Failure } from './semihosting-errors.ts';
import { canRead, canWrite, type FileMode, type SemihostingFile } from './semihosting-files.ts';
import type { SemihostingGuest } from './semihosting-ports.ts';
import { openFile } from './semihosting-special.ts';

/** An open handle, less the file itself; plain JSON. */
export interface HandleState {
  readonly name: string;
  readonly mode: FileMode;
  /** Where the next read or write takes place. */
  position: number;
}

interface Handle extends HandleState {
  readonly file: SemihostingFile;
}

const MAX_HANDLES = 16;
/** Bytes that one call moves at most; SYS_READ and SYS_WRITE tell the guest what is left. */
const MAX_TRANSFER = 0x10_0000;
/** Positions beyond are refused: they stay exact numbers, and no file grows out of proportion. */
const MAX_POSITION = 2 ** 32;
/** SYS_OPEN modes. */
const MODES: readonly FileMode[] = ['r', 'r', 'r+', 'r+', 'w', 'w', 'w+', 'w+', 'a', 'a', 'a+', 'a+'];

/** The handles of one guest. Each call takes X1 and gives X0; undefined: it waits for console input. */
export class SemihostingHandles {
  private readonly open = new Map<number, Handle>();

  constructor(private readonly guest: SemihostingGuest) {}

  /** SYS_OPEN. */
  openFile(at: Va): bigint {
    const { guest } = this;
    const block = guest.words(at, 3);
    if (block === undefined) return guest.fail(ERRNO.EFAULT);
    const mode = MODES[Number(block[1])];
    if (mode === undefined) return guest.fail(ERRNO.EINVAL);
    const name = guest.name(block[0], block[2]);
    if (name instanceof Failure) return guest.fail(name.errno);
    let handle = 1;
    while (this.open.has(handle)) handle++;
    if (handle > MAX_HANDLES) return guest.fail(ERRNO.EMFILE);
    const file = openFile(guest.ports, name, mode);
    if (file instanceof Failure) return guest.fail(file.errno);
    this.open.set(handle, { name, mode, position: 0, file });
    return BigInt(handle);
  }

  /** SYS_CLOSE. */
  close(at: Va): bigint {
    return this.withHandle(at, ({ file }, handle) => {
      this.open.delete(handle);
      file.close();
      return 0n;
    });
  }

  /** SYS_ISTTY. */
  isTerminal(at: Va): bigint {
    return this.withHandle(at, ({ file }) => (file.isTerminal ? 1n : 0n));
  }

  /** SYS_FLEN. */
  fileLength(at: Va): bigint {
    return this.withHandle(at, ({ file }) => {
      const length = file.length();
      return length instanceof Failure ? this.guest.fail(length.errno) : BigInt(length);
    });
  }

  /** SYS_SEEK. */
  seek(at: Va): bigint {
    const block = this.guest.words(at, 2);
    if (block === undefined) return this.guest.fail(ERRNO.EFAULT);
    return this.withHandle(at, (handle) => {
      if (handle.file.isTerminal || block[1] > MAX_POSITION) return this.guest.fail(ERRNO.EINVAL);
      handle.position = Number(block[1]);
      return 0n;
    });
  }

  /** SYS_READ: gives the number of bytes that were not read. */
  read(at: Va): bigint | undefined {
    const { guest } = this;
    const block = guest.words(at, 3);
    if (block === undefined) return guest.fail(ERRNO.EFAULT);
    const [number, to, length] = block;
    const handle = this.open.get(Number(number));
    if (handle === undefined || !canRead(handle.mode)) return guest.fail(ERRNO.EBADF);
    if (length === 0n) return 0n;
    const bytes = handle.file.read(handle.position, transfer(length));
    if (bytes === undefined) return undefined;
    if (bytes instanceof Failure) return guest.fail(bytes.errno);
    if (!guest.ports.writeBytes(va(to), bytes)) return guest.fail(ERRNO.EFAULT);
    handle.position += bytes.length;
    return length - BigInt(bytes.length);
  }

  /** SYS_WRITE: gives the number of bytes that were not written. */
  write(at: Va): bigint {
    const { guest } = this;
    const block = guest.words(at, 3);
    if (block === undefined) return guest.fail(ERRNO.EFAULT);
    const [number, from, length] = block;
    const handle = this.open.get(Number(number));
    const bytes = guest.ports.readBytes(va(from), transfer(length));
    const done =
      handle === undefined || !canWrite(handle.mode)
        ? new Failure(ERRNO.EBADF)
        : bytes === undefined
          ? new Failure(ERRNO.EFAULT)
          : writeAt(handle, bytes);
    if (!(done instanceof Failure)) return length - BigInt(done);
    guest.errno = done.errno;
    return length;
  }

  /** Closes all. */
  closeAll(): void {
    for (const { file } of this.open.values()) file.close();
    this.open.clear();
  }

  /** A copy of the state, by handle. */
  state(): [number, HandleState][] {
    return [...this.open].map(([handle, { name, mode, position }]) => [handle, { name, mode, position }]);
  }

  /** Opens again what was open; a file that is gone leaves its handle closed. */
  restore(state: readonly [number, HandleState][]): void {
    for (const [handle, { name, mode, position }] of state) {
      const file = openFile(this.guest.ports, name, mode.startsWith('w') ? 'r+' : mode);
      if (!(file instanceof Failure)) this.open.set(handle, { name, mode, position, file });
    }
  }

  /** Runs a call whose block begins with a handle. */
  private withHandle(at: Va, action: (handle: Handle, number: number) => bigint): bigint {
    const block = this.guest.words(at, 1);
    if (block === undefined) return this.guest.fail(ERRNO.EFAULT);
    const number = Number(block[0]);
    const handle = this.open.get(number);
    return handle === undefined ? this.guest.fail(ERRNO.EBADF) : action(handle, number);
  }
}

/** Bytes that a call for `length` moves. */
const transfer = (length: bigint): number => Math.min(Number(length), MAX_TRANSFER);

/** Writes at the position, or at the end when the file was opened for that. */
function writeAt(handle: Handle, bytes: Uint8Array): number | Failure {
  const { file, mode } = handle;
  if (bytes.length === 0) return 0;
  const start = mode.startsWith('a') && !file.isTerminal ? file.length() : handle.position;
  if (start instanceof Failure) return start;
  if (!file.isTerminal && start + bytes.length > MAX_POSITION) return new Failure(ERRNO.EFBIG);
  const count = file.write(start, bytes);
  if (!(count instanceof Failure)) handle.position = start + count;
  return count;
}
