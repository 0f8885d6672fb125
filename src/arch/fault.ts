/** Translation faults as values: what an MMU reports, before exceptions turn it into ESR, FAR and HPFAR. */

/** Kind of an abort, in the words of the Arm ARM (DDI 0487, "Types of MMU faults"). */
export type FaultKind =
  | 'addressSize'
  | 'translation'
  | 'accessFlag'
  | 'permission'
  | 'alignment'
  | 'external'
  | 'externalOnWalk';

/** DFSC/IFSC of a fault: bits [5:2] of the code, level in [1:0] where the kind has one (ESR_EL1.ISS, DDI 0487). */
const STATUS: Record<FaultKind, number> = {
  addressSize: 0b000000,
  translation: 0b000100,
  accessFlag: 0b001000,
  permission: 0b001100,
  alignment: 0b100001,
  external: 0b010000,
  externalOnWalk: 0b010100,
};

/** One fault. Mutable, so that the walker can reuse one object: copy what you keep. */
export class Fault {
  kind: FaultKind = 'translation';
  /** Stage whose table or permission failed. */
  stage: 1 | 2 = 1;
  /** Lookup level, 0 to 3; 0 for kinds without a level. */
  level = 0;
  /** True when a stage-2 fault hit the stage-1 walk's own descriptor access (ESR.S1PTW). */
  s1ptw = false;
  /** For stage 2: the IPA that faulted (the descriptor's IPA when `s1ptw`), in bytes; HPFAR holds bits [.. :12]. */
  ipa = 0;

  set(kind: FaultKind, stage: 1 | 2, level: number, s1ptw = false, ipa = 0): false {
    this.kind = kind;
    this.stage = stage;
    this.level = level;
    this.s1ptw = s1ptw;
    this.ipa = ipa;
    return false;
  }
}

/** The 6-bit DFSC or IFSC of a fault (ESR_ELx.ISS[5:0]). */
export function faultStatusCode(kind: FaultKind, level: number): number {
  const code = STATUS[kind];
  return kind === 'alignment' || kind === 'external' ? code : code | level;
}
