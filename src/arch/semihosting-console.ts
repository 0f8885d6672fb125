/** Semihosting's calls on the console: characters and strings. */

import { type Va, va } from './addresses.ts';
import { ERRNO } from './semihosting-errors.ts';
import type { SemihostingGuest } from './semihosting-ports.ts';

/** Bytes that one SYS_WRITE0 prints at most. */
const MAX_STRING = 0x1_0000;
/** Strings are read in aligned pieces of this size, so that no piece enters a page before the string does. */
const PIECE = 64;

/** SYS_WRITEC. */
export function writeCharacter(guest: SemihostingGuest, at: Va): bigint {
  const byte = guest.ports.readBytes(at, 1);
  if (byte === undefined) return guest.fail(ERRNO.EFAULT);
  guest.ports.console(byte);
  return 0n;
}

/** SYS_WRITE0. */
export function writeString(guest: SemihostingGuest, at: Va): bigint {
  for (let done = 0; done < MAX_STRING; ) {
    const from = va(at + BigInt(done));
    const piece = guest.ports.readBytes(from, PIECE - Number(from % BigInt(PIECE)));
    if (piece === undefined) return guest.fail(ERRNO.EFAULT);
    const end = piece.indexOf(0);
    if (end !== 0) guest.ports.console(end < 0 ? piece : piece.subarray(0, end));
    if (end >= 0) return 0n;
    done += piece.length;
  }
  return guest.fail(ERRNO.EINVAL);
}

/** SYS_READC: -1 when nothing will be typed any more, undefined while something may. */
export function readCharacter({ ports }: SemihostingGuest): bigint | undefined {
  const bytes = ports.typed(1);
  return bytes === undefined ? undefined : bytes.length === 0 ? -1n : BigInt(bytes[0]);
}
