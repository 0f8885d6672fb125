/**
 * Records digests of what QEMU answers into test/cpu/simd/vectors.bin.
 *   node scripts/run-ts.mjs scripts/vectors-simd/record.ts
 */

import { writeFileSync } from 'node:fs';
import { SIMD_ROWS } from '../../src/cpu/a64/rows.ts';
import { digests, drawCases, encodeDigests, VECTORS, VECTORS_FILE } from '../../test/cpu/simd/vectors.ts';
import { runOnQemu } from './qemu.ts';

const outcomes = runOnQemu(SIMD_ROWS.flatMap((row) => drawCases(row, VECTORS)));
const rows = SIMD_ROWS.map(({ name }, n) => [name, digests(outcomes.slice(n * VECTORS, (n + 1) * VECTORS))] as const);
const bytes = encodeDigests(new Map(rows));
writeFileSync(VECTORS_FILE, bytes);
const completed = outcomes.filter(({ end }) => end === 'done').length;
console.log(`${outcomes.length} vectors of ${rows.length} rows, ${completed} completed, ${bytes.length} bytes`);
