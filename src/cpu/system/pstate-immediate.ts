/** MSR (immediate): SPSel, DAIFSet, DAIFClr, and PAN, UAO and SSBS on CPUs that have them. */

import { type Core, LEAVE, NEXT, type Outcome } from '../core.ts';
import { DAIF, PAN, SPSEL, SSBS, UAO } from '../slots.ts';
import { leaveAfter } from './commit.ts';
import { undefinedInstruction } from './exceptions.ts';
import { TRAPS, trapped } from './traps.ts';

/** op1:op2 of the PSTATE fields (DDI 0487, "MSR (immediate)"). */
const FIELD_UAO = 0b000_011;
const FIELD_PAN = 0b000_100;
const FIELD_SPSEL = 0b000_101;
const FIELD_SSBS = 0b011_001;
const FIELD_DAIFSET = 0b011_110;
const FIELD_DAIFCLR = 0b011_111;
const DAIF_SHIFT = 6;
const DAIF_TRAPS = [TRAPS.UMA];

/** Writes CRm to the PSTATE field that op1 and op2 name. */
export function msrImmediate(core: Core, word: number): Outcome {
  const { state } = core;
  const { FEAT_PAN, FEAT_UAO, FEAT_SSBS } = core.model.features;
  const crm = (word >>> 8) & 0xf;
  switch ((((word >>> 16) & 7) << 3) | ((word >>> 5) & 7)) {
    case FIELD_SPSEL:
      if (state.el === 0) break;
      state.set32(SPSEL, crm & 1);
      core.levelChanged();
      return leaveAfter(core);
    case FIELD_PAN:
      if (state.el === 0 || !FEAT_PAN) break;
      state.set32(PAN, crm & 1);
      core.levelChanged();
      return leaveAfter(core);
    case FIELD_UAO:
      if (state.el === 0 || !FEAT_UAO) break;
      state.set32(UAO, crm & 1);
      core.levelChanged();
      return leaveAfter(core);
    case FIELD_SSBS:
      if (!FEAT_SSBS) break;
      state.set32(SSBS, crm & 1);
      return NEXT;
    case FIELD_DAIFSET:
      if (trapped(core, DAIF_TRAPS, true, word)) return LEAVE;
      state.set32(DAIF, state.lo(DAIF) | (crm << DAIF_SHIFT));
      // Masking more lets no interrupt in: nothing to look at before the next instruction, unless software step ends.
      return core.maskingChanged() ? leaveAfter(core) : NEXT;
    case FIELD_DAIFCLR:
      if (trapped(core, DAIF_TRAPS, true, word)) return LEAVE;
      state.set32(DAIF, state.lo(DAIF) & ~(crm << DAIF_SHIFT));
      core.maskingChanged();
      return leaveAfter(core);
  }
  undefinedInstruction(core);
  return LEAVE;
}
