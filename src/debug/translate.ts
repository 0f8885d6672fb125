/** Translations of a CPU as its registers and tables stand, explained: an asked one, and the one that failed last. */

import type { Va } from '../arch/addresses.ts';
import { EC, exceptionClass, ISS_WNR } from '../arch/syndrome.ts';
import type { Cpu } from '../cpu/engine/cpu.ts';
import { regimeAt } from '../cpu/system/regimes.ts';
import { EXECUTE, READ, UNPRIVILEGED, WRITE } from '../mmu/translation.ts';
import { type Explanation, explanation, explanationText, type WalkRecord } from './explain.ts';
import { recordWalk } from './mmu-events.ts';
import type { SymbolTable } from './symbols.ts';

const ACCESSES = { read: READ, write: WRITE, execute: EXECUTE } as const;
export type AccessName = keyof typeof ACCESSES;

/** Walks for a VA with the permissions of an exception level; neither the TLB nor the guest notices. */
function walkAt(cpu: Cpu, va: bigint, access: number, el: number): WalkRecord {
  const regime = regimeAt(cpu, el);
  const kind = el === 0 ? access | UNPRIVILEGED : access;
  return recordWalk(cpu.mmu, regime, Number(va >> 32n), Number(va & 0xffff_ffffn), kind);
}

/**
 * Explains the translation of a VA, VA to IPA to PA, for an access of exception level `el`: the current one unless
 * told. While a VM's hypervisor is at EL2, give 1 or 0 for the VM whose registers are in the CPU.
 */
export function explain(cpu: Cpu, va: Va, access: AccessName = 'read', el: number = cpu.state.el): Explanation {
  return explanation(walkAt(cpu, va, ACCESSES[access], el));
}

/** Like `explain`, as indented lines of text. */
export function explainText(
  cpu: Cpu,
  va: Va,
  access: AccessName = 'read',
  el: number = cpu.state.el,
  symbols?: SymbolTable,
): string {
  return explanationText(walkAt(cpu, va, ACCESSES[access], el), symbols);
}

/** Access of an abort by its syndrome; undefined for other exceptions. */
function accessOf(esr: number): number | undefined {
  switch (exceptionClass(esr)) {
    case EC.INSTRUCTION_ABORT_LOWER:
    case EC.INSTRUCTION_ABORT_SAME:
      return EXECUTE;
    case EC.DATA_ABORT_LOWER:
    case EC.DATA_ABORT_SAME:
      return (esr & ISS_WNR) === 0 ? READ : WRITE;
    default:
      return undefined;
  }
}

/**
 * The walk behind the last exception of a CPU, if that was an abort taken to at most `highestEl` and the walk would
 * fail again.
 */
export function failingWalk(cpu: Cpu, highestEl = 2): WalkRecord | undefined {
  const [last] = cpu.history.exceptions();
  const access = last?.esr === undefined ? undefined : accessOf(last.esr);
  if (access === undefined || last.toEl > highestEl) return undefined;
  const record = walkAt(cpu, last.far, access, last.fromEl);
  return record.result.ok ? undefined : record;
}
