/** Software step: the states of its machine between two instructions (DDI 0487, "Software Step exceptions"). */

import { DAIF, R, SS } from '../../slots.ts';
import { type CpuState, SPSR_SS } from '../../state.ts';
import { MDSCR_SS, PSTATE_D } from '../control-bits.ts';
import { debugEnabledFrom } from './control.ts';

/** LDXR, LDAXR, LDXP and LDAXP with their byte and halfword forms. */
const LOAD_EXCLUSIVE_MASK = 0x3fc0_0000;
const LOAD_EXCLUSIVE = 0x0840_0000;
/** ISS of a Software Step exception: the fault status of debug exceptions, ISV, EX. */
const ISS_DEBUG = 0x22;
const ISS_ISV = 1 << 24;
const ISS_EX = 1 << 6;

/** Whether software step is active: MDSCR_EL1.SS, and the current EL takes debug exceptions. */
export const stepActive = (state: CpuState): boolean => (state.lo(R.MDSCR_EL1) & MDSCR_SS) !== 0 && debugEnabled(state);

/** Whether the current EL takes debug exceptions. */
const debugEnabled = (state: CpuState): boolean => debugEnabledFrom(state, state.el, (state.lo(DAIF) & PSTATE_D) !== 0);

/** Of one CPU. While an instruction is stepped PSTATE.SS is 0 already; an exception that undoes it puts it into SPSR. */
export class SoftwareStep {
  /** The instruction fetched last was stepped. */
  private stepped = false;
  private exclusive = false;

  constructor(private readonly state: CpuState) {}

  /** Active-pending: the exception comes before the next instruction. Asked while software step is active. */
  get isPending(): boolean {
    return this.state.lo(SS) === 0;
  }

  /** Steps the instruction of this word. */
  begin(word: number): void {
    this.state.set32(SS, 0);
    this.stepped = true;
    this.exclusive = (word & LOAD_EXCLUSIVE_MASK) === LOAD_EXCLUSIVE;
  }

  /** ISS of the exception: ISV when an instruction was stepped, EX when it was a Load-Exclusive. */
  get iss(): number {
    return this.stepped ? ISS_ISV | (this.exclusive ? ISS_EX : 0) | ISS_DEBUG : ISS_DEBUG;
  }

  /** Forgets the instruction that was stepped: the CPU left the state, or goes somewhere else. */
  end(): void {
    this.stepped = false;
  }

  /** SPSR_ELx.SS of an exception from the running instruction, which is to execute again. */
  get spsrAgain(): number {
    return this.stepped ? SPSR_SS : 0;
  }
}

/** `DebugExceptionReturnSS`: PSTATE.SS after a return to `toEl` by a value of SPSR_ELx, asked before the return. */
export function returnSs(state: CpuState, spsr: number, toEl: number): 0 | 1 {
  if ((spsr & SPSR_SS) === 0 || (state.lo(R.MDSCR_EL1) & MDSCR_SS) === 0) return 0;
  if (debugEnabled(state)) return 0;
  return debugEnabledFrom(state, toEl, (spsr & PSTATE_D) !== 0) ? 1 : 0;
}
