/** A filter in front of a trace sink: by exception level, VM, address and instruction count. */

import type { TraceEvent } from '../arch/trace.ts';
import type { Sink, TraceContext } from './context.ts';
import type { AddressRange } from './filter-options.ts';

/** What passes; an absent condition holds for every event. */
export interface TraceFilter {
  /** Exception levels; an exception or a return passes with either of its two. */
  els?: readonly number[] | undefined;
  /** Names of VMs. */
  vms?: readonly string[] | undefined;
  /** VAs of the PC, both ends included. */
  addresses?: readonly AddressRange[] | undefined;
  /** Instructions retired by all CPUs, `from` included, `to` excluded. */
  window?: { from: number; to: number } | undefined;
}

/** Puts a filter before a sink. */
export function filterSink(filter: TraceFilter, context: TraceContext, sink: Sink): Sink {
  const { els, vms, addresses, window } = filter;

  function passes(cpu: number, event: TraceEvent): boolean {
    if (window !== undefined) {
      const retired = context.instructions();
      if (retired < window.from || retired >= window.to) return false;
    }
    if (els !== undefined && !levelsOf(event, context.state(cpu).el).some((el) => els.includes(el))) return false;
    if (vms !== undefined) {
      const vm = vmOf(event) ?? context.vm(cpu);
      if (vm === undefined || !vms.includes(vm)) return false;
    }
    if (addresses === undefined) return true;
    const pc = pcOf(event) ?? context.state(cpu).pc;
    return addresses.some(({ first, last }) => pc >= first && pc <= last);
  }

  return (cpu, event) => {
    if (passes(cpu, event)) sink(cpu, event);
  };
}

const levelsOf = (event: TraceEvent, current: number): readonly number[] =>
  event.category === 'int' ? [event.fromEl, event.toEl] : [current];

const vmOf = (event: TraceEvent): string | undefined =>
  event.category === 'hyp' || event.category === 's2fault' ? event.vm : undefined;

/** PC that an event carries itself; for an exception that to which it would return, for a return the target. */
function pcOf(event: TraceEvent): bigint | undefined {
  switch (event.category) {
    case 'in_asm':
      return event.instructions[0]?.va;
    case 'exec':
      return event.va;
    case 'int':
      return event.type === 'exception' ? event.elr : event.pc;
    case 'sysreg':
      return event.pc;
    default:
      return undefined;
  }
}
