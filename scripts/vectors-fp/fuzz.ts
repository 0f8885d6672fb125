/**
 * Compares the library with QEMU on fresh cases; exit code 1 when they differ.
 *   node scripts/run-ts.mjs scripts/vectors-fp/fuzz.ts [CASES_PER_OPERATION] [SEED]
 */

import { describeOutcome, runLibrary } from '../../test/cpu/fp/cases.ts';
import { drawCases } from '../../test/cpu/fp/vectors.ts';
import { runOnQemu } from './qemu.ts';

/** Reports after which it is silent. */
const LIMIT = 20;

const count = Number(process.argv[2] ?? 1000);
const seed = Number(process.argv[3] ?? Date.now() % 0x1_0000_0000);
const cases = drawCases(count, seed);
console.log(`${cases.length} cases from seed 0x${seed.toString(16)}`);
const outcomes = runOnQemu(cases);
let differences = 0;
cases.forEach(({ operation, input }, n) => {
  const own = runLibrary(operation, input);
  const { result, fpsr } = outcomes[n];
  if (own.result === result && own.fpsr === fpsr) return;
  differences++;
  if (differences > LIMIT) return;
  console.log(
    `el2: ${describeOutcome(operation, input, own)}\nQEMU: ${describeOutcome(operation, input, outcomes[n])}`,
  );
});
console.log(differences === 0 ? 'no difference' : `${differences} differences`);
process.exitCode = differences === 0 ? 0 : 1;
