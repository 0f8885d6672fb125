/** Registers that are computed or kept elsewhere than in a slot of their name, bound to the names in the table. */

import type { ViewName } from '../../arch/sysregs/row.ts';
import type { Core } from '../core.ts';
import { C, DAIF, N, PAN, R, type Slot, SP, SPSEL, SSBS, UAO, V, Z } from '../slots.ts';
import {
  HCR_AMO,
  HCR_FMO,
  HCR_IMO,
  HCR_TDZ,
  HCR_VF,
  HCR_VI,
  HCR_VSE,
  PSTATE_A,
  PSTATE_DAIF,
  PSTATE_F,
  PSTATE_I,
  SCTLR_DZE,
} from './control-bits.ts';
import { DEBUG_VIEWS } from './debug/debug-views.ts';
import { GIC_VIEWS } from './gic-views.ts';
import { virtualPending } from './interrupts.ts';
import { PMU_VIEWS } from './pmu/pmu-views.ts';
import { isInHost } from './routing.ts';
import { Count, READ_NS, ticksAt } from './timers/counter.ts';
import { TIMER_VIEWS } from './timers/timer-views.ts';
import { el0Sctlr } from './traps.ts';
import type { View } from './view.ts';

/** DCZID_EL0.DZP: DC ZVA is prohibited here. */
const DCZID_DZP = 1 << 4;
const count = new Count();

/** A one-bit PSTATE field whose register has it at `shift`. */
const pstateBit = (slot: Slot, shift: number): View => ({
  read: ({ state }, to) => state.set64(to, 0, state.lo(slot) << shift),
  write: ({ state }, _hi, lo) => state.set32(slot, (lo >>> shift) & 1),
});

export const VIEWS: Readonly<Record<ViewName, View>> = {
  ID: {
    read(core, to, row) {
      const value = core.model.idRegisters[row.name];
      if (value === undefined) core.state.set64(to, 0, 0);
      else core.state.set64(to, value.hi, value.lo);
    },
  },
  MIDR: {
    read({ state, model }, to) {
      if (model.hasEl2 && state.el < 2) state.copy(to, R.VPIDR_EL2);
      else state.copy(to, R.MIDR_EL1);
    },
  },
  MPIDR: {
    read({ state, model }, to) {
      if (model.hasEl2 && state.el < 2) state.copy(to, R.VMPIDR_EL2);
      else state.copy(to, R.MPIDR_EL1);
    },
  },
  CCSIDR: {
    read({ state, model }, to) {
      state.set64(to, 0, model.cacheSizes[state.lo(R.CSSELR_EL1)] ?? 0);
    },
  },
  DCZID: {
    read({ state, model }, to) {
      const { el } = state;
      const denied = el === 0 && (state.lo(el0Sctlr(state)) & SCTLR_DZE) === 0;
      const trapped = el < 2 && (state.lo(R.HCR_EL2) & HCR_TDZ) !== 0 && !isInHost(state, el);
      state.set64(to, 0, model.idRegisters.DCZID_EL0.lo | (denied || trapped ? DCZID_DZP : 0));
    },
  },
  CURRENT_EL: {
    read: ({ state }, to) => state.set64(to, 0, state.el << 2),
  },
  SPSEL: {
    read: ({ state }, to) => state.set64(to, 0, state.lo(SPSEL)),
    write: ({ state }, _hi, lo) => state.set32(SPSEL, lo),
  },
  SP_EL0: {
    read: ({ state }, to) => state.copy(to, SP[0]),
    write: ({ state }, hi, lo) => state.set64(SP[0], hi, lo),
    undefined: ({ state }) => state.lo(SPSEL) === 0,
  },
  SP_EL1: {
    read: ({ state }, to) => state.copy(to, SP[1]),
    write: ({ state }, hi, lo) => state.set64(SP[1], hi, lo),
  },
  NZCV: {
    read({ state }, to) {
      const nzcv = (state.lo(N) << 31) | (state.lo(Z) << 30) | (state.lo(C) << 29) | (state.lo(V) << 28);
      state.set64(to, 0, nzcv);
    },
    write({ state }, _hi, lo) {
      state.nzcv = lo;
    },
  },
  DAIF: {
    read: ({ state }, to) => state.set64(to, 0, state.lo(DAIF)),
    write: ({ state }, _hi, lo) => state.set32(DAIF, lo & PSTATE_DAIF),
  },
  PAN: pstateBit(PAN, 22),
  UAO: pstateBit(UAO, 23),
  SSBS: pstateBit(SSBS, 12),
  ISR: { read: readIsr },
  PHYSICAL_COUNT: {
    read(core, to) {
      const { hi, lo } = count.physical(ticksAt(core.now()));
      core.state.set64(to, hi, lo);
      core.charge(READ_NS);
    },
  },
  VIRTUAL_COUNT: {
    read(core, to) {
      const { state } = core;
      const ticks = ticksAt(core.now());
      // The virtual offset is zero for the host (DDI 0487, "CNTVCT_EL0").
      const { hi, lo } = isInHost(state, state.el) ? count.physical(ticks) : count.virtual(ticks, state);
      state.set64(to, hi, lo);
      core.charge(READ_NS);
    },
  },
  ...TIMER_VIEWS,
  ...DEBUG_VIEWS,
  ...PMU_VIEWS,
  ...GIC_VIEWS,
};

/** ISR_EL1.A, I and F: at EL1 the virtual interrupt where HCR_EL2 routes the physical one to EL2. */
function readIsr(core: Core, to: Slot): void {
  const { state } = core;
  const hcr = state.el < 2 ? state.lo(R.HCR_EL2) : 0;
  const virtual = virtualPending(core);
  const irq = (hcr & HCR_IMO) !== 0 ? (virtual & HCR_VI) !== 0 : core.irqLine;
  const fiq = (hcr & HCR_FMO) !== 0 ? (virtual & HCR_VF) !== 0 : core.fiqLine;
  const serror = (hcr & HCR_AMO) !== 0 && (virtual & HCR_VSE) !== 0;
  state.set64(to, 0, (irq ? PSTATE_I : 0) | (fiq ? PSTATE_F : 0) | (serror ? PSTATE_A : 0));
}
