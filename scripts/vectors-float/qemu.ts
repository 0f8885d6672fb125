/** QEMU's user mode as the oracle of floating-point instructions: builds the runner, runs states on a Cortex-A57. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { STATE_BYTES } from '../../test/cpu/float/state.ts';

const ZIG = `firmware/node_modules/@zigc/linux-${process.arch}/bin/zig`;
/** States that the buffer of runner.S holds. */
const BATCH = Math.floor(0x100_0000 / STATE_BYTES);

function run(command: string, args: readonly string[], input?: Uint8Array, cache?: string): Buffer {
  const env = { ...process.env, ...(cache === undefined ? {} : { ZIG_GLOBAL_CACHE_DIR: cache }) };
  const { status, stdout, stderr, error, signal } = spawnSync(command, args, { input, env, maxBuffer: 2 ** 26 });
  if (error || status !== 0) throw new Error(`${command} failed: ${error?.message ?? signal ?? stderr.toString()}`);
  return stdout;
}

function runBatch(program: string, states: readonly Uint8Array[]): Uint8Array[] {
  const output = run('qemu-aarch64', ['-cpu', 'cortex-a57', program], Buffer.concat(states));
  if (output.length !== states.length * STATE_BYTES)
    throw new Error(`${output.length} bytes for ${states.length} states`);
  return states.map((_, n) => Uint8Array.from(output.subarray(n * STATE_BYTES, (n + 1) * STATE_BYTES)));
}

/** The states after the instruction that each names. */
export function runOnQemu(states: readonly Uint8Array[]): Uint8Array[] {
  const folder = mkdtempSync(join(tmpdir(), 'el2-float-'));
  try {
    const program = join(folder, 'runner');
    // biome-ignore format: a command line
    run(resolve(ZIG), [
      'cc', '-target', 'aarch64-linux-none', '-mcpu=cortex_a57', '-nostdlib', '-static', '-s',
      '-o', program, 'scripts/vectors-float/runner.S',
    ], undefined, join(folder, 'cache'));
    const outcomes: Uint8Array[] = [];
    for (let first = 0; first < states.length; first += BATCH) {
      outcomes.push(...runBatch(program, states.slice(first, first + BATCH)));
    }
    return outcomes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
