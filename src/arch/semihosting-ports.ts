/** What semihosting calls use of the machine, and how they read and answer the guest. */

import { type Va, va } from './addresses.ts';
import { ERRNO, Failure } from './semihosting-errors.ts';
import type { SemihostingFiles } from './semihosting-files.ts';

/** What a call may use of the machine: the calling CPU's registers, memory as that CPU sees it, and the outside. */
export interface SemihostingPorts {
  /** Xn as uint32 halves. */
  reg(n: number): { hi: number; lo: number };
  setReg(n: number, hi: number, lo: number): void;
  /** Guest memory at a VA; undefined if a byte cannot be read. */
  readBytes(address: Va, length: number): Uint8Array | undefined;
  /** False if a byte cannot be written. */
  writeBytes(address: Va, bytes: Uint8Array): boolean;
  /** Bytes for the console, as the guest sent them. */
  console(bytes: Uint8Array): void;
  /** Takes 1 to `count` bytes that were typed; none when nothing will come any more, undefined while some still may. */
  typed(count: number): Uint8Array | undefined;
  /** Files that the guest may use; without them only the special ones exist. */
  readonly files?: SemihostingFiles | undefined;
  /** The guest's boot arguments. */
  readonly commandLine: string;
  /** The guest ends with this code, an int32. */
  exit(code: number): void;
  /** Virtual time since the start, in nanoseconds. */
  nanoseconds(): number;
  /** Time of the start, in seconds since 1970. */
  readonly startSeconds: number;
  /** Heap base and limit, stack base and limit for SYS_HEAPINFO: guest addresses, 0 where unknown. */
  heap(): readonly [number, number, number, number];
  /** A call that is not implemented, as one line. */
  onUnsupported(text: string): void;
}

/** Bytes that a name may have. */
const MAX_NAME = 1024n;

/** Parameter blocks and errors of the calls of one guest. */
export class SemihostingGuest {
  /** Of the last call that failed. */
  errno = 0;

  constructor(readonly ports: SemihostingPorts) {}

  /** Notes why a call failed; gives its answer, -1. */
  fail(errno: number): bigint {
    this.errno = errno;
    return -1n;
  }

  /** The answer of a call that can only succeed or fail. */
  answer(failure: Failure | undefined): bigint {
    return failure === undefined ? 0n : this.fail(failure.errno);
  }

  /** `count` 64-bit words of a parameter block; undefined if one cannot be read. */
  words(at: Va, count: number): bigint[] | undefined {
    const bytes = this.ports.readBytes(at, count * 8);
    if (bytes === undefined) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: count }, (_, i) => view.getBigUint64(i * 8, true));
  }

  /** Writes 64-bit words and gives the call's answer: 0, or -1 where the guest has no memory. */
  putWords(at: Va, values: readonly number[]): bigint {
    const view = new DataView(new ArrayBuffer(values.length * 8));
    values.forEach((value, i) => {
      view.setBigUint64(i * 8, BigInt(value), true);
    });
    return this.ports.writeBytes(at, new Uint8Array(view.buffer)) ? 0n : this.fail(ERRNO.EFAULT);
  }

  /** A zero-terminated name at an address with its length, one character a byte. */
  name(at: bigint, length: bigint): string | Failure {
    if (length > MAX_NAME) return new Failure(ERRNO.ENAMETOOLONG);
    const bytes = this.ports.readBytes(va(at), Number(length) + 1);
    if (bytes === undefined) return new Failure(ERRNO.EFAULT);
    // A length that does not belong to the name is a mistake of the guest's.
    return bytes.indexOf(0) === Number(length)
      ? String.fromCharCode(...bytes.subarray(0, -1))
      : new Failure(ERRNO.EINVAL);
  }
}
