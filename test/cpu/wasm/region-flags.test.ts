/** Conditions in a region, tested on the operands of the op that set the flags, against those of the flags themselves. */

import { expect, it } from 'vitest';
import { CONDITIONS } from '../../../src/cpu/ir/conditions.ts';
import { X, ZERO } from '../../../src/cpu/slots.ts';
import { OpRunner } from '../ir/op-runner.ts';

const [D, A, B, T] = X;
const SETTERS = ['adds', 'subs', 'ands', 'bics', 'adcs', 'ccmp', 'ccmn'].flatMap((name) => [`${name}32`, `${name}64`]);
// biome-ignore format: one table
const VALUES = [
  0n, 1n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0x1_0000_0000n,
  0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn,
];
const runner = new OpRunner();

type Setter = 'adds64' | 'adcs64' | 'ccmp64';
const argumentsOf = (name: Setter): number[] => {
  if (name.startsWith('ccm')) return [A, B, ZERO, 0b0110];
  return name.startsWith('adc') ? [D, A, B, ZERO] : [D, A, B];
};

it.each(SETTERS as Setter[])('%s', (setter) => {
  const { state } = runner;
  for (const { name } of CONDITIONS) {
    runner.loadAll([
      [setter, argumentsOf(setter)],
      [`cond_${name}`, [T]],
    ]);
    for (const a of VALUES) {
      for (const b of VALUES) {
        const [interpreted, compiled] = [false, true].map((inRegion) => {
          state.set(A, a);
          state.set(B, b);
          if (inRegion) runner.region();
          else runner.interpreted();
          return [state.get(D), state.get(T), state.pstate >>> 28];
        });
        expect(compiled, `${name} of 0x${a.toString(16)} and 0x${b.toString(16)}`).toEqual(interpreted);
      }
    }
  }
});
