/** One CPU: its state, MMU and contexts, and what runs ask of it. */

import type { Trace } from '../../arch/trace.ts';
import type { Bus } from '../../devices/bus.ts';
import type { Gicv3Cpu } from '../../devices/gicv3/gicv3.ts';
import { chaosTlb } from '../../mmu/chaos-tlb.ts';
import type { DescriptorMemory } from '../../mmu/memory.ts';
import { Mmu } from '../../mmu/mmu.ts';
import { Tlb } from '../../mmu/tlb.ts';
import { PRIVILEGED_ACCESS_NEVER, type Translation } from '../../mmu/translation.ts';
import type { Core, Waiting } from '../core.ts';
import { History } from '../history.ts';
import type { CpuModel } from '../models.ts';
import { INTERRUPT_LINES, LOWER_CONTEXTS_STALE, R } from '../slots.ts';
import { CpuState } from '../state.ts';
import { HCR_VF, HCR_VI, HCR_VSE } from '../system/control-bits.ts';
import { debugArmed } from '../system/debug/control.ts';
import { SoftwareStep } from '../system/debug/software-step.ts';
import { Pmu } from '../system/pmu/pmu.ts';
import { Regimes } from '../system/regimes.ts';
import { resetCpu } from '../system/reset.ts';
import { GenericTimers, type Timer } from '../system/timers/generic-timers.ts';
import type { CodeCache } from './code-cache.ts';
import { Contexts } from './contexts.ts';

/** Bits of INTERRUPT_LINES. */
const LINE_IRQ = 1 << 0;
const LINE_FIQ = 1 << 1;
const LINE_VIRQ = 1 << 2;
const LINE_VFIQ = 1 << 3;
/** Virtual interrupts that HCR_EL2 itself makes pending. */
const HCR_PENDING = HCR_VF | HCR_VI | HCR_VSE;

/** Services that firmware gives a CPU from outside the architecture. */
export interface Firmware {
  /** Serves an SMC or HVC; false when nobody does. */
  call(cpu: Cpu, conduit: 'smc' | 'hvc'): boolean;
  /** Serves HLT #0xF000; false when semihosting is off. */
  semihosting(cpu: Cpu): boolean;
}

/** What a CPU asks of the engine that runs it. */
export interface Runner {
  readonly descriptors: DescriptorMemory;
  readonly stopRequested: boolean;
  /** Virtual nanoseconds since reset, exact at the running instruction. */
  now(): number;
  /** Lets virtual time pass without instructions, in nanoseconds. */
  charge(ns: number): void;
  /** Word of the instruction that called out. */
  currentWord(): number;
  /** Leaves once the instruction that called out has committed. */
  leaveAfterInstruction(): void;
  /** A CPU that waits may run from now on. */
  joined(): void;
  /** Virtual time at which the running slice ends, in nanoseconds. */
  sliceEnd(): number;
  /** Instructions of the running slice before the running one. */
  readonly retiredInSlice: number;
  /** An instruction is executing: its fetch is done, and it calls out. */
  readonly isExecuting: boolean;
  /** A fresh identity of a translation context; never 0. */
  nextContextId(): number;
}

/** Which TLB a CPU has: the usual one, or the adversary, with its seed. */
export type TlbKind = 'normal' | { readonly chaos: number };

export class Cpu implements Core {
  readonly state: CpuState;
  readonly mmu: Mmu;
  readonly regimes: Regimes;
  readonly contexts: Contexts;
  readonly history: History;
  waiting: Waiting = 'running';
  readonly timers?: GenericTimers;
  readonly pmu: Pmu;
  readonly step: SoftwareStep;
  hypervisor: ((core: Core) => void) | undefined;
  gic: Gicv3Cpu | undefined;
  /** What changed since the context was worked out: nothing, EL or SPSel alone, or registers too. */
  private stale: 'no' | 'level' | 'registers' = 'registers';
  private linesSeen = 0;

  constructor(
    readonly index: number,
    readonly model: CpuModel,
    readonly bus: Bus,
    readonly trace: Trace,
    readonly code: CodeCache,
    private readonly engine: Runner,
    private readonly services: Firmware,
    readonly cluster: readonly Cpu[],
    tlb: TlbKind,
    onTimer: ((timer: Timer, level: boolean) => void) | undefined,
    onPmu: (level: boolean) => void,
  ) {
    this.state = new CpuState(bus.memory);
    this.history = new History(this.state);
    this.mmu = new Mmu(engine.descriptors, model.mmu, tlb === 'normal' ? new Tlb() : chaosTlb(tlb.chaos + index));
    this.regimes = new Regimes(this.state, model.mmu);
    this.contexts = new Contexts(this.state, bus.memory, this.regimes, model.features, code.jumps, () =>
      engine.nextContextId(),
    );
    const nowNs = (): number => engine.now();
    if (onTimer !== undefined) this.timers = new GenericTimers(this.state, { nowNs, setLine: onTimer });
    this.pmu = new Pmu(this.state, {
      nowNs,
      retiredInSlice: () => engine.retiredInSlice,
      isExecuting: () => engine.isExecuting,
      setLine: onPmu,
    });
    this.step = new SoftwareStep(this.state);
    this.mmu.onDrop = (regime, vmid, asid, entry) => this.contexts.drop(regime, vmid, asid, entry);
  }

