/** A guest at EL1 under stage 2 whose EL2 does nothing but tell the first exception. */

import type { EngineMode } from '../../src/cpu/engine/engine.ts';
import type { Assembler } from '../cpu/engine/assembler.ts';
import { enterEl1, Guest, off } from './guest.ts';
import { stage2 } from './tables.ts';

/** Ends the machine with ESR_ELx in X10 and FAR_ELx in X11. */
export const aborted = (a: Assembler, el: 1 | 2): Assembler => off(a.mrs(10, `ESR_EL${el}`).mrs(11, `FAR_EL${el}`));

/** A guest at EL1 with stage 2 whose EL2 ends the machine at the first exception; X12 is HPFAR_EL2 then. */
export function underStage2(engine: EngineMode, spoil: (guest: Guest, root: number, a: Assembler) => void): Guest {
  const guest = new Guest(engine);
  guest.el2(
    (a) => {
      spoil(guest, stage2(guest, a), a);
      enterEl1(a);
    },
    { lowerSync: (a) => void aborted(a.mrs(12, 'HPFAR_EL2'), 2) },
  );
  return guest;
}
