/** QEMU's user mode as the oracle of instructions: builds a program and has a Cortex-A57 answer items by it. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compiler } from '../firmware/compiler.mjs';

/** A program that reads items from stdin and writes as many answers to stdout. */
export interface Program<Item, Answer> {
  /** C or assembly, seen from the root, and flags of the compiler for it. */
  readonly source: string;
  readonly flags?: readonly string[];
  /** Text of files that it includes, by name. */
  readonly includes?: Readonly<Record<string, string>>;
  /** Items that its buffers hold. */
  readonly batch: number;
  readonly answerBytes: number;
  readonly encode: (items: readonly Item[]) => Uint8Array;
  /** The answers to items; `output` has `answerBytes` for each. */
  readonly decode: (output: Buffer, items: readonly Item[]) => Answer[];
}

function run(command: string, args: readonly string[], input?: Uint8Array, cache?: string): Buffer {
  const env = { ...process.env, ...(cache !== undefined && { ZIG_GLOBAL_CACHE_DIR: cache }) };
  const { status, stdout, stderr, error, signal } = spawnSync(command, args, { input, env, maxBuffer: 2 ** 27 });
  if (error || status !== 0) throw new Error(`${command} failed: ${error?.message ?? signal ?? stderr.toString()}`);
  return stdout;
}

function build<Item, Answer>({ source, flags = [], includes = {} }: Program<Item, Answer>, folder: string): string {
  for (const [name, text] of Object.entries(includes)) writeFileSync(join(folder, name), text);
  const path = join(folder, 'program');
  // biome-ignore format: a command line
  run(compiler(resolve('firmware')), [
    'cc', '-target', 'aarch64-linux-none', '-mcpu=cortex_a57', '-nostdlib', '-static', '-s', '-I', folder, ...flags,
    '-o', path, source,
  ], undefined, join(folder, 'cache'));
  return path;
}

/** The answers to items, in their order. Throws when the compiler, QEMU or the program fails. */
export function runInUserMode<Item, Answer>(items: readonly Item[], program: Program<Item, Answer>): Answer[] {
  const { batch, answerBytes, encode, decode } = program;
  const folder = mkdtempSync(join(tmpdir(), 'el2-vectors-'));
  try {
    const path = build(program, folder);
    let answers: Answer[] = [];
    for (let first = 0; first < items.length; first += batch) {
      const some = items.slice(first, first + batch);
      const output = run('qemu-aarch64', ['-cpu', 'cortex-a57', path], encode(some));
      if (output.length !== some.length * answerBytes)
        throw new Error(`${output.length} bytes for ${some.length} items`);
      answers = answers.concat(decode(output, some));
    }
    return answers;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
