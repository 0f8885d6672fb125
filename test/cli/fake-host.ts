/** A Host without a process: files in memory, output collected, time that the test may set. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '../../src/cli/command-line.ts';
import { FileError } from '../../src/host/files.ts';
import { guestFiles } from '../../src/host/guest-files.ts';
import type { Disk, Host, Output, StopSignal } from '../../src/host/host.ts';

const root = join(import.meta.dirname, '..', '..');
const IMAGES = join(root, 'firmware', 'images');

/** Bytes of a guest image of the repository. */
export const firmware = (name: string): Uint8Array => readFileSync(join(IMAGES, `${name}.elf`));

class Collected implements Output {
  readonly isTerminal = false;
  isClosed = false;
  text = '';
  private readonly decoder = new TextDecoder();

  write(data: Uint8Array | string): void {
    this.text += typeof data === 'string' ? data : this.decoder.decode(data, { stream: true });
  }
  drained(): Promise<void> {
    return Promise.resolve();
  }
}

export class FakeHost implements Host {
  readonly stdout = new Collected();
  readonly stderr = new Collected();
  isInteractive = false;
  readonly debug = false;
  readonly version = '1.2.3';
  /** Files that the command has made. */
  readonly written: Record<string, string> = {};
  /** The pieces of the same files as bytes. */
  readonly writtenBytes: Record<string, Uint8Array[]> = {};
  readonly closedDisks: string[] = [];
  /** Turns of the host so far, and what happens in one. */
  turns = 0;
  onTurn: (turn: number) => void = () => {};
  signal: (signal: StopSignal) => void = () => {};
  /** Whether Ctrl-C is typed like any key, as the last `listen` wants it. */
  takesCtrlC: boolean | undefined;
  type: (bytes: Uint8Array) => void = () => {};
  endInput: () => void = () => {};

  constructor(readonly files: Readonly<Record<string, Uint8Array>> = {}) {}

  readFile(path: string): Uint8Array {
    const file = this.files[path];
    if (file === undefined) throw new FileError(`${path}: no such file or folder`);
    return file;
  }
  readPackagedImage(name: string): Uint8Array {
    return firmware(name);
  }
  createFile(path: string) {
    if (path.startsWith('/nowhere/')) throw new FileError(`${path}: no such file or folder`);
    this.written[path] = '';
    this.writtenBytes[path] = [];
    return {
      write: (data: Uint8Array | string) => {
        const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
        this.written[path] += new TextDecoder().decode(bytes);
        this.writtenBytes[path].push(bytes);
      },
      close: () => {},
    };
  }
  guestFiles = guestFiles;
  openDisk(path: string, isReadOnly: boolean): Disk {
    const data = this.readFile(path);
    return {
      bytes: data.length,
      isReadOnly,
      identity: path,
      read: (position, into) => {
        into.set(data.subarray(position, position + into.length));
        return true;
      },
      write: (position, bytes) => {
        data.set(bytes, position);
        return true;
      },
      flush: () => true,
      close: () => this.closedDisks.push(path),
    };
  }
  fillRandom(into: Uint8Array): void {
    into.fill(0x77);
  }
  listen(onInput: (bytes: Uint8Array) => void, onEnd: () => void, takesCtrlC: boolean): () => void {
    this.takesCtrlC = takesCtrlC;
    this.type = onInput;
    this.endInput = onEnd;
    return () => {
      this.type = () => {};
      this.endInput = () => {};
    };
  }
  onStopSignal(callback: (signal: StopSignal) => void): () => void {
    this.signal = callback;
    return () => {};
  }
  date(): number {
    return 86_400;
  }
  now(): number {
    return performance.now();
  }
  async turn(): Promise<void> {
    this.onTurn(++this.turns);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** What a command line did. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly host: FakeHost;
}

/** Carries out a command line, given as in a shell (no quoting), with files by path. */
export async function el2(
  line: string,
  files: Readonly<Record<string, Uint8Array>> = {},
  host = new FakeHost(files),
): Promise<Ran> {
  const code = await commandLine(
    line.split(' ').filter((word) => word !== ''),
    host,
  );
  return { code, out: host.stdout.text, err: host.stderr.text, host };
}
