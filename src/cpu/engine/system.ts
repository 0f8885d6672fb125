/** CPUs, RAM and devices that run together: the part of every machine that has no board yet. */

import { HostMemory } from '../../arch/host-memory.ts';
import { Trace } from '../../arch/trace.ts';
import { Bus } from '../../devices/bus.ts';
import type { CpuModel } from '../models.ts';
import { EVENT, EXCLUSIVE_SIZE } from '../slots.ts';
import { interruptPending } from '../system/interrupts.ts';
import type { Timer } from '../system/timers/generic-timers.ts';
import { Cpu, type Firmware, type TlbKind } from './cpu.ts';
import { Engine, type EngineMode } from './engine.ts';

/**
 * Instructions that one of several CPUs runs before the next one's turn (law 5), and that a CPU runs at a time while no
 * other can: the end of a slice costs, and then serves nobody.
 */
export const SLICE = 10_000;
export const SLICE_ALONE = 20 * SLICE;

export interface SystemOptions {
  readonly model: CpuModel;
  /** Number of CPUs; their MPIDR affinity is their index. */
  readonly cpus: number;
  readonly engine: EngineMode;
  readonly firmware: Firmware;
  readonly tlb?: TlbKind;
  /** Takes the interrupt lines of the generic timers; without it the CPUs have none. */
  readonly onTimer?: (cpu: number, timer: Timer, level: boolean) => void;
  /** Takes the overflow interrupts of the Performance Monitors. */
  readonly onPmu?: (cpu: number, level: boolean) => void;
}

/** A device that changes by itself when time passes. */
export interface Clocked {
  /** Virtual time of its next change, in nanoseconds; Infinity when there is none. */
  readonly nextDeadlineNs: number;
  /** Changes if the time has come. */
  poll(): void;
}

/**
 * Why `run` came back: the budget is used up, somebody asked to stop, `longestIdleNs` have passed and no CPU can run yet,
 * or no CPU can ever get any further.
 */
export type RunEnd = 'budget' | 'stopped' | 'idle' | 'stuck';

/** Exceptions in a row at one and the same instruction after which a CPU counts as stuck. */
export const REPEATS = 1000;

export class System {
  readonly memory = new HostMemory();
  readonly trace = new Trace();
  readonly bus: Bus;
  readonly engine: Engine;
  readonly cpus: readonly Cpu[];
  readonly model: CpuModel;
  /** Devices that time changes; CPUs' timers are not among them. */
  readonly clocked: Clocked[] = [];
  /** Instructions retired by all CPUs in the slices that have ended. */
  instructions = 0;
  /** Virtual nanoseconds that have passed while no CPU could run. */
  idleNs = 0;
  /** The longest time that may pass at once while no CPU can run; a run then returns, so that real time can follow. */
  longestIdleNs = Number.POSITIVE_INFINITY;
  /** The last run ended while no CPU could run. */
  private isAsleep = false;
  /** Index of the CPU whose turn it is, and what is left of its slice. */
  private turn = 0;
  private sliceLeft = SLICE;

  constructor(options: SystemOptions) {
    this.model = options.model;
    this.bus = new Bus(this.memory);
    this.engine = new Engine(this.bus, options.model, this.trace, options.engine);
    const cpus = this.engine.cpus;
    const { onTimer, onPmu, tlb = 'normal' } = options;
    for (let index = 0; index < options.cpus; index++) {
      const line = onTimer === undefined ? undefined : (timer: Timer, level: boolean) => onTimer(index, timer, level);
      cpus.push(
        new Cpu(
          index,
          options.model,
          this.bus,
          this.trace,
          this.engine.code,
          this.engine,
          options.firmware,
          cpus,
          tlb,
          line,
          (level) => onPmu?.(index, level),
        ),
      );
      cpus[index].reset();
    }
    this.cpus = cpus;
  }

  /** Instructions retired by all CPUs, exact at the running instruction. */
  get retired(): number {
    return this.instructions + this.engine.retiredInSlice;
  }

