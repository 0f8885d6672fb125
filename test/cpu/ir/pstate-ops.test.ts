/** The ops on PSTATE.DAIF, and the call out that they have in front of them. */

import { describe, expect, it } from 'vitest';
import { immOf } from '../../../src/cpu/ir/builder.ts';
import { DAIF, INTERRUPT_LINES, R, type Slot, X } from '../../../src/cpu/slots.ts';
import { OpRunner } from './op-runner.ts';

const [D, A] = X;
const runner = new OpRunner();
const { state } = runner;
const runs = [() => void runner.interpreted(), () => void runner.region()];

describe('ops on PSTATE.DAIF', () => {
  it.each([0, 0x40, 0x280, 0x3c0])('read and write %s and no other bit', (daif) => {
    for (const run of runs) {
      runner.load('set_daif', [A]);
      state.set(A, 0xffff_ffff_ffff_fc3fn | BigInt(daif));
      run();
      expect(state.lo(DAIF)).toBe(daif);
      runner.load('get_daif', [D]);
      run();
      expect(state.get(D)).toBe(BigInt(daif));
    }
  });
});

describe('callout_if_masks_matter', () => {
  const HCR_OTHERS = 0xffff_fe3f;
  const MDSCR_OTHERS = 0xffff_7ffe;
  const causes: readonly (readonly [why: string, slot: Slot, value: number])[] = [
    ['IRQ', INTERRUPT_LINES, 1],
    ['virtual FIQ', INTERRUPT_LINES, 8],
    ['HCR_EL2.VF', R.HCR_EL2, 1 << 6],
    ['HCR_EL2.VI', R.HCR_EL2, 1 << 7],
    ['HCR_EL2.VSE', R.HCR_EL2, 1 << 8],
    ['MDSCR_EL1.SS', R.MDSCR_EL1, 1],
    ['MDSCR_EL1.MDE', R.MDSCR_EL1, 1 << 15],
  ];
  const quiet = (): void => {
    state.set32(INTERRUPT_LINES, 0);
    state.set64(R.HCR_EL2, 0xffff_ffff, HCR_OTHERS);
    state.set64(R.MDSCR_EL1, 0, MDSCR_OTHERS);
  };

  it('goes on while nothing is pending', () => {
    quiet();
    runner.load('callout_if_masks_matter', [A, immOf(0, 0)]);
    expect(runner.region().left).toBe(false);
    runner.interpreted();
    expect(runner.calls).toEqual([]);
  });

  it.each(causes)('calls out for %s', (_why, slot, value) => {
    quiet();
    state.set32(slot, state.lo(slot) | value);
    runner.load('callout_if_masks_matter', [A, immOf(0, 0)]);
    expect(runner.region().left).toBe(true);
    runner.interpreted();
    expect(runner.calls).toEqual(['callout']);
  });
});
