/** The account of an abnormal end: registers, syndrome, failing walk, last calls and exceptions, with symbols. */

import { hex } from '../arch/addresses.ts';
import type { BranchRecord, ExceptionRecord, History } from '../cpu/history.ts';
import { type Explanation, explanation, explanationText, type WalkRecord } from './explain.ts';
import {
  type GeneralRegisters,
  generalRegisters,
  type RegisterView,
  registerDump,
  systemRegisters,
} from './registers.ts';
import type { SymbolTable } from './symbols.ts';
import { decodeSyndrome, syndromeText } from './syndrome-text.ts';

/** What a post-mortem is made from. */
export interface PostMortemInput {
  /** Short word for programs, such as `stuck` or `timeout`, and one sentence for people. */
  reason: string;
  message: string;
  cpu: number;
  /** Whether the machine has EL2; it has unless told. */
  hasEl2?: boolean;
  /** The VM that ran, undefined outside the hypervisor's VMs. */
  vm?: string | undefined;
  /** Instructions retired by all CPUs. */
  instructions: number;
  state: RegisterView & { readonly el: number };
  history: Pick<History, 'branches' | 'exceptions'>;
  /** The walk of the address that faulted last, if a fault ended the run. */
  walk?: WalkRecord | undefined;
  symbols: SymbolTable;
}

/** An address and, where known, the symbol that holds it. */
export interface Place {
  address: string;
  symbol?: string;
}

/** The report as plain JSON data; absent parts have no key. */
export interface PostMortem {
  reason: string;
  message: string;
  cpu: number;
  vm?: string;
  instructions: number;
  el: number;
  pc: Place;
  registers: GeneralRegisters;
  /** System registers that are not zero. */
  system: Record<string, string>;
  /** Syndrome of the last exception that has one. */
  syndrome?: { esr: string; ec: number; name: string; fields: Record<string, string> };
  walk?: Explanation;
  /** Newest first, as the branches are. */
  exceptions: { name: string; fromEl: number; toEl: number; esr?: string; far: string; elr: Place; target: Place }[];
  branches: { from: Place; to: Place }[];
}

/** The report for programs. */
export function postMortem(input: PostMortemInput): PostMortem {
  const { reason, message, cpu, vm, instructions, state, history, walk, symbols } = input;
  const place = (va: bigint): Place => {
    const symbol = symbols.suffix(va).slice(2, -1);
    return { address: hex(va), ...(symbol !== '' && { symbol }) };
  };
  const exceptions = history.exceptions();
  const esr = lastSyndrome(exceptions);
  return {
    reason,
    message,
    cpu,
    ...(vm !== undefined && { vm }),
    instructions,
    el: state.el,
    pc: place(state.pc),
    registers: generalRegisters(state),
    system: systemRegisters(state, input.hasEl2),
    ...(esr !== undefined && { syndrome: { esr: hex(esr), ...decodeSyndrome(esr) } }),
    ...(walk !== undefined && { walk: explanation(walk) }),
    exceptions: exceptions.map((exception) => ({
      name: exception.name,
      fromEl: exception.fromEl,
      toEl: exception.toEl,
      ...(exception.esr !== undefined && { esr: hex(exception.esr) }),
      far: hex(exception.far),
      elr: place(exception.elr),
      target: place(exception.target),
    })),
    branches: history.branches().map(({ from, to }) => ({ from: place(from), to: place(to) })),
  };
}

/** The report for people, without a final line end. */
export function postMortemText(input: PostMortemInput): string {
  const { reason, message, cpu, vm, instructions, state, history, walk, symbols } = input;
  const exceptions = history.exceptions();
  const esr = lastSyndrome(exceptions);
  const where = `CPU ${cpu}${vm === undefined ? '' : ` of VM ${vm}`} at EL${state.el}, PC ${hex(state.pc)}`;
  const system = Object.entries(systemRegisters(state, input.hasEl2)).map(
    ([name, value]) => `${name.padEnd(15)} ${value}`,
  );
  return [
    `${reason}: ${message}`,
    `${where}${symbols.suffix(state.pc)}, after ${instructions} instructions`,
    registerDump(state),
    ...section('System registers that are not zero', system),
    ...section('Last syndrome', esr === undefined ? [] : [`${hex(esr)} ${syndromeText(esr)}`]),
    ...section('The failing walk', walk === undefined ? [] : explanationText(walk, symbols).split('\n')),
    ...section(
      'Last exceptions, newest first',
      joinEqual(exceptions.map((exception) => exceptionLine(exception, symbols))),
    ),
    ...section(
      'Last calls and indirect branches, newest first',
      joinEqual(history.branches().map((branch) => branchLine(branch, symbols))),
    ),
  ].join('\n');
}

const lastSyndrome = (exceptions: readonly ExceptionRecord[]): number | undefined =>
  exceptions.find(({ esr }) => esr !== undefined)?.esr;

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];

/** Equal lines that follow each other as one, with their number. */
function joinEqual(lines: readonly string[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < lines.length; ) {
    let end = at + 1;
    while (lines[end] === lines[at]) end++;
    joined.push(end - at === 1 ? lines[at] : `${lines[at]}, ${end - at} times`);
    at = end;
  }
  return joined;
}

function exceptionLine({ name, fromEl, toEl, esr, far, elr, target }: ExceptionRecord, symbols: SymbolTable): string {
  const syndrome = esr === undefined ? '' : ` ESR ${hex(esr)} FAR ${hex(far)}`;
  const from = `ELR ${hex(elr)}${symbols.suffix(elr)}`;
  return `${name}, EL${fromEl} to EL${toEl},${syndrome} ${from} to PC ${hex(target)}${symbols.suffix(target)}`;
}

const branchLine = ({ from, to }: BranchRecord, symbols: SymbolTable): string =>
  `${hex(from)}${symbols.suffix(from)} -> ${hex(to)}${symbols.suffix(to)}`;
