/** The part of the CPU's state that decoded code depends on (law 6), packed into the code key. */

import type { TrapName } from '../arch/sysregs/row.ts';

/** Controls of accesses that decoded code makes itself while none of them applies. */
export const CHECKED_TRAPS: readonly TrapName[] = ['UCT', 'DZE', 'TVM', 'TRVM', 'TID2', 'TDZ', 'TPC', 'TPU'];

export interface CodeFlags {
  /** Current exception level. */
  readonly el: 0 | 1 | 2;
  /** PSTATE.SP. */
  readonly spsel: 0 | 1;
  /** SCTLR_ELx.A, or data accesses are Device because stage 1 is off: every access must be aligned. */
  readonly checkAlignment: boolean;
  /** Stage 1 is off and all data is Device-nGnRnE: DC ZVA faults. */
  readonly device: boolean;
  /** SCTLR_ELx.SA (SA0 at EL0): SP must be a multiple of 16. */
  readonly checkSp: boolean;
  /** Top byte ignored for branch targets, by TCR: lower half (or all of EL2), upper half. */
  readonly tbi0: boolean;
  readonly tbi1: boolean;
  /** The regime has a lower and an upper half: EL1&0, EL2&0. */
  readonly twoRanges: boolean;
  /** SCTLR_ELx.EE (E0E at EL0): data accesses are big-endian. */
  readonly bigEndian: boolean;
  /** CPACR_EL1.FPEN and CPTR_EL2.TFP let SIMD and floating-point instructions run. */
  readonly fpEnabled: boolean;
  /**
   * Accesses to system registers ask whether they trap: a control of `CHECKED_TRAPS` applies at this EL, or a trace wants to
   * see them.
   */
  readonly checkSystem: boolean;
  /** Software step, or a breakpoint on the page: blocks of one instruction, each of them fetched (law 11). */
  readonly debug: boolean;
}

/** Packs the flags into 13 bits. */
export const packFlags = (f: CodeFlags): number =>
  f.el |
  (f.spsel << 2) |
  (Number(f.checkAlignment) << 3) |
  (Number(f.device) << 4) |
  (Number(f.checkSp) << 5) |
  (Number(f.tbi0) << 6) |
  (Number(f.tbi1) << 7) |
  (Number(f.bigEndian) << 8) |
  (Number(f.fpEnabled) << 9) |
  (Number(f.debug) << 10) |
  (Number(f.checkSystem) << 11) |
  (Number(f.twoRanges) << 12);
