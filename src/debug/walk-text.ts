/** The events of a table walk as lines of text, for the trace and for explanations. */

import { hex, hex64 } from '../arch/addresses.ts';
import type { TraceEvent, WalkStepEvent } from '../arch/trace.ts';
import { descriptorText } from './descriptor-text.ts';
import type { SymbolTable } from './symbols.ts';

export type WalkEvent = Extract<TraceEvent, { category: 'mmu'; type: 'walk' }>;
export type WalkResultEvent = Extract<TraceEvent, { category: 'mmu'; type: 'result' }>;

/** Whether a regime, by its name in events, has EL0 besides its own level. */
export const hasEl0 = (regime: string): boolean => regime.endsWith('&0');

/** What is translated: `VA 0x40201234 <main> read, EL1&0, ASID 1, VMID 2`. */
export function walkText(walk: WalkEvent, symbols: SymbolTable): string {
  const { va, access, unprivileged, regime, asid, vmid } = walk;
  const kind = unprivileged ? `unprivileged ${access}` : access;
  return `VA ${hex(va)}${symbols.suffix(va)} ${kind}, ${regime}, ASID ${asid}, VMID ${vmid}`;
}

/** Index of a step's descriptor in its table. */
export const stepIndex = ({ descriptorAddress, tableAddress }: WalkStepEvent): number =>
  (descriptorAddress - tableAddress) / 8;

/** One step: stage, level, table[index], descriptor's address and value, decoded. */
export function stepText(step: WalkStepEvent, el0: boolean): string {
  const { stage, level, tableAddress, descriptorAddress, descriptorSpace, descriptorHi, descriptorLo } = step;
  const table = `table ${hex(tableAddress)}[${stepIndex(step)}]`;
  const place = `@${descriptorSpace} ${hex(descriptorAddress)} = ${hex64(descriptorHi, descriptorLo)}`;
  return `stage ${stage} level ${level} ${table} ${place} ${descriptorText({ ...step, el0 })}`;
}

/** The outcome: `VA 0x.. -> IPA 0x.. -> PA 0x.. Normal WB SH=inner`, or the addresses reached and the fault. */
export function resultText({ va, ok, ipa, pa, attributes, fault }: WalkResultEvent): string {
  const reached = [`VA ${hex(va)}`];
  if (ipa !== undefined) reached.push(`IPA ${hex(ipa)}`);
  if (pa !== undefined) reached.push(`PA ${hex(pa)}`);
  return ok ? `${reached.join(' -> ')} ${attributes}` : [...reached, fault].join(' -> ');
}
