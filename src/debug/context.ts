/** What the trace sinks ask of the machine that they watch. */

import type { Trace } from '../arch/trace.ts';
import type { CpuState } from '../cpu/state.ts';

/** Receives one event and the index of the CPU it happened on. */
export type Sink = Trace['sink'];

/** Reads of the running machine; called only while an event is handled. */
export interface TraceContext {
  /** Registers of a CPU; its PC is that of the running instruction. */
  state(cpu: number): Pick<CpuState, 'get' | 'lo' | 'el' | 'pc' | 'pstate' | 'spSlot'>;
  /** Name of the VM that the CPU runs, undefined outside the hypervisor's VMs. */
  vm(cpu: number): string | undefined;
  /** Virtual time since reset, in nanoseconds. */
  time(): number;
  /** Instructions retired by all CPUs since reset. */
  instructions(): number;
}
