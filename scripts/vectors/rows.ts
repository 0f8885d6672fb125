/**
 * The instructions to record: all rows of A64 that are implemented and that the recorded CPU has, by group. Those of
 * floating point and SIMD have vectors of their own (scripts/vectors-float, scripts/vectors-simd).
 */

import { A64_ROWS, FLOAT_ROWS, SIMD_ROWS } from '../../src/cpu/a64/rows.ts';
import type { Pattern } from '../../src/cpu/decode/pattern.ts';
import { cpuModel } from '../../src/cpu/models.ts';
import type { RecordedGroup, VectorGroup } from '../../test/vectors/load.ts';

/** A name as in the manual and an encoding diagram. */
export interface Row {
  readonly name: string;
  readonly text: string;
  readonly pattern: Pattern;
}

/** Group of an encoding by op0 (DDI 0487, "A64 instruction set encoding"); UDF goes to the exceptions. */
function groupOf({ value }: Pattern): VectorGroup {
  const op0 = (value >>> 25) & 0xf;
  if ((op0 & 0b1110) === 0b1000) return 'data-immediate';
  if ((op0 & 0b0101) === 0b0100) return 'loads-stores';
  return (op0 & 0b0111) === 0b0101 ? 'data-register' : 'branches-system';
}

const features = cpuModel('cortex-a57')?.features;
const max = cpuModel('max')?.features;
/** Every row of the Cortex-A57. */
export const ROWS: readonly Row[] = A64_ROWS.filter(
  ({ emit, feature }) => emit !== undefined && (feature === undefined || features?.[feature] === true),
);

const RECORDED_ELSEWHERE: ReadonlySet<Row> = new Set([...FLOAT_ROWS, ...SIMD_ROWS]);
const inGroup = (group: VectorGroup): readonly Row[] =>
  ROWS.filter((row) => !RECORDED_ELSEWHERE.has(row) && groupOf(row.pattern) === group);
/** The same by group; a group becomes one file of vectors. */
export const GROUPS: Readonly<Record<RecordedGroup, readonly Row[]>> = {
  'data-immediate': inGroup('data-immediate'),
  'data-register': inGroup('data-register'),
  'loads-stores': inGroup('loads-stores'),
  'branches-system': inGroup('branches-system'),
  extensions: A64_ROWS.filter(
    ({ emit, feature }) =>
      emit !== undefined && feature !== undefined && features?.[feature] !== true && max?.[feature] === true,
  ),
};
