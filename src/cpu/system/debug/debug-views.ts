/** The debug registers that are not plain storage, bound to their names in the system-register table. */

import { R } from '../../slots.ts';
import type { View } from '../view.ts';

/** MDSCR_EL1: bits that only the OS lock makes writable, for a debugger's state to be restored. */
const MDSCR_LOCKED = 0x6ce0_4040;
const MDSCR_RXFULL = 1 << 30;
const MDSCR_TXFULL = 1 << 29;
const CLAIM_TAGS = 0xff;

export const DEBUG_VIEWS = {
  MDSCR: {
    read: ({ state }, to) => state.copy(to, R.MDSCR_EL1),
    write({ state }, _hi, lo) {
      const kept = state.lo(R.OSLAR_EL1) === 0 ? MDSCR_LOCKED : 0;
      state.set64(R.MDSCR_EL1, 0, (lo & ~kept) | (state.lo(R.MDSCR_EL1) & kept));
    },
  },
  OSECCR: {
    // Unlocked, reads are UNKNOWN and writes ignored.
    read: ({ state }, to) => state.copy(to, R.OSECCR_EL1),
    write({ state }, _hi, lo) {
      if (state.lo(R.OSLAR_EL1) !== 0) state.set64(R.OSECCR_EL1, 0, lo);
    },
  },
  OS_LOCK_STATUS: {
    // OSLM, bits 3 and 0, is 0b10: the OS lock is implemented. OSLK is bit 1.
    read: ({ state }, to) => state.set64(to, 0, 0b1000 | (state.lo(R.OSLAR_EL1) << 1)),
  },
  CLAIM_SET: {
    read: ({ state }, to) => state.set64(to, 0, CLAIM_TAGS),
    write: ({ state }, _hi, lo) => state.set64(R.DBGCLAIMCLR_EL1, 0, state.lo(R.DBGCLAIMCLR_EL1) | lo),
  },
  CLAIM_CLEAR: {
    read: ({ state }, to) => state.copy(to, R.DBGCLAIMCLR_EL1),
    write: ({ state }, _hi, lo) => state.set64(R.DBGCLAIMCLR_EL1, 0, state.lo(R.DBGCLAIMCLR_EL1) & ~lo),
  },
  // The Debug Communications Channel, at whose other end nobody is: what is sent stays, nothing comes.
  MDCCSR: {
    read: ({ state }, to) => state.set64(to, 0, state.lo(R.MDSCR_EL1) & (MDSCR_RXFULL | MDSCR_TXFULL)),
  },
  DBGDTR: {
    read({ state }, to) {
      state.set64(to, state.lo(R.OSDTRTX_EL1), state.lo(R.OSDTRRX_EL1));
      state.set64(R.MDSCR_EL1, 0, state.lo(R.MDSCR_EL1) & ~MDSCR_RXFULL);
    },
    write({ state }, hi, lo) {
      state.set64(R.OSDTRRX_EL1, 0, hi);
      state.set64(R.OSDTRTX_EL1, 0, lo);
      state.set64(R.MDSCR_EL1, 0, state.lo(R.MDSCR_EL1) | MDSCR_TXFULL);
    },
  },
  DBGDTRRX: {
    read({ state }, to) {
      state.set64(to, 0, state.lo(R.OSDTRRX_EL1));
      state.set64(R.MDSCR_EL1, 0, state.lo(R.MDSCR_EL1) & ~MDSCR_RXFULL);
    },
    write({ state }, _hi, lo) {
      state.set64(R.OSDTRTX_EL1, 0, lo);
      state.set64(R.MDSCR_EL1, 0, state.lo(R.MDSCR_EL1) | MDSCR_TXFULL);
    },
  },
} as const satisfies Record<string, View>;
