/** Exceptions: routing, syndrome registers, and entry to EL1 or EL2 (DDI 0487, "Exception entry"). */

import type { Fault } from '../../arch/fault.ts';
import { dataAbortIss, EC, type ExceptionClass, esr, instructionAbortIss } from '../../arch/syndrome.ts';
import { CATEGORIES } from '../../arch/trace.ts';
import type { Core } from '../core.ts';
import { DAIF, EL, IL, PAN, PC, R, SPSEL, SS, SSBS, UAO } from '../slots.ts';
import { type CpuState, SPSR_PAN, SPSR_SSBS } from '../state.ts';
import { ELR, ESR, FAR, SPSR, type TargetEl, VBAR } from './banked.ts';
import { branchTo } from './commit.ts';
import { PSTATE_DAIF, SCTLR_HI_DSSBS, SCTLR_SPAN } from './control-bits.ts';
import { DATA_ABORT, type ExceptionKind, PREFETCH_ABORT, UNDEFINED_INSTRUCTION } from './exception-kinds.ts';
import { defaultTarget, hostHasEl0, tgeSet } from './routing.ts';

/** Offsets into a group of four vectors (DDI 0487, "Exception vectors"). */
export const VECTOR_SYNC = 0x000;
export const VECTOR_IRQ = 0x080;
export const VECTOR_FIQ = 0x100;
export const VECTOR_SERROR = 0x180;
const FROM_SAME_SPX = 0x200;
const FROM_LOWER = 0x400;

/** In place of a syndrome: the exception (IRQ, FIQ) leaves ESR_ELx alone. */
export const NO_SYNDROME = -1;

/** What decided for `defaultTarget`, for traces. */
function defaultRouting(state: CpuState): string {
  if (state.el === 2) return 'EL2 default';
  return state.el === 0 && tgeSet(state) ? 'HCR_EL2.TGE' : 'EL1 default';
}

/**
 * Enters `target` at the vector with the given offset; PC is the preferred return address. `syndrome` is the value of
 * ESR_ELx or NO_SYNDROME; FAR and HPFAR must have been written. `routing` names the bit that chose the target, undefined
 * for the default. A hypervisor in TypeScript is told last, when the state is that of the vector's first instruction.
 */
export function takeException(
  core: Core,
  kind: ExceptionKind,
  target: TargetEl,
  vector: number,
  syndrome: number,
  routing: string | undefined,
): void {
  const { state } = core;
  const from = state.el;
  const tracing = core.trace.on(CATEGORIES.int);
  const reason = tracing ? (routing ?? defaultRouting(state)) : '';
  const synchronous = vector === VECTOR_SYNC;
  if (synchronous) core.pmu.synchronousException(kind.retires);
  else core.pmu.asynchronousException();
  state.set64(SPSR[target], 0, synchronous && !kind.retires ? state.pstate | core.step.spsrAgain : state.pstate);
  core.step.end();
  state.copy(ELR[target], PC);
  if (syndrome !== NO_SYNDROME) state.set64(ESR[target], 0, syndrome);
  const group = from < target ? FROM_LOWER : state.lo(SPSEL) === 0 ? 0 : FROM_SAME_SPX;
  state.set32(EL, target);
  state.set32(SPSEL, 1);
  state.set32(DAIF, PSTATE_DAIF);
  state.set32(SS, 0);
  state.set32(IL, 0);
  if (state.optionalPstate !== 0) enterOptionalPstate(state, target);
  branchTo(state, state.hi(VBAR[target]), state.lo(VBAR[target]) + group + vector);
  core.levelChanged();
  // Halves as int32, which V8 passes on without an allocation.
  core.history.exception(
    kind.name,
    from,
    target,
    syndrome === NO_SYNDROME ? undefined : syndrome,
    state.hi(FAR[target]) | 0,
    state.lo(FAR[target]) | 0,
    state.hi(ELR[target]) | 0,
    state.lo(ELR[target]) | 0,
    state.hi(PC) | 0,
    state.lo(PC) | 0,
  );
  if (tracing) traceEntry(core, kind, from, target, syndrome, reason);
  if (target === 2 && core.hypervisor !== undefined) core.hypervisor(core);
}

/**
 * The fields that come with features: SSBS is SCTLR_ELx.DSSBS; PAN is set unless SCTLR_ELx.SPAN by entry to EL1, and to
 * EL2 while EL0 belongs to it.
 */
function enterOptionalPstate(state: CpuState, target: TargetEl): void {
  const { optionalPstate } = state;
  state.set32(UAO, 0);
  const sctlr = target === 1 ? R.SCTLR_EL1 : R.SCTLR_EL2;
  const withPan = (optionalPstate & SPSR_PAN) !== 0 && (target === 1 || hostHasEl0(state));
  if (withPan && (state.lo(sctlr) & SCTLR_SPAN) === 0) state.set32(PAN, 1);
  if ((optionalPstate & SPSR_SSBS) !== 0) state.set32(SSBS, (state.hi(sctlr) & SCTLR_HI_DSSBS) === 0 ? 0 : 1);
}

