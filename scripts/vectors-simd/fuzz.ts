/**
 * Compares el2 with QEMU on SIMD instructions and prints what differs; exit code 1 when something does.
 *   node scripts/run-ts.mjs scripts/vectors-simd/fuzz.ts [CASES_PER_ROW] [SEED] [TEXT]
 * Only rows whose name has TEXT in it. Seed 0 gives the recorded cases.
 */

import { SIMD_ROWS } from '../../src/cpu/a64/rows.ts';
import { createDisassembler } from '../../src/debug/disassemble.ts';
import type { Case, Outcome } from '../../test/cpu/simd/case.ts';
import { drawCases, VECTORS } from '../../test/cpu/simd/vectors.ts';
import { createSimdMachine } from '../../test/support/simd-machine.ts';
import { runOnQemu } from './qemu.ts';

/** Reports of one row after which it is silent. */
const LIMIT = 3;

const count = Number(process.argv[2] ?? VECTORS);
const seed = Number(process.argv[3] ?? Date.now() % 0x1_0000_0000);
const text = process.argv[4] ?? '';
const rows = SIMD_ROWS.filter(({ name }) => name.includes(text));
const disassemble = await createDisassembler();

/** A vector as the manual writes it: the highest byte first. */
const vector = (bytes: Uint8Array, n: number): string =>
  Buffer.from(bytes.slice(n * 16, n * 16 + 16).reverse()).toString('hex');

function differences({ word, before }: Case, own: Outcome, qemu: Outcome): string[] {
  const lines: string[] = [];
  const check = (name: string, was: string, have: string, want: string) => {
    if (have !== want) lines.push(`  ${name}: was ${was}, el2 ${have}, QEMU ${want}`);
  };
  const hex = (value: bigint | number): string => value.toString(16);
  check('end', '', own.end, qemu.end);
  for (let n = 0; n < 31; n++) check(`X${n}`, hex(before.x[n]), hex(own.after.x[n]), hex(qemu.after.x[n]));
  check('SP', hex(before.sp), hex(own.after.sp), hex(qemu.after.sp));
  for (let n = 0; n < 32; n++) check(`V${n}`, vector(before.v, n), vector(own.after.v, n), vector(qemu.after.v, n));
  check('FPSR', hex(before.fpsr), hex(own.after.fpsr), hex(qemu.after.fpsr));
  check('NZCV', hex(before.nzcv), hex(own.after.nzcv), hex(qemu.after.nzcv));
  check('memory', '', Buffer.from(own.window).toString('hex'), Buffer.from(qemu.window).toString('hex'));
  if (lines.length > 0) {
    const registers = [5, 16].map((at) => (word >>> at) & 31);
    for (const n of registers) lines.push(`  with V${n} = ${vector(before.v, n)}`);
  }
  return lines;
}

const cases = rows.flatMap((row) => drawCases(row, count, seed));
console.log(`${cases.length} cases of ${rows.length} rows from seed ${seed}`);
const outcomes = runOnQemu(cases);
let wrong = 0;
for (const mode of ['interp', 'jit', 'auto'] as const) {
  const machine = createSimdMachine(mode);
  for (const [r, { name }] of rows.entries()) {
    let reported = 0;
    const ends = machine.run(cases.slice(r * count, (r + 1) * count));
    for (let n = r * count; n < (r + 1) * count; n++) {
      const lines = differences(cases[n], ends[n - r * count], outcomes[n]);
      if (lines.length === 0) continue;
      wrong++;
      if (reported++ < LIMIT) console.log(`${mode}: ${name}: ${disassemble(cases[n].word, 0n)}\n${lines.join('\n')}`);
    }
    if (reported > LIMIT) console.log(`${mode}: ${name}: ${reported} of ${count} differ`);
  }
}
console.log(`${wrong} differences`);
process.exitCode = wrong === 0 ? 0 : 1;
