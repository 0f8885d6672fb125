/** A CPU, a context and a writer for tests of the sinks. */

import { HostMemory } from '../../src/arch/host-memory.ts';
import { CpuState } from '../../src/cpu/state.ts';
import type { TraceContext } from '../../src/debug/context.ts';
import { SymbolTable } from '../../src/debug/symbols.ts';
import { LineWriter } from '../../src/debug/writer.ts';

export const memory = new HostMemory();

/** A machine of one CPU whose values a test sets; the CPU starts at EL1h. */
export function fakeContext() {
  const state = new CpuState(memory);
  state.pstate = 0x3c5;
  const values = { vm: undefined as string | undefined, time: 0, instructions: 0 };
  const context: TraceContext = {
    state: () => state,
    vm: () => values.vm,
    time: () => values.time,
    instructions: () => values.instructions,
  };
  return { state, values, context };
}

/** A writer and the text that reached its port so far, after a flush. */
export function collectingWriter() {
  let written = '';
  const writer = new LineWriter((text) => {
    written += text;
  });
  return {
    writer,
    text: () => {
      writer.flush();
      return written;
    },
  };
}

export const symbols = new SymbolTable([
  { name: '_start', value: 0x4008_0000n, size: 0x24 },
  { name: 'guest', value: 0x4008_0024n, size: 0x38 },
  { name: 'vec', value: 0x4008_0800n, size: 0x800 },
]);
