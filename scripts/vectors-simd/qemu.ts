/** QEMU's user mode as the oracle of SIMD instructions: builds runner.c and runs cases on a Cortex-A57. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Case, Outcome, Registers } from '../../test/cpu/simd/case.ts';
import { WINDOW_BYTES } from '../../test/cpu/simd/case.ts';
import { ByteReader, ByteWriter } from '../../test/vectors/bytes.ts';

const ZIG = `firmware/node_modules/@zigc/linux-${process.arch}/bin/zig`;
const SIGILL = 4;
const OUTCOME_BYTES = 8 + 32 * 8 + 512 + 16 + WINDOW_BYTES;
const BATCH = 20_000;

function run(command: string, args: readonly string[], input?: Uint8Array, cache?: string): Buffer {
  const env = { ...process.env, ...(cache === undefined ? {} : { ZIG_GLOBAL_CACHE_DIR: cache }) };
  const { status, stdout, stderr, error, signal } = spawnSync(command, args, { input, env, maxBuffer: 2 ** 27 });
  if (error || status !== 0) throw new Error(`${command} failed: ${error?.message ?? signal ?? stderr.toString()}`);
  return stdout;
}

function build(folder: string): string {
  const program = join(folder, 'runner');
  // biome-ignore format: a command line
  run(resolve(ZIG), [
    'cc', '-target', 'aarch64-linux-none', '-mcpu=cortex_a57', '-nostdlib', '-static', '-s', '-O1', '-ffreestanding',
    '-fno-builtin', '-Wall', '-Wextra', '-o', program, 'scripts/vectors-simd/runner.c',
  ], undefined, join(folder, 'cache'));
  return program;
}

/** `struct test` of runner.c. */
function writeCase(out: ByteWriter, { word, seed, before }: Case): void {
  out.u32(word);
  out.u32(seed);
  for (const value of before.x) out.u64(value);
  out.u64(before.sp);
  out.raw(before.v);
  out.u32(before.fpsr);
  out.u32(0);
  out.u64(before.nzcv);
}

/** `struct outcome` of runner.c. */
function readOutcome(input: ByteReader): Outcome {
  const signal = Number(input.u64());
  const x = BigUint64Array.from({ length: 31 }, () => input.u64());
  const sp = input.u64();
  const v = input.raw(512);
  const fpsr = input.u32();
  input.u32();
  const after: Registers = { x, sp, v, fpsr, nzcv: Number(input.u64()) };
  const end = signal === 0 ? 'done' : signal === SIGILL ? 'undefined' : 'fault';
  return { end, after, window: input.raw(WINDOW_BYTES) };
}

function runBatch(program: string, cases: readonly Case[]): Outcome[] {
  const out = new ByteWriter();
  for (const one of cases) writeCase(out, one);
  const output = run('qemu-aarch64', ['-cpu', 'cortex-a57', program], out.bytes);
  if (output.length !== cases.length * OUTCOME_BYTES)
    throw new Error(`${output.length} bytes for ${cases.length} cases`);
  const input = new ByteReader(Uint8Array.from(output));
  return cases.map(() => readOutcome(input));
}

/** What QEMU leaves after each case. */
export function runOnQemu(cases: readonly Case[]): Outcome[] {
  const folder = mkdtempSync(join(tmpdir(), 'el2-simd-'));
  try {
    const program = build(folder);
    const outcomes: Outcome[] = [];
    for (let first = 0; first < cases.length; first += BATCH) {
      outcomes.push(...runBatch(program, cases.slice(first, first + BATCH)));
    }
    return outcomes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
