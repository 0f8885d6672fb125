/** The registers of the Performance Monitors, bound to their names in the system-register table. */

import type { Core } from '../../core.ts';
import { R, type Slot } from '../../slots.ts';
import { PMCR_C, PMCR_P } from '../control-bits.ts';
import type { View } from '../view.ts';
import { PMEVCNTR, PMEVTYPER } from './counter-controls.ts';
import { PMCEID0, type Pmu, SW_INCR } from './pmu.ts';

/** PMCR_EL0: DP, X, D, E are stored; LC is RES1, since no Exception level uses AArch32; N is in bits [15:11]. */
const PMCR_STORED = 0x39;
const PMCR_LC = 1 << 6;
const PMCR_N_SHIFT = 11;
const PMCR_N_MASK = 0x1f;
const CYCLE_BIT = 1 << 31;
/** PMEVTYPER<n>_EL0.NSH and PMCCFILTR_EL0.NSH, RES0 without EL2. */
const NSH = 1 << 27;
/** PMSELR_EL0.SEL of the cycle counter. */
const SELECTS_CYCLES = 31;

/** Bits of the counters that the current EL may access. */
const accessibleBits = (pmu: Pmu): number => ((1 << pmu.accessible) - 1) | CYCLE_BIT;

/** One bit a counter, of which reads and writes reach those that are accessible; a write changes what it has set. */
const bits = (slot: Slot, set: boolean): View => ({
  read({ state, pmu }, to) {
    pmu.sync(0);
    state.set64(to, 0, state.lo(slot) & accessibleBits(pmu));
  },
  write({ state, pmu }, _hi, lo) {
    pmu.sync(1);
    const changed = lo & accessibleBits(pmu);
    state.set64(slot, 0, set ? state.lo(slot) | changed : state.lo(slot) & ~changed);
  },
});

/** An event counter or its type; `which` names it. Those that are not accessible are RAZ/WI. */
function counter(
  slots: readonly Slot[],
  which: (core: Core, key: number) => number,
  mask: (core: Core) => number,
): View & Required<Pick<View, 'write'>> {
  return {
    read(core, to, { key }) {
      const { pmu, state } = core;
      const n = which(core, key);
      pmu.sync(0);
      state.set64(to, 0, n < pmu.accessible ? state.lo(slots[n]) : 0);
    },
    write(core, _hi, lo, { key }) {
      const { pmu, state } = core;
      const n = which(core, key);
      pmu.sync(1);
      if (n < pmu.accessible) state.set64(slots[n], 0, lo & mask(core));
    },
  };
}

const byKey = (_core: Core, key: number): number => key & 7;
const bySelector = ({ state }: Core): number => state.lo(R.PMSELR_EL0);
/** P, U and NSH of PMCCFILTR_EL0. */
const FILTERS = 0xc800_0000;
const filterMask = ({ model }: Core): number => (model.hasEl2 ? -1 : ~NSH);
const selectedType = counter(PMEVTYPER, bySelector, filterMask);

const cycleFilter: View & Required<Pick<View, 'write'>> = {
  read: ({ state }, to) => state.copy(to, R.PMCCFILTR_EL0),
  write(core, _hi, lo) {
    core.pmu.sync(1);
    core.state.set64(R.PMCCFILTR_EL0, 0, lo & filterMask(core) & FILTERS);
  },
};

export const PMU_VIEWS = {
  MDCR: {
    read: ({ state }, to) => state.copy(to, R.MDCR_EL2),
    write({ state, pmu }, _hi, lo) {
      pmu.sync(1);
      state.set64(R.MDCR_EL2, 0, lo);
      pmu.update();
    },
  },
  PMCR: {
    read({ state, model, pmu }, to) {
      const n = pmu.accessible << PMCR_N_SHIFT;
      const fixed = model.idRegisters.PMCR_EL0.lo & ~(PMCR_N_MASK << PMCR_N_SHIFT);
      state.set64(to, 0, fixed | n | PMCR_LC | state.lo(R.PMCR_EL0));
    },
    write({ state, pmu }, _hi, lo) {
      pmu.sync(1);
      if ((lo & PMCR_C) !== 0) state.set64(R.PMCCNTR_EL0, 0, 0);
      if ((lo & PMCR_P) !== 0) for (let n = 0; n < pmu.accessible; n++) state.set64(PMEVCNTR[n], 0, 0);
      state.set64(R.PMCR_EL0, 0, lo & PMCR_STORED);
    },
  },
  PMCNTENSET: bits(R.PMCNTENSET_EL0, true),
  PMCNTENCLR: bits(R.PMCNTENSET_EL0, false),
  PMOVSSET: bits(R.PMOVSSET_EL0, true),
  PMOVSCLR: bits(R.PMOVSSET_EL0, false),
  PMINTENSET: bits(R.PMINTENSET_EL1, true),
  PMINTENCLR: bits(R.PMINTENSET_EL1, false),
  PMSWINC: {
    read: ({ state }, to) => state.set64(to, 0, 0),
    write({ pmu }, _hi, lo) {
      pmu.sync(1);
      pmu.event(SW_INCR, lo & accessibleBits(pmu));
    },
  },
  PMCEID0: { read: ({ state }, to) => state.set64(to, 0, PMCEID0) },
  PMCCNTR: {
    read({ state, pmu }, to) {
      pmu.sync(0);
      state.copy(to, R.PMCCNTR_EL0);
    },
    write({ state, pmu }, hi, lo) {
      pmu.sync(1);
      state.set64(R.PMCCNTR_EL0, hi, lo);
    },
  },
  PMCCFILTR: cycleFilter,
  PMEVCNTR: counter(PMEVCNTR, byKey, () => -1),
  PMEVTYPER: counter(PMEVTYPER, byKey, filterMask),
  PMXEVCNTR: counter(PMEVCNTR, bySelector, () => -1),
  PMXEVTYPER: {
    read(core, to, row) {
      if (bySelector(core) === SELECTS_CYCLES) cycleFilter.read(core, to, row);
      else selectedType.read(core, to, row);
    },
    write(core, hi, lo, row) {
      if (bySelector(core) === SELECTS_CYCLES) cycleFilter.write(core, hi, lo, row);
      else selectedType.write(core, hi, lo, row);
    },
  },
} as const satisfies Record<string, View>;
