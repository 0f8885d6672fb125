/** Semihosting's console: characters, strings, and the file `:tt` behind handles. */

import { type Va, va } from './addresses.ts';
import { ERRNO, type SemihostingGuest } from './semihosting-ports.ts';

/** What a handle of the console does. */
export type Stream = 'input' | 'output';

const MAX_HANDLES = 16;
/** Bytes that one call moves at most: SYS_WRITE tells the guest what is left, SYS_WRITE0 stops. */
const MAX_TRANSFER = 0x1_0000;
/** Strings are read in aligned pieces of this size, so that no piece enters a page before the string does. */
const PIECE = 64;
/** ":tt", zero-terminated. */
const CONSOLE_NAME = [0x3a, 0x74, 0x74, 0];
/** SYS_OPEN modes: 0 to 3 are fopen's r, 4 to 7 w, 8 to 11 a. */
const LAST_READ_MODE = 3n;
const LAST_MODE = 11n;

/** The calls that move bytes; each takes X1 and gives X0. */
export class SemihostingConsole {
  /** Open handles. */
  readonly handles = new Map<number, Stream>();

  constructor(private readonly guest: SemihostingGuest) {}

  /** SYS_OPEN: the console is the only file. */
  open(at: Va): bigint {
    const block = this.guest.words(at, 3);
    if (block === undefined) return this.guest.fail(ERRNO.EFAULT);
    const [nameAt, mode, length] = block;
    if (mode > LAST_MODE) return this.guest.fail(ERRNO.EINVAL);
    if (length !== BigInt(CONSOLE_NAME.length - 1)) return this.guest.fail(ERRNO.ENOENT);
    const name = this.guest.ports.readBytes(va(nameAt), CONSOLE_NAME.length);
    if (name === undefined) return this.guest.fail(ERRNO.EFAULT);
    if (!CONSOLE_NAME.every((byte, i) => name[i] === byte)) return this.guest.fail(ERRNO.ENOENT);
    for (let handle = 1; handle <= MAX_HANDLES; handle++) {
      if (this.handles.has(handle)) continue;
      this.handles.set(handle, mode <= LAST_READ_MODE ? 'input' : 'output');
      return BigInt(handle);
    }
    return this.guest.fail(ERRNO.EMFILE);
  }

  /** SYS_CLOSE. */
  close(at: Va): bigint {
    return this.withHandle(at, (handle) => {
      this.handles.delete(handle);
      return 0n;
    });
  }

  /** SYS_ISTTY. */
  isTerminal(at: Va): bigint {
    return this.withHandle(at, () => 1n);
  }

  /** SYS_FLEN: a console has no length. */
  fileLength(at: Va): bigint {
    return this.withHandle(at, () => this.guest.fail(ERRNO.EINVAL));
  }

  /** SYS_WRITEC. */
  writeCharacter(at: Va): bigint {
    const byte = this.guest.ports.readBytes(at, 1);
    if (byte === undefined) return this.guest.fail(ERRNO.EFAULT);
    this.guest.ports.console(byte);
    return 0n;
  }

  /** SYS_WRITE0. */
  writeString(at: Va): bigint {
    for (let done = 0; done < MAX_TRANSFER; ) {
      const from = va(at + BigInt(done));
      const piece = this.guest.ports.readBytes(from, PIECE - Number(from % BigInt(PIECE)));
      if (piece === undefined) return this.guest.fail(ERRNO.EFAULT);
      const end = piece.indexOf(0);
      if (end !== 0) this.guest.ports.console(end < 0 ? piece : piece.subarray(0, end));
      if (end >= 0) return 0n;
      done += piece.length;
    }
    return this.guest.fail(ERRNO.EINVAL);
  }

  /** SYS_WRITE: gives the number of bytes that were not written. */
  write(at: Va): bigint {
    const block = this.guest.words(at, 3);
    if (block === undefined) return this.guest.fail(ERRNO.EFAULT);
    const [handle, from, length] = block;
    const left = (errno: number): bigint => {
      this.guest.errno = errno;
      return length;
    };
    if (this.handles.get(Number(handle)) !== 'output') return left(ERRNO.EBADF);
    const count = Math.min(Number(length), MAX_TRANSFER);
    const bytes = this.guest.ports.readBytes(va(from), count);
    if (bytes === undefined) return left(ERRNO.EFAULT);
    if (count > 0) this.guest.ports.console(bytes);
    return length - BigInt(count);
  }

  /** SYS_READ: gives the number of bytes that were not read; the console's input is at its end, so all of them. */
  readToEnd(at: Va): bigint {
    const block = this.guest.words(at, 3);
    if (block === undefined) return this.guest.fail(ERRNO.EFAULT);
    return this.handles.get(Number(block[0])) === 'input' ? block[2] : this.guest.fail(ERRNO.EBADF);
  }

  /** Runs a call whose block begins with a handle. */
  private withHandle(at: Va, action: (handle: number) => bigint): bigint {
    const block = this.guest.words(at, 1);
    if (block === undefined) return this.guest.fail(ERRNO.EFAULT);
    const handle = Number(block[0]);
    return this.handles.has(handle) ? action(handle) : this.guest.fail(ERRNO.EBADF);
  }
}
