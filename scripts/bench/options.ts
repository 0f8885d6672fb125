/** The arguments of the benchmark. */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cacheFolder } from '../guests/folders.ts';

export interface Options {
  /** Only what has this text in its name. */
  readonly text: string;
  /** Rounds that count, of each runner. */
  readonly rounds: number;
  /** Folder with a Linux kernel and RAM disk; that of `npm run guests` unless told. */
  readonly linux: string;
}

const DEFAULT_ROUNDS = '5';
export const USAGE = 'usage: npm run bench -- [TEXT] [--rounds N] [--linux FOLDER]';

/** Throws an Error of one line for arguments that mean nothing. */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { rounds: { type: 'string', default: DEFAULT_ROUNDS }, linux: { type: 'string' } },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds}: give a whole number from 1`);
  if (positionals.length > 1) throw new Error(`'${positionals[1]}' is one text too many`);
  return { text: positionals[0] ?? '', rounds, linux: values.linux ?? join(cacheFolder(), 'arm64') };
}
