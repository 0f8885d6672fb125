/** Runs CPUs: owns the interpreter, answers its calls out, and keeps budget and time exact (laws 3, 4, 5). */

import type { Trace } from '../../arch/trace.ts';
import type { Bus } from '../../devices/bus.ts';
import type { Block } from '../block.ts';
import { CALLOUT_NAMES } from '../callout-names.ts';
import { LEAVE, NEXT, type Outcome } from '../core.ts';
import type { CpuModel } from '../models.ts';
import { BLOCK, BUDGET, EXIT_AT, IL, type Slot } from '../slots.ts';
import { CALLOUTS } from '../system/callouts.ts';
import { illegalState, spAlignmentFault } from '../system/exceptions.ts';
import { takePendingInterrupt } from '../system/interrupts.ts';
import { interpreterModule } from '../wasm/interpreter.ts';
import { BUDGET_OUT, HOT, RUN_ON, STOPPED } from '../wasm/interpreter-exits.ts';
import { CodeCache } from './code-cache.ts';
import type { Cpu, Runner } from './cpu.ts';
import { crcTables } from './crc-tables.ts';
import { BusDescriptors } from './descriptors.ts';
import { DeviceAccess } from './device-access.ts';
import { Fetcher } from './fetcher.ts';
import { MemoryAccess } from './memory-access.ts';
import { Progress } from './progress.ts';
import { Regions } from './regions.ts';
import { SlowFloat } from './slow-float.ts';
import { Translator } from './translator.ts';

const HANDLERS = CALLOUT_NAMES.map((name) => CALLOUTS[name]);

/**
 * Which tiers run code: the interpreter alone, regions as soon as a block runs again, or regions for hot blocks. A region
 * costs V8 so much, twice, that a boot of Linux is fastest with a heat of several thousand runs (docs/performance.md).
 */
export type EngineMode = 'interp' | 'jit' | 'auto';
const HEAT: Record<EngineMode, number> = { interp: 0, jit: 2, auto: 8000 };

let compiled: WebAssembly.Module | undefined;
/** The interpreter is the same for every machine: one module a process. */
function sharedModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(interpreterModule());
  return compiled;
}

export class Engine implements Runner {
  readonly code: CodeCache;
  readonly descriptors: BusDescriptors;
  /** Set to leave the run loop after the running instruction. */
  stopRequested = false;
  /** No other CPU could run when the turn of the running one began; one that waited can by now. */
  isAlone = false;
  isJoined = false;
  /** All CPUs that this engine runs; their soft TLBs watch code pages. */
  readonly cpus: Cpu[] = [];
  readonly regions: Regions;
  private readonly fetcher: Fetcher;
  private readonly devices = new DeviceAccess();
  private readonly memory: MemoryAccess;
  private readonly progress: Progress;
  private readonly interpret: (cpu: number, at: number) => number;
  private contexts = 0;
  private cpu!: Cpu;

  constructor(bus: Bus, model: CpuModel, trace: Trace, mode: EngineMode) {
    this.code = new CodeCache(bus.memory);
    this.code.heat = HEAT[mode];
    this.code.onCodePage = (pa) => {
      const frame = bus.frame(pa);
      for (const cpu of this.cpus) cpu.contexts.watch(frame);
    };
    this.descriptors = new BusDescriptors(bus);
    this.memory = new MemoryAccess(this.devices, (pa, bytes) => this.code.invalidate(pa, bytes));
    this.progress = new Progress(bus.memory, this.code);
    const exact = new SlowFloat(bus.memory);
    bus.onWrite = (pa, bytes) => this.written(pa, bytes);
    bus.onZerosStale = (frame) => {
      for (const cpu of this.cpus) cpu.contexts.forgetFrame(frame);
    };
    bus.onHidden = () => {
      for (const cpu of this.cpus) cpu.contexts.dropFrames();
      this.leaveAfterInstruction();
    };
    const table = new WebAssembly.Table({ element: 'anyfunc', initial: 1 });
    const tables = crcTables(bus.memory);
    const env = {
      ...this.imports(),
      slow_float: (where: number) => exact.run(this.cpu.state.base, where),
      memory: bus.memory.memory,
      table,
      jump_cache: this.code.jumps.at,
      crc_tables: tables,
    };
    const { exports } = new WebAssembly.Instance(sharedModule(), { env });
    this.interpret = exports.run as typeof this.interpret;
    this.regions = new Regions(bus.memory, table, this.code, tables, exports.slow_float);
    const translator = new Translator(this.code, bus.memory, model);
    this.fetcher = new Fetcher(bus, this.code, translator, this.regions, this.progress, trace);
  }

  private imports(): Record<string, unknown> {
    const { devices, memory, progress } = this;
    const left = (outcome: Outcome): number => {
      progress.exit(outcome === LEAVE);
      return outcome === LEAVE && this.runsOn() ? RUN_ON : outcome;
    };
    const enter = (where: number): void => {
      progress.enter(where);
      progress.placePc();
    };
    return {
      lookup: () => (progress.left > 0 ? (this.fetcher.fetch(this.cpu)?.start ?? 0) : 0),
      load_slow: (where: number, access: number) => {
        progress.enter(where);
        if (devices.load(this.cpu, access)) return left(NEXT);
        progress.placePc();
        return left(memory.load(this.cpu, access));
      },
      store_slow: (where: number, access: number) => {
        progress.enter(where);
        if (devices.store(this.cpu, access)) return left(NEXT);
        progress.placePc();
        return left(memory.store(this.cpu, access));
      },
      alignment_fault: (where: number, access: number) => {
        enter(where);
        memory.alignmentFault(this.cpu, access);
        return left(LEAVE);
      },
      stack_fault: (where: number) => {
        enter(where);
        spAlignmentFault(this.cpu);
        return left(LEAVE);
      },
      callout: (where: number, name: number, word: number, rt: Slot) => {
        enter(where);
        return left(HANDLERS[name](this.cpu, word, rt));
      },
    };
  }

