/**
 * Compares el2 with QEMU on fresh floating-point cases; exit code 1 when they differ.
 *   node scripts/run-ts.mjs scripts/vectors-float/fuzz.ts [STATES_PER_ROW] [SEED]
 */

import { FLOAT_ROWS } from '../../src/cpu/a64/rows.ts';
import { drawCases } from '../../test/cpu/float/cases.ts';
import { FloatMachine } from '../../test/cpu/float/machine.ts';
import { describeState, viewOf, WORD } from '../../test/cpu/float/state.ts';
import { runOnQemu } from './qemu.ts';

/** Reports after which it is silent. */
const LIMIT = 20;
const WORDS = 8;

const count = Math.ceil(Number(process.argv[2] ?? 400) / WORDS);
const seed = Number(process.argv[3] ?? Date.now() % 0x1_0000_0000);
console.log(`seed 0x${seed.toString(16)}`);
const engines = (['interp', 'jit', 'auto'] as const).map((mode) => ({ mode, machine: new FloatMachine(mode) }));
let differences = 0;
for (const row of FLOAT_ROWS) {
  const cases = drawCases(row, WORDS, count, seed);
  const outcomes = runOnQemu(cases);
  for (const { mode, machine } of engines) {
    cases.forEach((state, n) => {
      const own = describeState(machine.run(state));
      const qemu = describeState(outcomes[n]);
      if (own.join() === qemu.join() || differences++ >= LIMIT) return;
      const before = describeState(state);
      console.log(`${row.name} ${viewOf(state).getUint32(WORD, true).toString(16)} in ${mode}`);
      own.forEach((line, i) => {
        if (line !== before[i] || qemu[i] !== before[i]) {
          console.log(`  before ${before[i]}\n  el2    ${line}\n  QEMU   ${qemu[i]}`);
        } else console.log(`         ${line}`);
      });
    });
  }
}
console.log(differences === 0 ? 'no difference' : `${differences} differences`);
process.exitCode = differences === 0 ? 0 : 1;
