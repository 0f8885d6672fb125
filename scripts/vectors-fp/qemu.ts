/** Has QEMU's user mode run floating-point operations: makes a program of them, gives it cases, reads the outcomes. */

import type { Outcome } from '../../test/cpu/fp/cases.ts';
import type { Kind, Operation } from '../../test/cpu/fp/operations.ts';
import type { VectorCase } from '../../test/cpu/fp/vectors.ts';
import { runInUserMode } from '../user-mode.ts';

const RECORD = 32;
const OUTCOME = 24;
/** FPSR without QC. */
const FLAGS = 0x9f;
/** Bytes of each buffer of runner.S. */
const BUFFER = 0x80_0000;
/** Significant bits of a result. */
const BITS: Record<Kind, number> = { f16: 16, f32: 32, f64: 64, i32: 32, i64: 64 };

function include(operations: readonly Operation[]): string {
  const offsets = operations.map((_, n) => `  .word op${n} - table`);
  const routines = operations.map(({ assembly }, n) => `op${n}:\n  ${assembly}\n  ret`);
  return `table:\n${offsets.join('\n')}\n${routines.join('\n')}\n`;
}

function encode(operations: readonly Operation[], cases: readonly VectorCase[]): Uint8Array {
  const input = Buffer.alloc(cases.length * RECORD);
  for (const [n, { operation, input: one }] of cases.entries()) {
    input.writeUInt32LE(operations.indexOf(operation), n * RECORD);
    input.writeUInt32LE(one.fpcr, n * RECORD + 4);
    for (const [i, value] of one.operands.entries()) input.writeBigUInt64LE(value, n * RECORD + 8 + i * 8);
  }
  return input;
}

const decode = (output: Buffer, cases: readonly VectorCase[]): Outcome[] =>
  cases.map(({ operation: { result } }, n) => ({
    result: BigInt.asUintN(BITS[result], output.readBigUInt64LE(n * OUTCOME + (result.startsWith('f') ? 0 : 8))),
    fpsr: output.readUInt32LE(n * OUTCOME + 16) & FLAGS,
  }));

/** Runs cases on a Cortex-A57. */
export function runOnQemu(cases: readonly VectorCase[]): Outcome[] {
  const operations = [...new Set(cases.map(({ operation }) => operation))];
  return runInUserMode(cases, {
    source: 'scripts/vectors-fp/runner.S',
    includes: { 'operations.inc': include(operations) },
    batch: BUFFER / RECORD,
    answerBytes: OUTCOME,
    encode: (some) => encode(operations, some),
    decode,
  });
}