  /** A fresh identity of a translation context; never 0. */
  nextContextId(): number {
    return ++this.contexts;
  }

  /** Virtual nanoseconds since reset, exact at the running instruction. */
  now(): number {
    return this.progress.now();
  }
  /** Virtual time at which the running slice ends. */
  sliceEnd(): number {
    return this.progress.sliceEnd();
  }
  /** Instructions of the running slice before the running one. */
  get retiredInSlice(): number {
    return this.progress.retired;
  }
  /** An instruction is executing: its fetch is done, and it calls out. */
  get isExecuting(): boolean {
    return this.progress.where !== 0;
  }
  /** Lets virtual time pass without instructions. */
  charge(ns: number): void {
    this.progress.charge(ns);
  }
  /** Word of the instruction that called out. */
  currentWord(): number {
    return this.progress.block.words[this.progress.index] >>> 0;
  }
  /** A CPU that waits may run from now on: the slice of one that was alone ends. */
  joined(): void {
    if (!this.isAlone || this.isJoined) return;
    this.isJoined = true;
    if (!this.isExecuting) return;
    this.progress.endHere();
    this.leaveAfterInstruction();
  }
  /** Leaves once the instruction that called out has committed. */
  leaveAfterInstruction(): void {
    const { progress } = this;
    if (progress.where !== 0) progress.stopBefore(progress.block, progress.index + 1);
  }

  private written(pa: number, bytes: number): void {
    if (this.code.invalidate(pa, bytes)) this.leaveAfterInstruction();
  }

  /**
   * Runs a CPU for at most `budget` instructions (fewer when it waits or a stop is requested); returns how many it ran.
   * An instruction that takes an exception counts as one.
   */
  run(cpu: Cpu, budget: number): number {
    const { progress } = this;
    this.cpu = cpu;
    progress.begin(cpu.state, budget);
    cpu.pmu.resume();
    this.fetcher.followTrace();
    try {
      this.runSlice();
    } catch (error) {
      // For a report: devices are accessed without it.
      if (progress.where !== 0) progress.placePc();
      throw error;
    }
    cpu.pmu.sync(0);
    return progress.end();
  }

  private runSlice(): void {
    const { state } = this.cpu;
    while (this.goesOn()) {
      if (state.lo(IL) !== 0) {
        this.runIllegal();
      } else {
        this.enter(this.interpret(state.base, 0));
      }
    }
  }

  /** Takes what is pending and brings the context up to date; false at the end of the run. */
  private goesOn(): boolean {
    const { cpu } = this;
    if (this.stopRequested) return false;
    if (cpu.mayBeInterrupted) takePendingInterrupt(cpu);
    if (cpu.waiting !== 'running' || this.progress.left <= 0 || cpu.deadlineComes()) return false;
    cpu.refresh();
    return true;
  }

  /** The same after an instruction that left: whether the interpreter, which has not returned, may run on at PC. */
  private runsOn(): boolean {
    return !this.progress.isPatched && this.goesOn() && this.cpu.state.lo(IL) === 0;
  }

  /** With PSTATE.IL set nothing executes; the faults of the fetch have priority (DDI 0487, "Synchronous exception types"). */
  private runIllegal(): void {
    if (this.fetcher.fetch(this.cpu) === undefined) return;
    this.progress.spend(1);
    illegalState(this.cpu);
  }

  /** Deals with the reason for which the interpreter returned. */
  private enter(reason: number): void {
    const { progress } = this;
    if (reason === STOPPED) progress.stopped();
    progress.unpatch();
    if (reason === HOT) {
      this.heated(this.blockAtExit());
    } else if (reason === BUDGET_OUT) {
      this.runPart();
    }
  }

  /** Known without a fetch, so that the TLB does not see where runs are split and what becomes hot. */
  private blockAtExit(): Block {
    return this.code.at(this.cpu.state.lo(EXIT_AT));
  }

  private heated(block: Block): void {
    if (this.code.heat > 0 && !this.code.isDead(block)) this.regions.heated(block);
  }

  /** The block at EXIT_AT is longer than what is left, of which as many run, or dead: another one takes its place. */
  private runPart(): void {
    const { progress } = this;
    const { left } = progress;
    if (left <= 0) return;
    const block = this.blockAtExit();
    if (this.code.isDead(block)) {
      this.fetcher.fetch(this.cpu);
      return;
    }
    const { state } = this.cpu;
    state.set32(BLOCK, block.start);
    state.set32(BUDGET, left - block.words.length);
    progress.stopBefore(block, left);
    const reason = this.interpret(state.base, block.start);
    if (reason === STOPPED) progress.stopped();
    progress.unpatch();
  }
}
