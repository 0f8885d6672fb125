/** The events that QEMU logs too (`-d in_asm,exec,cpu,int`), in QEMU's words. */

import { hex } from '../arch/addresses.ts';
import type { TraceEvent } from '../arch/trace.ts';
import type { Disassemble } from './disassemble.ts';
import type { SymbolTable } from './symbols.ts';
import { syndromeText } from './syndrome-text.ts';

type Event<Category, Type = string> = Extract<TraceEvent, { category: Category; type: Type }>;

const name = (symbols: SymbolTable, va: bigint): string => symbols.find(va)?.name ?? '';

/** A block about to be decoded for the first time; without a disassembler, its words only. */
export function blockText(
  { instructions }: Event<'in_asm', 'block'>,
  symbols: SymbolTable,
  disassemble: Disassemble | undefined,
): string {
  let text = `----------------\nIN: ${instructions.length === 0 ? '' : name(symbols, instructions[0].va)}\n`;
  for (const { va, word } of instructions) {
    const assembly = disassemble === undefined ? '' : `  ${disassemble(word, va)}`;
    text += `${hex(va, 8)}:  ${(word >>> 0).toString(16).padStart(8, '0')}${assembly}\n`;
  }
  return text;
}

/** A block that starts to run. QEMU prints a host pointer and internal flags: here stand the PA and the length. */
export function executedText(cpu: number, { va, pa, count }: Event<'exec', 'block'>, symbols: SymbolTable): string {
  const place = `${va.toString(16).padStart(16, '0')}/${count.toString(16).padStart(8, '0')}`;
  return `Trace ${cpu}: ${hex(pa)} [${place}] ${name(symbols, va)}`;
}

/** An exception entry; the lines after QEMU's say what the syndrome means and which rule chose the target. */
export function exceptionText(cpu: number, event: Event<'int', 'exception'>, symbols: SymbolTable): string {
  const { esr, far, elr, targetPc } = event;
  const lines = [`Taking exception ${event.number} [${event.name}] on CPU ${cpu}`];
  lines.push(`...from EL${event.fromEl} to EL${event.toEl}`);
  if (esr !== undefined) lines.push(`...with ESR ${hex(esr >>> 26)}/${hex(esr >>> 0)}`);
  if (far !== undefined) lines.push(`...with FAR ${hex(far)}${symbols.suffix(far)}`);
  lines.push(`...with ELR ${hex(elr)}${symbols.suffix(elr)}`);
  lines.push(`...to EL${event.toEl} PC ${hex(targetPc)}${symbols.suffix(targetPc)} PSTATE ${hex(event.pstate >>> 0)}`);
  if (esr !== undefined) lines.push(`...syndrome ${syndromeText(esr)}`);
  lines.push(`...routed by ${event.routing}`);
  return lines.join('\n');
}

/** An exception return. */
export function returnText({ fromEl, toEl, pc }: Event<'int', 'return'>, symbols: SymbolTable): string {
  return `Exception return from AArch64 EL${fromEl} to AArch64 EL${toEl} PC ${hex(pc)}${symbols.suffix(pc)}`;
}
