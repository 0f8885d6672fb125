/** The files that semihosting itself provides: the console and the list of features. */

import { ERRNO, Failure } from './semihosting-errors.ts';
import type { FileMode, SemihostingFile } from './semihosting-files.ts';
import type { SemihostingPorts } from './semihosting-ports.ts';

/** The magic number, and the features SH_EXT_EXIT_EXTENDED and SH_EXT_STDOUT_STDERR. */
const FEATURES = Uint8Array.of(0x53, 0x48, 0x46, 0x42, 0b11);

const features: SemihostingFile = {
  read: (position, count) => FEATURES.slice(position, position + count),
  write: () => new Failure(ERRNO.EBADF),
  length: () => FEATURES.length,
  close: () => {},
};

/** `:tt`: the console, for stdin, stdout and stderr. */
const terminal = (ports: SemihostingPorts): SemihostingFile => ({
  read: (_, count) => ports.typed(count),
  write: (_, bytes) => {
    ports.console(bytes);
    return bytes.length;
  },
  length: () => new Failure(ERRNO.EINVAL),
  close: () => {},
  isTerminal: true,
});

/** Opens by name: the special files of the specification begin with a colon, all others are the host's. */
export function openFile(ports: SemihostingPorts, name: string, mode: FileMode): SemihostingFile | Failure {
  if (name === ':tt') return terminal(ports);
  if (name === ':semihosting-features') return mode === 'r' ? features : new Failure(ERRNO.EACCES);
  return ports.files?.open(name, mode) ?? new Failure(ERRNO.ENOENT);
}
