/** What semihosting asks of files: the port that a host implements. */

import type { Failure } from './semihosting-errors.ts';

/** How fopen spells the ways to open a file. */
export type FileMode = 'r' | 'r+' | 'w' | 'w+' | 'a' | 'a+';

/** An open file. Positions and lengths are in bytes. Nothing throws for what a guest asks for. */
export interface SemihostingFile {
  /** At most `count` bytes; fewer only at the end of the file, none past it. Undefined while input is not there yet. */
  read(position: number, count: number): Uint8Array | Failure | undefined;
  /** The number of bytes written. A file grows as needed, with zeros up to `position`. */
  write(position: number, bytes: Uint8Array): number | Failure;
  length(): number | Failure;
  close(): void;
  readonly isTerminal?: boolean;
}

/** Files that the host lends to a guest. Names are untrusted, one character a byte. Nothing throws. */
export interface SemihostingFiles {
  /** Opens a file as fopen does: `w` and `a` make it, `w` empties it. */
  open(name: string, mode: FileMode): SemihostingFile | Failure;
  remove(name: string): Failure | undefined;
  rename(from: string, to: string): Failure | undefined;
}

export const canRead = (mode: FileMode): boolean => mode === 'r' || mode.endsWith('+');
export const canWrite = (mode: FileMode): boolean => mode !== 'r';
