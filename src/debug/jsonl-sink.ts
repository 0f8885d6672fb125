/** Trace events as JSON, one object a line, with a fixed order of keys and addresses in hexadecimal text. */

import { hex, hex64 } from '../arch/addresses.ts';
import type { BbmTranslation, TraceEvent, WalkStepEvent } from '../arch/trace.ts';
import type { Sink, TraceContext } from './context.ts';
import { generalRegisters } from './registers.ts';
import type { SymbolTable } from './symbols.ts';
import { stepIndex } from './walk-text.ts';
import type { LineWriter } from './writer.ts';

/** What a JSONL sink is made of. */
export interface JsonlSinkParts {
  writer: LineWriter;
  context: TraceContext;
  symbols: SymbolTable;
}

type Fields = Record<string, unknown>;

/**
 * The sink that writes JSONL. Each line starts with `time` (ns), `retired` (instructions), `cpu`, `el`, `vm` (when there is one),
 * `category`, `type`; the event's own fields follow in the order below. Absent values have no key.
 */
export function jsonlSink({ writer, context, symbols }: JsonlSinkParts): Sink {
  return (cpu, event) => {
    const { category, type } = event;
    const head = {
      time: context.time(),
      retired: context.instructions(),
      cpu,
      el: context.state(cpu).el,
      vm: context.vm(cpu),
      category,
      type,
    };
    writer.line(JSON.stringify({ ...head, ...fields(event, cpu, context, symbols) }));
  };
}

const address = (value: number | bigint | undefined): string | undefined =>
  value === undefined ? undefined : hex(value);

function fields(event: TraceEvent, cpu: number, context: TraceContext, symbols: SymbolTable): Fields {
  const symbol = (va: bigint): string | undefined => symbols.suffix(va).slice(2, -1) || undefined;
  switch (event.category) {
    case 'in_asm':
      return { instructions: event.instructions.map(({ va, word }) => ({ va: hex(va), word: hex(word >>> 0, 8) })) };
    case 'exec':
      return { va: hex(event.va), symbol: symbol(event.va), pa: hex(event.pa), count: event.count };
    case 'cpu':
      return { ...generalRegisters(context.state(cpu)) };
    case 'int':
      if (event.type === 'return') {
        return { fromEl: event.fromEl, toEl: event.toEl, pc: hex(event.pc), symbol: symbol(event.pc) };
      }
      return {
        number: event.number,
        name: event.name,
        fromEl: event.fromEl,
        toEl: event.toEl,
        esr: address(event.esr),
        far: address(event.far),
        elr: hex(event.elr),
        symbol: symbol(event.elr),
        targetPc: hex(event.targetPc),
        pstate: hex(event.pstate >>> 0),
        routing: event.routing,
      };
    case 'mmu':
      return walkFields(event);
    case 'tlb':
      if (event.type === 'invalidate') {
        const { operation, asid, vmid, dropped } = event;
        return { operation, asid, vmid, address: address(event.address), dropped };
      }
      return {
        regime: event.regime,
        space: event.space,
        address: hex(event.address),
        pa: hex(event.pa),
        bytes: event.bytes,
        asid: event.asid,
        vmid: event.vmid,
      };
    case 'bbm': {
      const { what, regime, space, asid, vmid, cached, found } = event;
      const at = hex(event.address);
      return { what, regime, space, address: at, asid, vmid, cached: bbmFields(cached), found: bbmFields(found) };
    }
    case 's2fault': {
      const { vm, access, kind, level, action } = event;
      return { vm, ipa: hex(event.ipa), access, kind, level, action };
    }
    case 'sysreg':
      return { name: event.name, value: hex(event.value), pc: hex(event.pc), symbol: symbol(event.pc) };
    case 'mmio': {
      const { device, size } = event;
      return { device, pa: hex(event.pa), offset: hex(event.offset), size, value: hex(event.value) };
    }
    case 'hyp': {
      const { vm, vcpu, text } = event;
      return { vm, vcpu, text };
    }
    default:
      return { text: event.text };
  }
}

const bbmFields = ({ pa, attributes, level1, level2 }: BbmTranslation): Fields => ({
  pa: hex(pa),
  attributes,
  level1,
  level2,
});

function walkFields(event: Extract<TraceEvent, { category: 'mmu' }>): Fields {
  if (event.type === 'step') return stepFields(event);
  if (event.type === 'walk') {
    const { access, unprivileged, regime, asid, vmid } = event;
    return { va: hex(event.va), access, unprivileged, regime, asid, vmid };
  }
  const { ok, attributes, fault } = event;
  return { va: hex(event.va), ok, ipa: address(event.ipa), pa: address(event.pa), attributes, fault };
}

function stepFields(step: WalkStepEvent): Fields {
  return {
    stage: step.stage,
    level: step.level,
    granule: 2 ** step.granuleShift,
    table: hex(step.tableAddress),
    index: stepIndex(step),
    address: hex(step.descriptorAddress),
    space: step.descriptorSpace,
    descriptor: hex64(step.descriptorHi, step.descriptorLo),
    kind: step.kind,
  };
}
