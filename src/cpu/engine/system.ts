/** CPUs, RAM and devices that run together: the part of every machine that has no board yet. */

import { HostMemory } from '../../arch/host-memory.ts';
import { Trace } from '../../arch/trace.ts';
import { Bus } from '../../devices/bus.ts';
import type { CpuModel } from '../models.ts';
import { EVENT, EXCLUSIVE_SIZE } from '../slots.ts';
import { interruptPending } from '../system/interrupts.ts';
import { Cpu, type Firmware, type TlbKind } from './cpu.ts';
import { Engine, type EngineMode } from './engine.ts';

/** Instructions that one CPU runs before the next one's turn (law 5). */
export const SLICE = 10_000;

export interface SystemOptions {
  readonly model: CpuModel;
  /** Number of CPUs; their MPIDR affinity is their index. */
  readonly cpus: number;
  readonly engine: EngineMode;
  readonly firmware: Firmware;
  readonly tlb?: TlbKind;
}

/** Why `run` came back: the budget is used up, somebody asked to stop, or no CPU can ever get any further. */
export type RunEnd = 'budget' | 'stopped' | 'stuck';

/** Exceptions in a row at one and the same instruction after which a CPU counts as stuck. */
export const REPEATS = 1000;

export class System {
  readonly memory = new HostMemory();
  readonly trace = new Trace();
  readonly bus: Bus;
  readonly engine: Engine;
  readonly cpus: readonly Cpu[];
  readonly model: CpuModel;
  /** Instructions retired by all CPUs in the slices that have ended. */
  instructions = 0;
  /** Index of the CPU whose turn it is, and what is left of its slice. */
  private turn = 0;
  private sliceLeft = SLICE;

  constructor(options: SystemOptions) {
    this.model = options.model;
    this.bus = new Bus(this.memory);
    this.engine = new Engine(this.bus, options.model, this.trace, options.engine);
    const cpus = this.engine.cpus;
    for (let index = 0; index < options.cpus; index++) {
      cpus.push(new Cpu(index, options.model, this.bus, this.trace, this.engine.code, this.engine, options.firmware, cpus, options.tlb ?? 'normal'));
      cpus[index].reset();
    }
    this.cpus = cpus;
  }

  /** Instructions retired by all CPUs, exact at the running instruction. */
  get retired(): number {
    return this.instructions + this.engine.retiredInSlice;
  }

  /** CPUs and RAM as after power-on; devices are their owner's. Time and instruction count go on. */
  reset(): void {
    this.bus.clearRam();
    for (const cpu of this.cpus) cpu.reset();
  }

  /** Makes `run` and `runCpu` return after the running instruction. */
  stop(): void {
    this.engine.stopRequested = true;
  }

  /** Runs one CPU for a slice of `budget` instructions, less when it waits or `stop` is called; returns how many it ran. */
  runCpu(cpu: Cpu, budget: number): number {
    const ran = this.runPart(cpu, budget);
    endSlice(cpu);
    return ran;
  }

  private runPart(cpu: Cpu, budget: number): number {
    wake(cpu);
    const ran = this.engine.run(cpu, budget);
    this.instructions += ran;
    return ran;
  }

  /** Runs the CPUs in turn for at most `budget` instructions in all. A slice that the budget cuts goes on in the next run. */
  run(budget: number): RunEnd {
    this.engine.stopRequested = false;
    let left = budget;
    while (left > 0) {
      const cpu = this.cpus[this.turn];
      const ran = this.runPart(cpu, Math.min(this.sliceLeft, left));
      left -= ran;
      this.sliceLeft -= ran;
      if (this.sliceLeft <= 0 || cpu.waiting !== 'running') this.nextTurn(cpu);
      if (this.engine.stopRequested) return 'stopped';
      if (!this.cpus.some(canRun)) return 'stuck';
    }
    return 'budget';
  }

  private nextTurn(cpu: Cpu): void {
    endSlice(cpu);
    this.turn = (this.turn + 1) % this.cpus.length;
    this.sliceLeft = SLICE;
  }
}

/** Law 9: no reservation outlives a slice; losing one is an event. */
function endSlice({ state }: Cpu): void {
  if (state.lo(EXCLUSIVE_SIZE) === 0) return;
  state.set32(EXCLUSIVE_SIZE, 0);
  state.set32(EVENT, 1);
}

/** Ends a wait whose event has come: an interrupt, masked or not, or for WFE the event register. */
function wake(cpu: Cpu): void {
  if (cpu.waiting === 'wfi' && interruptPending(cpu)) cpu.waiting = 'running';
  if (cpu.waiting === 'wfe' && (interruptPending(cpu) || cpu.state.lo(EVENT) !== 0)) {
    cpu.state.set32(EVENT, 0);
    cpu.waiting = 'running';
  }
}

const canRun = (cpu: Cpu): boolean =>
  (cpu.waiting === 'running' && cpu.history.repeats < REPEATS) || (cpu.waiting !== 'off' && interruptPending(cpu)) || (cpu.waiting === 'wfe' && cpu.state.lo(EVENT) !== 0);
