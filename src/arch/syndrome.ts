/** Exception syndromes: exception classes and the builders of ESR_ELx values (DDI 0487, "ESR_ELx"). */

import { type Fault, faultStatusCode } from './fault.ts';

/** Exception classes, ESR_ELx.EC, of Armv8.0. */
export const EC = {
  UNKNOWN: 0x00,
  WFX: 0x01,
  CP15_RT: 0x03,
  CP15_RRT: 0x04,
  CP14_RT: 0x05,
  CP14_DT: 0x06,
  FP_ACCESS: 0x07,
  CP10_ID: 0x08,
  CP14_RRT: 0x0c,
  ILLEGAL_STATE: 0x0e,
  SVC32: 0x11,
  HVC32: 0x12,
  SMC32: 0x13,
  SVC64: 0x15,
  HVC64: 0x16,
  SMC64: 0x17,
  SYSTEM_REGISTER: 0x18,
  INSTRUCTION_ABORT_LOWER: 0x20,
  INSTRUCTION_ABORT_SAME: 0x21,
  PC_ALIGNMENT: 0x22,
  DATA_ABORT_LOWER: 0x24,
  DATA_ABORT_SAME: 0x25,
  SP_ALIGNMENT: 0x26,
  FP_EXCEPTION32: 0x28,
  FP_EXCEPTION64: 0x2c,
  SERROR: 0x2f,
  BREAKPOINT_LOWER: 0x30,
  BREAKPOINT_SAME: 0x31,
  STEP_LOWER: 0x32,
  STEP_SAME: 0x33,
  WATCHPOINT_LOWER: 0x34,
  WATCHPOINT_SAME: 0x35,
  BKPT32: 0x38,
  VECTOR_CATCH32: 0x3a,
  BRK64: 0x3c,
} as const;
export type ExceptionClass = (typeof EC)[keyof typeof EC];

/** The manual's words for each class. */
export const EXCEPTION_CLASS_NAMES: Readonly<Record<ExceptionClass, string>> = {
  [EC.UNKNOWN]: 'Unknown reason',
  [EC.WFX]: 'Trapped WFI or WFE',
  [EC.CP15_RT]: 'Trapped MCR or MRC access, coproc 0b1111',
  [EC.CP15_RRT]: 'Trapped MCRR or MRRC access, coproc 0b1111',
  [EC.CP14_RT]: 'Trapped MCR or MRC access, coproc 0b1110',
  [EC.CP14_DT]: 'Trapped LDC or STC access',
  [EC.FP_ACCESS]: 'Access to Advanced SIMD or floating-point functionality',
  [EC.CP10_ID]: 'Trapped VMRS access from ID group traps',
  [EC.CP14_RRT]: 'Trapped MRRC access, coproc 0b1110',
  [EC.ILLEGAL_STATE]: 'Illegal Execution state',
  [EC.SVC32]: 'SVC instruction execution in AArch32 state',
  [EC.HVC32]: 'HVC instruction execution in AArch32 state',
  [EC.SMC32]: 'SMC instruction execution in AArch32 state',
  [EC.SVC64]: 'SVC instruction execution in AArch64 state',
  [EC.HVC64]: 'HVC instruction execution in AArch64 state',
  [EC.SMC64]: 'SMC instruction execution in AArch64 state',
  [EC.SYSTEM_REGISTER]: 'Trapped MSR, MRS or System instruction execution in AArch64 state',
  [EC.INSTRUCTION_ABORT_LOWER]: 'Instruction Abort from a lower Exception level',
  [EC.INSTRUCTION_ABORT_SAME]: 'Instruction Abort taken without a change in Exception level',
  [EC.PC_ALIGNMENT]: 'PC alignment fault',
  [EC.DATA_ABORT_LOWER]: 'Data Abort from a lower Exception level',
  [EC.DATA_ABORT_SAME]: 'Data Abort taken without a change in Exception level',
  [EC.SP_ALIGNMENT]: 'SP alignment fault',
  [EC.FP_EXCEPTION32]: 'Trapped floating-point exception from AArch32 state',
  [EC.FP_EXCEPTION64]: 'Trapped floating-point exception from AArch64 state',
  [EC.SERROR]: 'SError interrupt',
  [EC.BREAKPOINT_LOWER]: 'Breakpoint exception from a lower Exception level',
  [EC.BREAKPOINT_SAME]: 'Breakpoint exception taken without a change in Exception level',
  [EC.STEP_LOWER]: 'Software Step exception from a lower Exception level',
  [EC.STEP_SAME]: 'Software Step exception taken without a change in Exception level',
  [EC.WATCHPOINT_LOWER]: 'Watchpoint exception from a lower Exception level',
  [EC.WATCHPOINT_SAME]: 'Watchpoint exception taken without a change in Exception level',
  [EC.BKPT32]: 'BKPT instruction execution in AArch32 state',
  [EC.VECTOR_CATCH32]: 'Vector Catch exception from AArch32 state',
  [EC.BRK64]: 'BRK instruction execution in AArch64 state',
};

