/**
 * Fuzzes el2 against QEMU; exit code 1 when they differ.
 *   node scripts/run-ts.mjs scripts/vectors/fuzz-el2.ts [SEQUENCES] [FIRST_SEED]
 */

import { createEngine } from '../../test/support/engine-adapter.ts';
import { fuzz } from './fuzz.ts';

/** Reports after which it stops. */
const LIMIT = 10;

const count = Number(process.argv[2] ?? 20_000);
const firstSeed = Number(process.argv[3] ?? Date.now() % 0x1_0000_0000);
console.log(`${count} sequences from seed 0x${firstSeed.toString(16)}`);
const reports = fuzz(createEngine(), firstSeed, count, LIMIT);
for (const report of reports) console.log(report);
console.log(reports.length === 0 ? 'no difference' : `${reports.length} differences`);
process.exitCode = reports.length === 0 ? 0 : 1;
