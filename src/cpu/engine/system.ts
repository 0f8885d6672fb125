/** CPUs, RAM and devices that run together: the part of every machine that has no board yet. */

import { HostMemory } from '../../arch/host-memory.ts';
import { Trace } from '../../arch/trace.ts';
import { Bus } from '../../devices/bus.ts';
import type { CpuModel } from '../models.ts';
import { EVENT, EXCLUSIVE_SIZE } from '../slots.ts';
import { interruptPending } from '../system/interrupts.ts';
import { Cpu, type Firmware } from './cpu.ts';
import { Engine, type EngineMode } from './engine.ts';

/** Instructions that one CPU runs before the next one's turn (law 5). */
export const SLICE = 10_000;

export interface SystemOptions {
  readonly model: CpuModel;
  /** Number of CPUs; their MPIDR affinity is their index. */
  readonly cpus: number;
  readonly engine: EngineMode;
  readonly firmware: Firmware;
}

/** Why `run` came back: the budget is used up, somebody asked to stop, or no CPU can ever get any further. */
export type RunEnd = 'budget' | 'stopped' | 'stuck';

/** Exceptions in a row at one and the same instruction after which a CPU counts as stuck. */
const REPEATS = 1000;

export class System {
  readonly memory = new HostMemory();
  readonly trace = new Trace();
  readonly bus: Bus;
  readonly engine: Engine;
  readonly cpus: readonly Cpu[];
  readonly model: CpuModel;
  /** Instructions retired by all CPUs since reset. */
  instructions = 0;
  private turn = 0;

  constructor(options: SystemOptions) {
    this.model = options.model;
    this.bus = new Bus(this.memory);
    this.engine = new Engine(this.bus, options.model, this.trace, options.engine);
    const cpus = this.engine.cpus;
    for (let index = 0; index < options.cpus; index++) {
      cpus.push(new Cpu(index, options.model, this.bus, this.trace, this.engine.code, this.engine, options.firmware, cpus));
      cpus[index].reset();
    }
    this.cpus = cpus;
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

  /** Runs one CPU for at most `budget` instructions, or until it waits or `stop` is called; returns how many it ran. */
  runCpu(cpu: Cpu, budget: number): number {
    wake(cpu);
    const ran = this.engine.run(cpu, budget);
    // Law 9: no reservation outlives a slice; losing one is an event.
    if (cpu.state.lo(EXCLUSIVE_SIZE) !== 0) {
      cpu.state.set32(EXCLUSIVE_SIZE, 0);
      cpu.state.set32(EVENT, 1);
    }
    this.instructions += ran;
    return ran;
  }

  /** Runs the CPUs in turn for at most `budget` instructions in all. */
  run(budget: number): RunEnd {
    this.engine.stopRequested = false;
    let left = budget;
    while (left > 0) {
      const cpu = this.cpus[this.turn];
      this.turn = (this.turn + 1) % this.cpus.length;
      const ran = this.runCpu(cpu, Math.min(SLICE, left));
      left -= ran;
      if (this.engine.stopRequested) return 'stopped';
      if (!this.cpus.some(canRun)) return 'stuck';
    }
    return 'budget';
  }
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