  private line(bit: number): boolean {
    return (this.state.lo(INTERRUPT_LINES) & bit) !== 0;
  }
  private setLine(bit: number, level: boolean): void {
    const others = this.state.lo(INTERRUPT_LINES) & ~bit;
    this.state.set32(INTERRUPT_LINES, level ? others | bit : others);
    if (level && this.waiting !== 'running') this.engine.joined();
  }
  get irqLine(): boolean {
    return this.line(LINE_IRQ);
  }
  set irqLine(level: boolean) {
    this.setLine(LINE_IRQ, level);
  }
  get fiqLine(): boolean {
    return this.line(LINE_FIQ);
  }
  set fiqLine(level: boolean) {
    this.setLine(LINE_FIQ, level);
  }
  get virqLine(): boolean {
    return this.line(LINE_VIRQ);
  }
  set virqLine(level: boolean) {
    this.setLine(LINE_VIRQ, level);
  }
  get vfiqLine(): boolean {
    return this.line(LINE_VFIQ);
  }
  set vfiqLine(level: boolean) {
    this.setLine(LINE_VFIQ, level);
  }

  /** False: no interrupt is pending, physical or virtual, masked or not. */
  get mayBeInterrupted(): boolean {
    const { state } = this;
    return state.lo(INTERRUPT_LINES) !== 0 || (state.lo(R.HCR_EL2) & HCR_PENDING) !== 0;
  }

  /** Begins to run, after `reset` and at another CPU's request. */
  start(): void {
    this.waiting = 'running';
    this.engine.joined();
  }

  /** The state after power-on: registers, an empty TLB, awake unless it is not the boot CPU. Lines belong to devices. */
  reset(): void {
    const lines = this.state.lo(INTERRUPT_LINES);
    resetCpu(this.state, this.model, this.index);
    this.state.set32(INTERRUPT_LINES, lines);
    this.mmu.tlb.invalidate('ALLE1', 0, 0, 0);
    this.mmu.tlb.invalidate('ALLE2', 0, 0, 0);
    this.mmu.tlb.invalidate('ALLE2', 0, 0, 0, true);
    this.waiting = this.index === 0 ? 'running' : 'off';
    this.stale = 'registers';
    this.timers?.update();
    this.pmu.update();
    this.gic?.reset();
  }

  now(): number {
    return this.engine.now();
  }
  charge(ns: number): void {
    this.engine.charge(ns);
    if (this.deadlineComes()) this.leaveAfterInstruction();
  }
  /** Whether a timer fires, or a counter overflows, before the running slice ends, so that it has to end sooner. */
  deadlineComes(): boolean {
    const end = this.engine.sliceEnd();
    return this.pmu.nextDeadlineNs < end || (this.timers !== undefined && this.timers.nextDeadlineNs < end);
  }
  contextChanged(): void {
    this.stale = 'registers';
  }
  levelChanged(): void {
    if (this.stale === 'no') this.stale = 'level';
  }
  maskingChanged(): boolean {
    if (!debugArmed(this.state)) return false;
    this.levelChanged();
    return true;
  }
  debugChanged(): boolean {
    const { debug, stepping } = this.contexts;
    if (!stepping && !debug.anyBreaks && !debug.anyWatched && !debugArmed(this.state)) return false;
    this.contextChanged();
    return true;
  }
  timersChanged(): void {
    this.timers?.update();
    this.leaveIfLinesChanged();
    if (this.deadlineComes()) this.leaveAfterInstruction();
  }
  /** Before code runs, once pending interrupts were taken: works out the context again if something changed since. */
  refresh(): void {
    this.linesSeen = this.state.lo(INTERRUPT_LINES);
    if (this.stale === 'no') return;
    const registers = this.stale === 'registers' || (this.state.el < 2 && this.state.lo(LOWER_CONTEXTS_STALE) !== 0);
    this.stale = 'no';
    if (registers) this.contexts.resolve();
    else this.contexts.select();
    if (!this.contexts.stepping) this.step.end();
    if (registers) this.mmu.regimeChanged(this.contexts.regime);
  }
  translated(vaHi: number, vaLo: number, page: Translation): void {
    const { bus, code, contexts } = this;
    const frame = bus.readableFrame(page.pa);
    // With PAN, loads and stores may not do what was asked.
    if (frame === 0 || (contexts.privilege(false) & PRIVILEGED_ACCESS_NEVER) !== 0) return;
    const isStorable = frame === bus.peekFrame(page.pa) && bus.isWritable(page.pa) && !code.hasCode(page.pa);
    contexts.enter(contexts.current, vaHi, vaLo, frame, page, isStorable);
  }
  codeWritten(pa: number, bytes: number): void {
    if (this.code.invalidate(pa, bytes)) this.leaveAfterInstruction();
  }
  firmware(conduit: 'smc' | 'hvc'): boolean {
    return this.services.call(this, conduit);
  }
  semihosting(): boolean {
    return this.services.semihosting(this);
  }
  /** Word of the instruction that called out. */
  currentWord(): number {
    return this.engine.currentWord();
  }
  /** Asks the engine to leave once the instruction that called out has committed (law 4c). */
  leaveAfterInstruction(): void {
    this.engine.leaveAfterInstruction();
  }
  /** After a device access: interrupts may have to be taken at the next instruction, or the machine may stop. */
  leaveIfLinesChanged(): void {
    const lines = this.state.lo(INTERRUPT_LINES);
    if (lines === this.linesSeen && !this.engine.stopRequested) return;
    this.linesSeen = lines;
    this.leaveAfterInstruction();
  }
}
