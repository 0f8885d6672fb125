/** Files of one folder, lent to guests by semihosting: whatever a guest names, nothing outside the folder is reached. */

import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { ERRNO, Failure } from '../arch/semihosting-errors.ts';
import {
  canRead,
  canWrite,
  type FileMode,
  type SemihostingFile,
  type SemihostingFiles,
} from '../arch/semihosting-files.ts';
import { attempt, FileError } from './files.ts';

const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;
/** Of files that a guest makes. */
const PERMISSIONS = 0o644;

/** Lends the files of a folder. Throws FileError when it is none. */
export function guestFiles(folder: string): SemihostingFiles {
  const root = attempt(folder, () => realpathSync(folder));
  if (!attempt(folder, () => lstatSync(root)).isDirectory()) throw new FileError(`${folder}: it is no folder`);
  const pathOf = (name: string): string => confined(root, name);
  return {
    open: (name, mode) => failing(() => openIn(root, pathOf(name), mode)),
    remove: (name) =>
      failing(() => {
        const path = pathOf(name);
        requireFile(lstatSync(path));
        unlinkSync(path);
        return undefined;
      }),
    rename: (from, to) =>
      failing(() => {
        const [source, target] = [pathOf(from), pathOf(to)];
        requireFile(lstatSync(source));
        const present = lstatSync(target, { throwIfNoEntry: false });
        if (present !== undefined) requireFile(present);
        renameSync(source, target);
        return undefined;
      }),
  };
}

/** Carried from where a guest's wish is refused to `failing`. */
class Refusal extends Error {
  constructor(readonly errno: number) {
    super();
  }
}

/** Does what a guest asks for; what the operating system or a check says against it becomes a value. */
function failing<Result>(action: () => Result): Result | Failure {
  try {
    return action();
  } catch (error) {
    if (error instanceof Refusal) return new Failure(error.errno);
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return new Failure((ERRNO as Readonly<Record<string, number>>)[code] ?? ERRNO.EIO);
  }
}

/** Components that a name may have: no way up, and nothing that is special to some operating system. */
const COMPONENT = /^[^\p{Cc}\\:*?"<>|]*[^\p{Cc}\\:*?"<>|. ]$/u;

/**
 * The path of a guest's name, whose folder exists and is inside the root with all links followed; the last component
 * may be a link or absent. Throws Refusal, and what the operating system says.
 */
function confined(root: string, name: string): string {
  const components = textOf(name)
    .split('/')
    .filter((component, index) => index === 0 || (component !== '' && component !== '.'));
  if (components[0] === '.') components.shift();
  if (!components.every((component) => COMPONENT.test(component))) throw new Refusal(ERRNO.EACCES);
  if (components.length === 0) throw new Refusal(ERRNO.ENOENT);
  const path = join(root, ...components);
  const parent = realpathSync(dirname(path));
  requireInside(root, parent);
  return join(parent, basename(path));
}

/** A name's bytes as UTF-8. */
function textOf(name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(name, 'latin1'));
  } catch {
    throw new Refusal(ERRNO.EINVAL);
  }
}

function requireInside(root: string, path: string): void {
  if (path !== root && !path.startsWith(root.endsWith(sep) ? root : root + sep)) throw new Refusal(ERRNO.EACCES);
}

/** Folders, links, devices, pipes and sockets are not for guests. */
function requireFile(stats: Stats): void {
  if (stats.isDirectory()) throw new Refusal(ERRNO.EISDIR);
  if (!stats.isFile()) throw new Refusal(ERRNO.EACCES);
}

function openIn(root: string, path: string, mode: FileMode): SemihostingFile {
  const present = lstatSync(path, { throwIfNoEntry: false });
  // A link that leads to a file inside is that file; one that leads nowhere fails here.
  const real = present === undefined ? path : realpathSync(path);
  requireInside(root, real);
  if (present !== undefined) requireFile(lstatSync(real));
  const access = !canWrite(mode) ? O_RDONLY : canRead(mode) ? O_RDWR : O_WRONLY;
  const create = mode.startsWith('r') ? 0 : O_CREAT;
  const file = openSync(real, access | create | O_NOFOLLOW | O_NONBLOCK, PERMISSIONS);
  try {
    requireFile(fstatSync(file));
    if (mode.startsWith('w')) ftruncateSync(file);
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return openedFile(file);
}

const openedFile = (file: number): SemihostingFile => ({
  read: (position, count) =>
    failing(() => {
      const left = Math.max(0, fstatSync(file).size - position);
      const bytes = new Uint8Array(Math.min(count, left));
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, position));
    }),
  write: (position, bytes) => failing(() => writeSync(file, bytes, 0, bytes.length, position)),
  length: () => failing(() => fstatSync(file).size),
  close: () => void failing(() => closeSync(file)),
});
