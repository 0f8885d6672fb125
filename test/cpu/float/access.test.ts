/** Floating-point instructions where floating point is disabled or absent. */

import { describe, expect, it } from 'vitest';
import { FLOAT_ROWS } from '../../../src/cpu/a64/rows.ts';
import { CALLOUT_NUMBERS } from '../../../src/cpu/callout-names.ts';
import { OP_CODES } from '../../../src/cpu/ir/ops.ts';
import { emit, FLAGS, isUndefined } from '../a64/emit.ts';
import { drawCases } from './cases.ts';
import { viewOf, WORD } from './state.ts';

const wordsOf = (row: (typeof FLOAT_ROWS)[number]): number[] =>
  drawCases(row, 8, 1).map((state) => viewOf(state).getUint32(WORD, true));

describe('floating-point instructions', () => {
  it('do nothing but trap while floating point is disabled', () => {
    for (const row of FLOAT_ROWS) {
      for (const word of wordsOf(row)) {
        const { list, ended } = emit(row, word, { ...FLAGS, fpEnabled: false });
        const [name, number] = [OP_CODES[list.op[0]].name, list.hi[0]];
        expect([row.name, list.count, name, number, ended]).toEqual([
          row.name,
          1,
          'callout',
          CALLOUT_NUMBERS.FP_TRAP,
          true,
        ]);
      }
    }
  });

  it('are UNDEFINED before they trap', () => {
    const reserved = [
      { word: 0x1e02_0000, why: 'SCVTF of W with 64 fraction bits' },
      { word: 0x0e60_d400, why: 'FADD (vector) of one doubleword' },
      { word: 0x4fe0_1000, why: 'FMLA by element of doublewords with L = 1' },
    ];
    const wrong = reserved.filter(({ word }) => {
      const row = FLOAT_ROWS.find(({ pattern }) => (word & pattern.mask) >>> 0 === pattern.value);
      return row === undefined || !isUndefined(emit(row, word, { ...FLAGS, fpEnabled: false }));
    });
    expect(wrong).toEqual([]);
  });

  it('need a feature, so that models without it have none of them', () => {
    expect(FLOAT_ROWS.filter(({ feature }) => feature !== 'FEAT_FP' && feature !== 'FEAT_AdvSIMD')).toEqual([]);
  });
});
