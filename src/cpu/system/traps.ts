/** Controls that trap accesses to system registers and System instructions, bound to the names in the tables. */

import { EC, systemInstructionIss } from '../../arch/syndrome.ts';
import type { TrapName } from '../../arch/sysregs/row.ts';
import type { Gicv3Cpu } from '../../devices/gicv3/gicv3.ts';
import { ICH_HCR_TALL0, ICH_HCR_TALL1, ICH_HCR_TC, ICH_HCR_TDIR } from '../../devices/gicv3/virtual-interface.ts';
import type { Core } from '../core.ts';
import { R, type Slot } from '../slots.ts';
import type { CpuState } from '../state.ts';
import * as bit from './control-bits.ts';
import { UNDEFINED_INSTRUCTION } from './exception-kinds.ts';
import { takeSynchronous } from './exceptions.ts';
import { defaultTarget, e2hSet, hostHasEl0, tgeSet } from './routing.ts';

/** One control; asked at EL0 and EL1 only, since nothing is above EL2. */
export interface Trap {
  /** EL that the trap is taken to; those of EL1 go to EL2 while HCR_EL2.TGE is set. */
  readonly target: 1 | 2;
  /** The bit, for traces, and the one that takes its place while EL0 belongs to EL2, where there is one. */
  readonly routing: string;
  readonly hostRouting?: string;
  /** `gic`: the CPU's GICv3, on whose controls those of its system registers depend. */
  applies(state: CpuState, el: 0 | 1, write: boolean, gic?: Gicv3Cpu): boolean;
}

/** The SCTLR_ELx that controls EL0. */
export const el0Sctlr = (state: CpuState): Slot => (hostHasEl0(state) ? R.SCTLR_EL2 : R.SCTLR_EL1);

/** A control of EL0's accesses by a bit of SCTLR_ELx that allows them. */
const sctlr = (name: string, allowed: number): Trap => ({
  target: 1,
  routing: `SCTLR_EL1.${name}`,
  hostRouting: `SCTLR_EL2.${name}`,
  applies: (state, el) => el === 0 && (state.lo(el0Sctlr(state)) & allowed) === 0,
});
/** A control of EL0's counter and timer accesses by bits of CNTKCTL_EL1 any of which allows them. */
const cntkctl = (name: string, allowed: number): Trap => ({
  target: 1,
  routing: `CNTKCTL_EL1.${name}`,
  hostRouting: `CNTHCTL_EL2.${name}`,
  applies: (state, el) => el === 0 && (state.lo(hostHasEl0(state) ? R.CNTHCTL_EL2 : R.CNTKCTL_EL1) & allowed) === 0,
});
/**
 * A bit of HCR_EL2 that traps accesses from EL1, and from EL0 where it has them and does not belong to EL2; both
 * directions or one.
 */
const hcr = (name: string, mask: number, direction?: 'read' | 'write'): Trap => ({
  target: 2,
  routing: `HCR_EL2.${name}`,
  applies: (state, _el, write) =>
    (state.lo(R.HCR_EL2) & mask) !== 0 &&
    (direction === undefined || write === (direction === 'write')) &&
    !hostHasEl0(state),
});
/** A control of EL0's and EL1's accesses by a bit of CNTHCTL_EL2 that allows them, which stands elsewhere with E2H. */
const cnthctl = (name: string, allowed: number, allowedWithE2h: number): Trap => ({
  target: 2,
  routing: `CNTHCTL_EL2.${name}`,
  applies: (state) =>
    (state.lo(R.CNTHCTL_EL2) & (e2hSet(state) ? allowedWithE2h : allowed)) === 0 && !hostHasEl0(state),
});
/** A control of EL0's accesses to the Performance Monitors by bits of PMUSERENR_EL0 any of which allows them. */
const pmuserenr = (allowed: number, toRead = 0): Trap => ({
  target: 1,
  routing: 'PMUSERENR_EL0.EN',
  applies: (state, el, write) => el === 0 && (state.lo(R.PMUSERENR_EL0) & (write ? allowed : allowed | toRead)) === 0,
});
/** A bit of MDCR_EL2 that traps accesses to the Performance Monitors. */
const mdcrPmu = (name: string, mask: number): Trap => ({
  target: 2,
  routing: `MDCR_EL2.${name}`,
  applies: (state) => (state.lo(R.MDCR_EL2) & mask) !== 0,
});
/** A bit of MDCR_EL2; TDE makes each behave as 1, and so does TGE (DDI 0487, "MDCR_EL2"). */
const mdcr = (name: string, mask: number): Trap => ({
  target: 2,
  routing: `MDCR_EL2.${name}`,
  applies: (state) => (state.lo(R.MDCR_EL2) & (mask | bit.MDCR_TDE)) !== 0 || tgeSet(state),
});

/** A bit of ICH_HCR_EL2. */
const ichHcr = (name: string, mask: number): Trap => ({
  target: 2,
  routing: `ICH_HCR_EL2.${name}`,
  applies: (_state, _el, _write, gic) => gic !== undefined && (gic.list.hcr & mask) !== 0,
});

