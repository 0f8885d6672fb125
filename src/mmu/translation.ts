/** The result of a translation, and the words in which an access asks for one. */

import { Fault } from '../arch/fault.ts';
import { combineAttributes, combineShareability, effectiveShareability } from './attributes.ts';

/** An access word is a kind, with UNPRIVILEGED for an access with EL0's permissions. */
export const READ = 0;
export const WRITE = 1;
export const EXECUTE = 2;
export const UNPRIVILEGED = 4;
/** For `Mmu.walk`: leave the output of stage 1 as it is (AT S1Exx); its table walk still goes through stage 2. */
export const STAGE1_ONLY = 8;
/** PSTATE.PAN counts: a privileged read or write of what EL0 may read faults (FEAT_PAN). */
export const PRIVILEGED_ACCESS_NEVER = 16;

/** READ, WRITE or EXECUTE of an access word. */
export const accessKind = (access: number): number => access & 3;

/** One translation. Mutable, so that a caller can reuse one object: copy what you keep. */
export class Translation {
  /** Output address in bytes: a PA; with STAGE1_ONLY under stage 2, an IPA. */
  pa = 0;
  /** Output of stage 1 in bytes; equal to `pa` where no stage 2 follows. */
  ipa = 0;
  /** log2 of the naturally aligned range of VAs around this one that the result holds for; at least 12. */
  shift = 12;
  /** What both stages together grant the privilege of the access. */
  readable = false;
  writable = false;
  executable = false;
  /** Neither the ASID nor a change of it matters (nG = 0, or stage 1 off). */
  global = true;
  /** Leaf levels of the stages; -1 for a stage that is off. */
  level1 = -1;
  level2 = -1;
  /** Memory type of stage 1 for this access, as a MAIR byte, and its SH field. */
  stage1Attributes = 0;
  stage1Shareability = 0;
  /** MemAttr[3:0] of stage 2 for this access and its SH field; NO_STAGE2 and 0 without a stage 2. */
  stage2Attributes = -1;
  stage2Shareability = 0;
  /** The memory type of both stages together is Device, so that alignment is checked. */
  device = false;
  /** Why `translate` or `walk` returned false; stale otherwise. */
  readonly fault = new Fault();

  /** Memory type of both stages together, as a MAIR byte (the ATTR field of PAR_EL1). */
  get attributes(): number {
    return combineAttributes(this.stage1Attributes, this.stage2Attributes);
  }
  /** Shareability of both stages together: 0 Non-shareable, 2 Outer, 3 Inner (the SH field of PAR_EL1). */
  get shareability(): number {
    const attributes = this.attributes;
    return effectiveShareability(attributes, combineShareability(this.stage1Shareability, this.stage2Shareability));
  }
}