function traceEntry(
  core: Core,
  kind: ExceptionKind,
  from: number,
  target: TargetEl,
  syndrome: number,
  routing: string,
): void {
  const { state } = core;
  core.trace.sink(core.index, {
    category: 'int',
    type: 'exception',
    number: kind.number,
    name: kind.name,
    fromEl: from,
    toEl: target,
    esr: syndrome === NO_SYNDROME ? undefined : syndrome,
    far: kind.hasFar ? state.get(FAR[target]) : undefined,
    elr: state.get(ELR[target]),
    targetPc: state.pc,
    pstate: state.pstate,
    routing,
  });
}

/** Takes a synchronous exception; parameters as of `takeException`. */
export function takeSynchronous(
  core: Core,
  kind: ExceptionKind,
  target: TargetEl,
  ec: ExceptionClass,
  iss: number,
  routing?: string,
): void {
  takeException(core, kind, target, VECTOR_SYNC, esr(ec, iss), routing);
}

/** HPFAR_EL2.FIPA holds IPA[47:12] in bits [39:4]. */
function writeHpfar(state: CpuState, ipa: number): void {
  const page = Math.floor(ipa / 0x1000);
  state.set64(R.HPFAR_EL2, Math.floor(page / 0x1000_0000), page << 4);
}

/** Writes FAR and HPFAR of an abort and returns the EL that takes it (DDI 0487, `AArch64.Abort`). */
function abortTarget(state: CpuState, fault: Fault, vaHi: number, vaLo: number): TargetEl {
  const target = fault.stage === 2 ? 2 : defaultTarget(state);
  state.set64(FAR[target], vaHi, vaLo);
  // For a stage-2 Permission fault that is not on a stage-1 walk HPFAR_EL2 is UNKNOWN; it is written as for the others.
  if (fault.stage === 2) writeHpfar(state, fault.ipa);
  return target;
}

const STAGE2_ROUTING = 'HCR_EL2.VM (stage 2)';
const abortRouting = (fault: Fault): string | undefined => (fault.stage === 2 ? STAGE2_ROUTING : undefined);

/**
 * Data Abort of the access at the VA that faulted first. `access` holds the bits of the ISS that the access gives: WnR,
 * CM, and `loadStoreIss` for a load or store of one general register without write-back, else no ISV.
 */
export function dataAbort(core: Core, fault: Fault, vaHi: number, vaLo: number, access: number): void {
  const target = abortTarget(core.state, fault, vaHi, vaLo);
  const ec = core.state.el < target ? EC.DATA_ABORT_LOWER : EC.DATA_ABORT_SAME;
  takeSynchronous(core, DATA_ABORT, target, ec, dataAbortIss(fault, access), abortRouting(fault));
}

/** Instruction Abort of the fetch at PC; the VA is that of the byte that faulted. */
export function instructionAbort(core: Core, fault: Fault, vaHi: number, vaLo: number): void {
  const target = abortTarget(core.state, fault, vaHi, vaLo);
  const ec = core.state.el < target ? EC.INSTRUCTION_ABORT_LOWER : EC.INSTRUCTION_ABORT_SAME;
  takeSynchronous(core, PREFETCH_ABORT, target, ec, instructionAbortIss(fault), abortRouting(fault));
}

/** PC alignment fault: PC is not a multiple of 4. */
export function pcAlignmentFault(core: Core): void {
  const target = defaultTarget(core.state);
  core.state.copy(FAR[target], PC);
  takeSynchronous(core, PREFETCH_ABORT, target, EC.PC_ALIGNMENT, 0);
}

/** SP alignment fault: SP as a base is not a multiple of 16 while SCTLR_ELx.SA (SA0) is set. */
export function spAlignmentFault(core: Core): void {
  takeSynchronous(core, UNDEFINED_INSTRUCTION, defaultTarget(core.state), EC.SP_ALIGNMENT, 0);
}

/** Illegal Execution state exception: an instruction was to run with PSTATE.IL set. */
export function illegalState(core: Core): void {
  takeSynchronous(core, UNDEFINED_INSTRUCTION, defaultTarget(core.state), EC.ILLEGAL_STATE, 0);
}

/** The instruction at PC is UNDEFINED: EC 0. */
export function undefinedInstruction(core: Core): void {
  takeSynchronous(core, UNDEFINED_INSTRUCTION, defaultTarget(core.state), EC.UNKNOWN, 0);
}