export const TRAPS: Readonly<Record<TrapName, Trap>> = {
  UCT: sctlr('UCT', bit.SCTLR_UCT),
  UCI: sctlr('UCI', bit.SCTLR_UCI),
  UMA: {
    target: 1,
    routing: 'SCTLR_EL1.UMA',
    applies: (state, el) => el === 0 && (hostHasEl0(state) || (state.lo(R.SCTLR_EL1) & bit.SCTLR_UMA) === 0),
  },
  DZE: sctlr('DZE', bit.SCTLR_DZE),
  EL0PCTEN: cntkctl('EL0PCTEN', bit.CNTKCTL_EL0PCTEN),
  EL0VCTEN: cntkctl('EL0VCTEN', bit.CNTKCTL_EL0VCTEN),
  'EL0PCTEN or EL0VCTEN': cntkctl('EL0PCTEN', bit.CNTKCTL_EL0PCTEN | bit.CNTKCTL_EL0VCTEN),
  EL0PTEN: cntkctl('EL0PTEN', bit.CNTKCTL_EL0PTEN),
  EL0VTEN: cntkctl('EL0VTEN', bit.CNTKCTL_EL0VTEN),
  TVM: hcr('TVM', bit.HCR_TVM, 'write'),
  TRVM: hcr('TRVM', bit.HCR_TRVM, 'read'),
  TACR: hcr('TACR', bit.HCR_TACR),
  TID1: hcr('TID1', bit.HCR_TID1),
  TID2: hcr('TID2', bit.HCR_TID2),
  TID3: hcr('TID3', bit.HCR_TID3),
  TSW: hcr('TSW', bit.HCR_TSW),
  TPC: hcr('TPC', bit.HCR_TPC),
  TPU: hcr('TPU', bit.HCR_TPU),
  TTLB: hcr('TTLB', bit.HCR_TTLB),
  TDZ: hcr('TDZ', bit.HCR_TDZ),
  TCPAC: {
    target: 2,
    routing: 'CPTR_EL2.TCPAC',
    applies: (state) => (state.lo(R.CPTR_EL2) & bit.CPTR_TCPAC) !== 0,
  },
  TDA: mdcr('TDA', bit.MDCR_TDA),
  TDOSA: mdcr('TDOSA', bit.MDCR_TDOSA),
  TDRA: mdcr('TDRA', bit.MDCR_TDRA),
  TDCC: {
    target: 1,
    routing: 'MDSCR_EL1.TDCC',
    applies: (state, el) => el === 0 && (state.lo(R.MDSCR_EL1) & bit.MDSCR_TDCC) !== 0,
  },
  EN: pmuserenr(bit.PMUSERENR_EN),
  'EN or SW': pmuserenr(bit.PMUSERENR_EN | bit.PMUSERENR_SW),
  'EN or ER': pmuserenr(bit.PMUSERENR_EN | bit.PMUSERENR_ER),
  'EN or CR to read': pmuserenr(bit.PMUSERENR_EN, bit.PMUSERENR_CR),
  'EN or ER to read': pmuserenr(bit.PMUSERENR_EN, bit.PMUSERENR_ER),
  TPM: mdcrPmu('TPM', bit.MDCR_TPM),
  TPMCR: mdcrPmu('TPMCR', bit.MDCR_TPMCR),
  EL1PCTEN: cnthctl('EL1PCTEN', bit.CNTHCTL_EL1PCTEN, bit.CNTHCTL_E2H_EL1PCTEN),
  EL1PCEN: cnthctl('EL1PCEN', bit.CNTHCTL_EL1PCEN, bit.CNTHCTL_E2H_EL1PTEN),
  TALL0: ichHcr('TALL0', ICH_HCR_TALL0),
  TALL1: ichHcr('TALL1', ICH_HCR_TALL1),
  TC: ichHcr('TC', ICH_HCR_TC),
  TDIR: ichHcr('TDIR', ICH_HCR_TDIR),
  'FMO or IMO': {
    target: 2,
    routing: 'HCR_EL2.FMO or IMO',
    applies: (state) => (state.lo(R.HCR_EL2) & (bit.HCR_FMO | bit.HCR_IMO)) !== 0,
  },
  Enable: {
    target: 2,
    routing: 'ICC_SRE_EL2.Enable',
    applies: (state) => (state.lo(R.ICC_SRE_EL2) & bit.SRE_ENABLE) === 0,
  },
};

/** HCR_EL2.TIDCP traps EL1's accesses to encodings that are reserved for IMPLEMENTATION DEFINED use. */
export const TIDCP: Trap = {
  target: 2,
  routing: 'HCR_EL2.TIDCP',
  applies: (state, el) => el === 1 && (state.lo(R.HCR_EL2) & bit.HCR_TIDCP) !== 0,
};

/** Takes the trap of an MRS, MSR or System instruction: EC 0x18 with the fields of its word. */
function takeTrap(core: Core, trap: Trap, word: number): void {
  const { state } = core;
  const byTge = trap.target === 1 && state.el === 0 && tgeSet(state);
  const host = hostHasEl0(state) ? trap.hostRouting : undefined;
  const target = trap.target === 2 ? 2 : defaultTarget(state);
  takeSynchronous(
    core,
    UNDEFINED_INSTRUCTION,
    target,
    EC.SYSTEM_REGISTER,
    systemInstructionIss(word),
    byTge ? (host ?? 'HCR_EL2.TGE') : trap.routing,
  );
}

/** Asks controls in their order and takes the first trap that applies; false when the access may go on. */
export function trapped(core: Core, traps: readonly Trap[], write: boolean, word: number): boolean {
  const { el } = core.state;
  if (el === 2) return false;
  for (const trap of traps) {
    if (trap.applies(core.state, el, write, core.gic)) {
      takeTrap(core, trap, word);
      return true;
    }
  }
  return false;
}
