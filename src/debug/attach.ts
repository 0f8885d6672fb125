/** Turns a machine's traces on: sink, filter and MMU reports, put together. */

import { CATEGORIES, type Category } from '../arch/trace.ts';
import type { Cpu } from '../cpu/engine/cpu.ts';
import type { System } from '../cpu/engine/system.ts';
import { currentRegime } from '../cpu/system/regimes.ts';
import type { Sink, TraceContext } from './context.ts';
import { createDisassembler } from './disassemble.ts';
import { filterSink, type TraceFilter } from './filter.ts';
import { jsonlSink } from './jsonl-sink.ts';
import { bbmEvent, MmuEvents } from './mmu-events.ts';
import { SymbolTable } from './symbols.ts';
import { textSink } from './text-sink.ts';
import { LineWriter } from './writer.ts';

export type TraceFormat = 'text' | 'jsonl';

export interface TraceOptions {
  readonly categories: readonly Category[];
  readonly format?: TraceFormat;
  /** Receives the trace in large pieces of whole lines. */
  readonly write: (text: string) => void;
  /** What passes; everything unless told. */
  readonly filter?: TraceFilter;
  /** Name of the VM that a CPU runs, by the CPU's index; undefined outside VMs. */
  readonly vm?: (cpu: number) => string | undefined;
  /** Symbols of a VM, or of the machine's own image for undefined; asked once for each. */
  readonly symbols?: (vm: string | undefined) => SymbolTable;
}

/** A trace that is on. */
export interface AttachedTrace {
  /** Hands on what has not been written yet. */
  flush(): void;
  /** Flushes and turns the trace off. */
  detach(): void;
}

/** Turns categories of a system's trace on; what was on before is off. The system pays for nothing else. */
export async function attachTrace(system: System, options: TraceOptions): Promise<AttachedTrace> {
  const {
    categories,
    format = 'text',
    write,
    filter,
    vm = () => undefined,
    symbols = () => new SymbolTable(),
  } = options;
  const { trace, cpus } = system;
  const writer = new LineWriter(write);
  const context: TraceContext = {
    state: (cpu) => cpus[cpu].state,
    vm,
    time: () => cpus[0].now(),
    instructions: () => system.retired,
  };
  const needsAssembly = format === 'text' && categories.includes('in_asm');
  const disassemble = needsAssembly ? await createDisassembler() : undefined;
  const makeSink = (of: string | undefined): Sink => {
    const parts = { writer, context, symbols: symbols(of) };
    return format === 'jsonl' ? jsonlSink(parts) : textSink({ ...parts, disassemble });
  };
  const sink = sinkOfEachVm(vm, makeSink);
  trace.sink = filter === undefined ? sink : filterSink(filter, context, sink);
  trace.mask = categories.reduce((mask, category) => mask | CATEGORIES[category], 0);
  if (trace.on(CATEGORIES.mmu | CATEGORIES.tlb)) {
    for (const cpu of cpus) cpu.mmu.tracer = new MmuEvents(cpu.index, trace);
  }
  if (trace.on(CATEGORIES.bbm)) for (const cpu of cpus) watchBreakBeforeMake(cpu);
  return {
    flush: () => writer.flush(),
    detach: () => {
      writer.flush();
      trace.mask = 0;
      trace.sink = () => {};
      for (const { mmu } of cpus) {
        mmu.tracer = undefined;
        mmu.watchBreakBeforeMake(undefined);
      }
    },
  };
}

function watchBreakBeforeMake(cpu: Cpu): void {
  const { index, mmu, regimes, trace } = cpu;
  mmu.watchBreakBeforeMake({
    current: () => currentRegime(cpu),
    guest: () => regimes.get('EL1&0'),
    report: (violation) => trace.sink(index, bbmEvent(violation)),
  });
}

/** Sends each event to the sink of the VM that its CPU runs: addresses mean something else in each. */
function sinkOfEachVm(vm: (cpu: number) => string | undefined, makeSink: (of: string | undefined) => Sink): Sink {
  const sinks = new Map<string | undefined, Sink>();
  return (cpu, event) => {
    const of = vm(cpu);
    let sink = sinks.get(of);
    if (sink === undefined) {
      sink = makeSink(of);
      sinks.set(of, sink);
    }
    sink(cpu, event);
  };
}
