/** QEMU's user mode as the oracle: builds a program of the operations, runs cases on it, reads the outcomes. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Outcome } from '../../test/cpu/fp/cases.ts';
import type { Kind, Operation } from '../../test/cpu/fp/operations.ts';
import type { VectorCase } from '../../test/cpu/fp/vectors.ts';

const ZIG = `firmware/node_modules/@zigc/linux-${process.arch}/bin/zig`;
const RECORD = 32;
const OUTCOME = 24;
/** FPSR without QC. */
const FLAGS = 0x9f;
/** Cases that the buffers of runner.S hold. */
const BATCH = 0x80_0000 / RECORD;
/** Significant bits of a result. */
const BITS: Record<Kind, number> = { f16: 16, f32: 32, f64: 64, i32: 32, i64: 64 };

function run(command: string, args: readonly string[], input?: Uint8Array, cache?: string): Buffer {
  const env = { ...process.env, ...(cache === undefined ? {} : { ZIG_GLOBAL_CACHE_DIR: cache }) };
  const { status, stdout, stderr, error } = spawnSync(command, args, { input, env, maxBuffer: 2 ** 26 });
  if (error || status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr.toString()}`);
  return stdout;
}

function include(operations: readonly Operation[]): string {
  const offsets = operations.map((_, n) => `  .word op${n} - table`);
  const routines = operations.map(({ assembly }, n) => `op${n}:\n  ${assembly}\n  ret`);
  return `table:\n${offsets.join('\n')}\n${routines.join('\n')}\n`;
}

function build(operations: readonly Operation[], folder: string): string {
  writeFileSync(join(folder, 'operations.inc'), include(operations));
  const program = join(folder, 'runner');
  // biome-ignore format: a command line
  run(resolve(ZIG), [
    'cc', '-target', 'aarch64-linux-none', '-mcpu=cortex_a57', '-nostdlib', '-static', '-s', '-I', folder,
    '-o', program, 'scripts/vectors-fp/runner.S',
  ], undefined, join(folder, 'cache'));
  return program;
}

function runBatch(program: string, operations: readonly Operation[], cases: readonly VectorCase[]): Outcome[] {
  const input = Buffer.alloc(cases.length * RECORD);
  for (const [n, { operation, input: one }] of cases.entries()) {
    input.writeUInt32LE(operations.indexOf(operation), n * RECORD);
    input.writeUInt32LE(one.fpcr, n * RECORD + 4);
    for (const [i, value] of one.operands.entries()) input.writeBigUInt64LE(value, n * RECORD + 8 + i * 8);
  }
  const output = run('qemu-aarch64', ['-cpu', 'cortex-a57', program], input);
  if (output.length !== cases.length * OUTCOME) throw new Error(`${output.length} bytes for ${cases.length} cases`);
  return cases.map(({ operation: { result } }, n) => ({
    result: BigInt.asUintN(BITS[result], output.readBigUInt64LE(n * OUTCOME + (result.startsWith('f') ? 0 : 8))),
    fpsr: output.readUInt32LE(n * OUTCOME + 16) & FLAGS,
  }));
}

/** Runs cases on a Cortex-A57. */
export function runOnQemu(cases: readonly VectorCase[]): Outcome[] {
  const folder = mkdtempSync(join(tmpdir(), 'el2-fp-'));
  try {
    const operations = [...new Set(cases.map(({ operation }) => operation))];
    const program = build(operations, folder);
    let outcomes: Outcome[] = [];
    for (let first = 0; first < cases.length; first += BATCH) {
      outcomes = outcomes.concat(runBatch(program, operations, cases.slice(first, first + BATCH)));
    }
    return outcomes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
