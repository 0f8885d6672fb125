/** Has QEMU's user mode run SIMD instructions on cases, through runner.c. */

import type { Case, Outcome, Registers } from '../../test/cpu/simd/case.ts';
import { WINDOW_BYTES } from '../../test/cpu/simd/case.ts';
import { ByteReader, ByteWriter } from '../../test/vectors/bytes.ts';
import { runInUserMode } from '../user-mode.ts';

const SIGILL = 4;
const OUTCOME_BYTES = 8 + 32 * 8 + 512 + 16 + WINDOW_BYTES;
const BATCH = 20_000;

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

function encode(cases: readonly Case[]): Uint8Array {
  const out = new ByteWriter();
  for (const one of cases) writeCase(out, one);
  return out.bytes;
}

function decode(output: Buffer, cases: readonly Case[]): Outcome[] {
  const input = new ByteReader(Uint8Array.from(output));
  return cases.map(() => readOutcome(input));
}

/** What QEMU leaves after each case. */
export const runOnQemu = (cases: readonly Case[]): Outcome[] =>
  runInUserMode(cases, {
    source: 'scripts/vectors-simd/runner.c',
    flags: ['-O1', '-ffreestanding', '-fno-builtin', '-Wall', '-Wextra'],
    batch: BATCH,
    answerBytes: OUTCOME_BYTES,
    encode,
    decode,
  });
