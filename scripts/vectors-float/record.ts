/**
 * Records what QEMU makes of the states into test/cpu/float/vectors.bin.br.
 *   node scripts/run-ts.mjs scripts/vectors-float/record.ts
 */

import { writeFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';
import { encodeOutcomes, recordedCases, VECTORS_FILE } from '../../test/cpu/float/vectors.ts';
import { runOnQemu } from './qemu.ts';

const cases = recordedCases();
const bytes = encodeOutcomes(cases, runOnQemu(cases));
const packed = brotliCompressSync(bytes, {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
});
writeFileSync(VECTORS_FILE, packed);
console.log(`${cases.length} vectors, ${bytes.length} bytes, ${packed.length} compressed`);
