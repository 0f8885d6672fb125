/** What the commands need from the process around them; tests put a fake in its place. */

import type { SemihostingFiles } from '../arch/semihosting-files.ts';
import type { Storage } from '../devices/virtio/storage.ts';

/** A byte stream out of the process. Nothing blocks; a reader that went away is not an error. */
export interface Output {
  /** The terminal at the other end wants colours. */
  readonly isTerminal: boolean;
  /** The reader has closed its end: what is written from now on is lost. */
  readonly isClosed: boolean;
  write(data: Uint8Array | string): void;
  /** Resolves when everything written has left the process, or the reader is gone. */
  drained(): Promise<void>;
}

/** A file open for writing. Each write reaches the operating system before it returns. Throws FileError. */
export interface OutputFile {
  write(data: Uint8Array | string): void;
  close(): void;
}

/** A file open as a disk. */
export interface Disk extends Storage {
  /** Equal for two disks that are the same file. */
  readonly identity: string;
  close(): void;
}

/** Why the process was asked to stop: Ctrl-C, or a request of the system. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

/** The process, as far as the commands see it. */
export interface Host {
  readonly stdout: Output;
  readonly stderr: Output;
  /** stdin is a terminal. */
  readonly isInteractive: boolean;
  /** EL2_DEBUG is set: bugs show their stack. */
  readonly debug: boolean;
  /** Version of the package. */
  readonly version: string;
  /** Reads a whole file. Throws FileError. */
  readFile(path: string): Uint8Array;
  /** Reads a guest image of the package by name, without `.elf`. Throws FileError. */
  readPackagedImage(name: string): Uint8Array;
  /** Makes a file, or empties it. Throws FileError. */
  createFile(path: string): OutputFile;
  /** Lends the files of a folder to a guest. Throws FileError when there is no such folder. */
  guestFiles(folder: string): SemihostingFiles;
  /** Opens a file as a disk. Throws FileError. */
  openDisk(path: string, isReadOnly: boolean): Disk;
  /** Fills an array with random bytes fit for keys. */
  fillRandom(into: Uint8Array): void;
  /**
   * Hands on what arrives on stdin, in a terminal key by key, and its end; returns a function that ends it. In a
   * terminal, Ctrl-C is a key if `takesCtrlC`, else it interrupts the process.
   */
  listen(onInput: (bytes: Uint8Array) => void, onEnd: () => void, takesCtrlC: boolean): () => void;
  /** Calls back when the process is asked to stop, in place of ending it; returns a function that ends this. */
  onStopSignal(callback: (signal: StopSignal) => void): () => void;
  /** Wall-clock milliseconds from an arbitrary start; never goes back. */
  now(): number;
  /** The date, in seconds since 1970. */
  date(): number;
  /** Lets input, signals and output happen, for some milliseconds. */
  turn(milliseconds?: number): Promise<void>;
}