  /** Virtual nanoseconds since power-on, exact at the running instruction. */
  get now(): number {
    return this.engine.now();
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

  /** Runs up to `budget`, or up to the next moment at which time itself changes something. */
  private runPart(cpu: Cpu, budget: number): number {
    wake(cpu);
    const wait = Math.min(this.deadline() - this.engine.now(), cpu.pmu.remainingNs);
    const ran = wait > 0 ? this.engine.run(cpu, Math.min(budget, wait)) : 0;
    this.instructions += ran;
    this.poll();
    return ran;
  }

  /** Runs the CPUs in turn for at most `budget` instructions in all. A slice that the budget cuts goes on in the next run. */
  run(budget: number): RunEnd {
    this.engine.stopRequested = false;
    if (this.isAsleep) {
      const end = this.sleep();
      if (end !== undefined) return end;
    }
    let left = budget;
    while (left > 0) {
      // Time or the host may have woken a CPU since the turn began.
      if (this.engine.isJoined) this.beginTurn();
      const cpu = this.cpus[this.turn];
      const ran = this.runPart(cpu, Math.min(this.sliceLeft, left));
      left -= ran;
      this.sliceLeft -= ran;
      if (this.sliceLeft <= 0 || cpu.waiting !== 'running' || this.engine.isJoined) this.nextTurn(cpu);
      if (this.engine.stopRequested) return 'stopped';
      const end = this.sleep();
      if (end !== undefined) return end;
    }
    return 'budget';
  }

  /** Virtual time of the next change that time alone brings about. */
  private deadline(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { timers } of this.cpus) if (timers !== undefined) next = Math.min(next, timers.nextDeadlineNs);
    for (const { nextDeadlineNs } of this.clocked) next = Math.min(next, nextDeadlineNs);
    return next;
  }

  private poll(): void {
    for (const { timers } of this.cpus) timers?.poll();
    for (const device of this.clocked) device.poll();
  }

  /**
   * No CPU can run: virtual time jumps to `ns`, in nanoseconds, as far as it may at once. False when there is more to come:
   * the run has to return.
   */
  idleUntil(ns: number): boolean {
    const left = ns - this.engine.now();
    if (left <= 0) return true;
    const jump = Math.min(left, this.longestIdleNs);
    this.engine.charge(jump);
    this.idleNs += jump;
    return jump === left;
  }

  /**
   * When no CPU can run, time passes up to what may wake one (law 5). Says why the run has to return when that is not yet or
   * never.
   */
  private sleep(): RunEnd | undefined {
    this.isAsleep = false;
    if (this.cpus.some(canRun)) return undefined;
    const next = this.nextWakeNs();
    const isStuck = next === Number.POSITIVE_INFINITY;
    this.isAsleep = isStuck || !this.idleUntil(next);
    if (isStuck) return 'stuck';
    this.poll();
    return this.isAsleep ? 'idle' : undefined;
  }

  /** Virtual time at which a CPU that waits may wake. */
  private nextWakeNs(): number {
    let next = this.deadline();
    for (const { waiting, timers } of this.cpus) {
      if (waiting === 'wfe' && timers !== undefined) next = Math.min(next, timers.events.nextEventNs());
    }
    return next;
  }

  private nextTurn(cpu: Cpu): void {
    endSlice(cpu);
    this.turn = (this.turn + 1) % this.cpus.length;
    this.beginTurn();
  }

  private beginTurn(): void {
    const { engine } = this;
    engine.isAlone = this.cpus.every((other, index) => index === this.turn || cannotRun(other));
    engine.isJoined = false;
    this.sliceLeft = engine.isAlone ? SLICE_ALONE : SLICE;
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
  if (cpu.waiting === 'wfe') cpu.timers?.events.collect();
  if (cpu.waiting === 'wfe' && (interruptPending(cpu) || cpu.state.lo(EVENT) !== 0)) {
    cpu.state.set32(EVENT, 0);
    cpu.waiting = 'running';
  }
}

/** A CPU that nothing but an interrupt or another CPU's call of PSCI will make run. */
const cannotRun = (cpu: Cpu): boolean => cpu.waiting === 'off' || (cpu.waiting === 'wfi' && !interruptPending(cpu));

const canRun = (cpu: Cpu): boolean =>
  (cpu.waiting === 'running' && cpu.history.repeats < REPEATS) ||
  (cpu.waiting !== 'off' && interruptPending(cpu)) ||
  (cpu.waiting === 'wfe' && cpu.state.lo(EVENT) !== 0);