/** ESR_ELx.IL: the instruction is 32 bits long, or the exception has no instruction; always set in A64. */
const IL = 1 << 25;
/** ISS bits of a Data Abort. */
export const ISS_WNR = 1 << 6;
export const ISS_S1PTW = 1 << 7;
export const ISS_CM = 1 << 8;
export const ISS_ISV = 1 << 24;
/** ISS[24:14]: the load or store that a stage-2 Data Abort describes. */
const ISS_LOAD_STORE = 0x1ff_c000;

/** The uint32 value of ESR_ELx for an exception from A64 code; `iss` is 25 bits. */
export const esr = (ec: ExceptionClass, iss: number): number => ((ec << 26) | IL | iss) >>> 0;
/** ESR_ELx.EC of a syndrome; an unassigned class is possible when software wrote the register. */
export const exceptionClass = (syndrome: number): number => syndrome >>> 26;
/** ESR_ELx.ISS, 25 bits. */
export const instructionSyndrome = (syndrome: number): number => syndrome & 0x1ff_ffff;

/**
 * ISS[24:14] (ISV = 1, SAS, SSE, SRT, SF, AR) of a load or store of one general register without write-back.
 * `sizeLog2` is 0 to 3, `rt` the number of the register, `sf` whether it is 64 bits wide, `acquireRelease` AR.
 */
export function loadStoreIss(
  sizeLog2: number,
  signed: boolean,
  rt: number,
  sf: boolean,
  acquireRelease: boolean,
): number {
  return (
    ISS_ISV |
    (sizeLog2 << 22) |
    (Number(signed) << 21) |
    (rt << 16) |
    (Number(sf) << 15) |
    (Number(acquireRelease) << 14)
  );
}

/** ISS of an Instruction Abort: IFSC and S1PTW. */
export const instructionAbortIss = (fault: Fault): number =>
  faultStatusCode(fault.kind, fault.level) | (fault.s1ptw ? ISS_S1PTW : 0);

/**
 * ISS of a Data Abort (DDI 0487, `AArch64.FaultSyndrome`). `access` holds the ISS bits of the access itself: CM, WnR and
 * `loadStoreIss`, which is reported for stage-2 faults on the access and not for those on a stage-1 walk.
 */
export function dataAbortIss(fault: Fault, access: number): number {
  const describes = fault.stage === 2 && !fault.s1ptw;
  return instructionAbortIss(fault) | (describes ? access : access & ~ISS_LOAD_STORE);
}

/**
 * ISS of a trapped MSR, MRS or System instruction (EC 0x18) from its word, whose Op0 to Op2 the manual keeps in
 * bits [20:5], Rt in [4:0] and the direction (1: read) in bit 21.
 */
export function systemInstructionIss(word: number): number {
  const op0 = (word >>> 19) & 3;
  const op1 = (word >>> 16) & 7;
  const crn = (word >>> 12) & 15;
  const crm = (word >>> 8) & 15;
  const op2 = (word >>> 5) & 7;
  const rt = word & 31;
  return (op0 << 20) | (op2 << 17) | (op1 << 14) | (crn << 10) | (rt << 5) | (crm << 1) | ((word >>> 21) & 1);
}

/** ISS of a trapped access to SIMD or floating point from A64 code: CV = 1, COND = 0b1110. */
export const FP_ACCESS_ISS = (1 << 24) | (0b1110 << 20);

/** ISS of a trapped WFI (0) or WFE (1): CV = 1, COND = 0b1110. */
export const wfxIss = (ti: 0 | 1): number => (1 << 24) | (0b1110 << 20) | ti;
