/** Trace events as lines of text: QEMU's wording where QEMU has one, `category cpu: …` for the rest. */

import { hex } from '../arch/addresses.ts';
import type { BbmTranslation, TraceEvent } from '../arch/trace.ts';
import type { Sink, TraceContext } from './context.ts';
import type { Disassemble } from './disassemble.ts';
import { blockText, exceptionText, executedText, returnText } from './qemu-lines.ts';
import { registerDump } from './registers.ts';
import type { SymbolTable } from './symbols.ts';
import { hasEl0, resultText, stepText, walkText } from './walk-text.ts';
import type { LineWriter } from './writer.ts';

/** What a text sink is made of. */
export interface TextSinkParts {
  writer: LineWriter;
  context: TraceContext;
  symbols: SymbolTable;
  /** Needed for assembly in `in_asm`; create it only when that is asked for. */
  disassemble?: Disassemble | undefined;
}

/** The sink that writes text. */
export function textSink({ writer, context, symbols, disassemble }: TextSinkParts): Sink {
  /** Whether the regime of the walk that each CPU is in has EL0: its steps do not repeat it. */
  const el0: boolean[] = [];

  function text(cpu: number, event: TraceEvent): string {
    switch (event.category) {
      case 'in_asm':
        return blockText(event, symbols, disassemble);
      case 'exec':
        return executedText(cpu, event, symbols);
      case 'cpu':
        return registerDump(context.state(cpu));
      case 'int':
        return event.type === 'exception' ? exceptionText(cpu, event, symbols) : returnText(event, symbols);
      case 'unimp':
      case 'guest_errors':
        return event.text;
      default:
        return `${event.category} ${cpu}: ${ownText(cpu, event)}`;
    }
  }

  function ownText(cpu: number, event: OwnEvent): string {
    switch (event.category) {
      case 'mmu':
        if (event.type === 'step') return `  ${stepText(event, el0[cpu] ?? true)}`;
        if (event.type === 'result') return `  ${resultText(event)}`;
        el0[cpu] = hasEl0(event.regime);
        return `walk ${walkText(event, symbols)}`;
      case 'tlb':
        return event.type === 'invalidate' ? invalidateText(event) : entryText(event);
      case 'bbm':
        return violationText(event);
      case 's2fault':
        return `VM ${event.vm} IPA ${hex(event.ipa)} ${event.access}, ${event.kind}, level ${event.level}: ${event.action}`;
      case 'sysreg': {
        const place = `at EL${event.el} PC ${hex(event.pc)}${symbols.suffix(event.pc)}`;
        return `${event.type} ${event.name} = ${hex(event.value)} ${place}`;
      }
      case 'mmio':
        return `${event.type} ${event.device}+${hex(event.offset)} PA ${hex(event.pa)} size ${event.size} = ${hex(event.value)}`;
      default:
        return `${event.type} VM ${event.vm} vCPU ${event.vcpu}: ${event.text}`;
    }
  }

  return (cpu, event) => writer.line(text(cpu, event));
}

type OwnEvent = Exclude<TraceEvent, { category: 'in_asm' | 'exec' | 'cpu' | 'int' | 'unimp' | 'guest_errors' }>;
type TlbEvent = Extract<TraceEvent, { category: 'tlb' }>;

function entryText(event: Exclude<TlbEvent, { type: 'invalidate' }>): string {
  const { type, regime, space, address, pa, bytes, asid, vmid } = event;
  return `${type} ${regime} ${space} ${hex(address)} -> PA ${hex(pa)} ${bytes} bytes, ASID ${asid}, VMID ${vmid}`;
}

function invalidateText(event: Extract<TlbEvent, { type: 'invalidate' }>): string {
  const { operation, asid, vmid, address, dropped } = event;
  const scope = [
    ...(address === undefined ? [] : [`address ${hex(address)}`]),
    ...(asid === undefined ? [] : [`ASID ${asid}`]),
    ...(vmid === undefined ? [] : [`VMID ${vmid}`]),
  ];
  return `${[operation, ...scope].join(' ')}: ${dropped} dropped`;
}

function violationText(event: Extract<TraceEvent, { category: 'bbm' }>): string {
  const { what, regime, space, address, asid, vmid, cached, found } = event;
  const where = `${regime} ${space} ${hex(address)}, ASID ${asid}, VMID ${vmid}`;
  return `${what} changed without break-before-make at ${where}: TLB ${sideText(cached)}; tables ${sideText(found)}`;
}

function sideText({ pa, attributes, level1, level2 }: BbmTranslation): string {
  const level = (stage: number, of: number | undefined): string =>
    of === undefined ? '' : ` stage ${stage} level ${of}`;
  return `PA ${hex(pa)} ${attributes}${level(1, level1)}${level(2, level2)}`;
}
