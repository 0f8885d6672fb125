/** Semihosting's calls that hand names and texts over: remove, rename, temporary names, the command line. */

import { type Va, va } from './addresses.ts';
import { strings } from './fdt.ts';
import { ERRNO, Failure } from './semihosting-errors.ts';
import type { SemihostingGuest } from './semihosting-ports.ts';

const NO_FILES = new Failure(ERRNO.ENOENT);

/** SYS_REMOVE. */
export function remove(guest: SemihostingGuest, at: Va): bigint {
  const block = guest.words(at, 2);
  if (block === undefined) return guest.fail(ERRNO.EFAULT);
  const name = guest.name(block[0], block[1]);
  if (name instanceof Failure) return guest.fail(name.errno);
  const { files } = guest.ports;
  return guest.answer(files === undefined ? NO_FILES : files.remove(name));
}

/** SYS_RENAME. */
export function rename(guest: SemihostingGuest, at: Va): bigint {
  const block = guest.words(at, 4);
  if (block === undefined) return guest.fail(ERRNO.EFAULT);
  const from = guest.name(block[0], block[1]);
  if (from instanceof Failure) return guest.fail(from.errno);
  const to = guest.name(block[2], block[3]);
  if (to instanceof Failure) return guest.fail(to.errno);
  const { files } = guest.ports;
  return guest.answer(files === undefined ? NO_FILES : files.rename(from, to));
}

/** SYS_TMPNAM: the identifier, 0 to 255, makes the name. */
export function temporaryName(guest: SemihostingGuest, at: Va): bigint {
  const block = guest.words(at, 3);
  if (block === undefined) return guest.fail(ERRNO.EFAULT);
  const [to, id, length] = block;
  if (id > 255n) return guest.fail(ERRNO.EINVAL);
  const name = strings(`tmp-${id.toString(16).padStart(2, '0')}`);
  return guest.answer(putText(guest, to, length, name));
}

/** SYS_GET_CMDLINE: also writes the text's length to the block. */
export function commandLine(guest: SemihostingGuest, at: Va): bigint {
  const block = guest.words(at, 2);
  if (block === undefined) return guest.fail(ERRNO.EFAULT);
  const text = strings(guest.ports.commandLine);
  const failure = putText(guest, block[0], block[1], text);
  return failure === undefined ? guest.putWords(va(at + 8n), [text.length - 1]) : guest.fail(failure.errno);
}

/** Writes a zero-terminated text into a buffer of `length` bytes. */
function putText({ ports }: SemihostingGuest, to: bigint, length: bigint, text: Uint8Array): Failure | undefined {
  if (length < text.length) return new Failure(ERRNO.EINVAL);
  return ports.writeBytes(va(to), text) ? undefined : new Failure(ERRNO.EFAULT);
}
