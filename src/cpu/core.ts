/** What system instructions, exceptions and the hypervisor may ask of the CPU that runs. */

import type { Trace } from '../arch/trace.ts';
import type { Bus } from '../devices/bus.ts';
import type { Gicv3Cpu } from '../devices/gicv3/gicv3.ts';
import type { Mmu } from '../mmu/mmu.ts';
import type { Translation } from '../mmu/translation.ts';
import type { History } from './history.ts';
import type { CpuModel } from './models.ts';
import type { CpuState } from './state.ts';
import type { SoftwareStep } from './system/debug/software-step.ts';
import type { Pmu } from './system/pmu/pmu.ts';
import type { Regimes } from './system/regimes.ts';
import type { GenericTimers } from './system/timers/generic-timers.ts';

/** What a call out of the engine wants next: go on after this instruction, or leave with PC in its slot. */
export const NEXT = 0;
export const LEAVE = 1;
export type Outcome = typeof NEXT | typeof LEAVE;

/** Why a CPU does not run. */
export type Waiting = 'running' | 'wfi' | 'wfe' | 'off';

/** One CPU. While a call out runs, the PC slot holds the address of the instruction and time is exact. */
export interface Core {
  readonly index: number;
  readonly state: CpuState;
  readonly model: CpuModel;
  readonly mmu: Mmu;
  readonly regimes: Regimes;
  readonly bus: Bus;
  readonly trace: Trace;
  readonly history: History;
  /** The generic timers; without them their registers are UNDEFINED. */
  readonly timers?: GenericTimers;
  readonly pmu: Pmu;
  /** Its system registers of a GICv3; without them they are UNDEFINED. */
  readonly gic: Gicv3Cpu | undefined;
  readonly step: SoftwareStep;
  waiting: Waiting;
  /** Levels of the interrupt lines into the CPU. */
  irqLine: boolean;
  fiqLine: boolean;
  /** Levels of the virtual interrupt lines, which come from list registers; HCR_EL2.VI and VF add to them. */
  virqLine: boolean;
  vfiqLine: boolean;
  /** Something that may drive the interrupt lines happened: if it did, interrupts are looked at after this instruction. */
  leaveIfLinesChanged(): void;
  /** Virtual time in nanoseconds since reset. */
  now(): number;
  /** Lets virtual time pass, in nanoseconds (counter reads, exits). */
  charge(ns: number): void;
  /** Registers that choose the translation context or the code flags changed; it is worked out again before the next fetch. */
  contextChanged(): void;
  /** The EL or SPSel changed, but no register of translation: another context, known or new, is the current one. */
  levelChanged(): void;
  /** PSTATE.DAIF changed. True when that may begin or end software step, so that the engine has to leave. */
  maskingChanged(): boolean;
  /** Registers of self-hosted debug changed. True when that may begin or end a debug exception's chance to come. */
  debugChanged(): boolean;
  /** Registers of the generic timers changed: the engine leaves after the instruction if a line or the next deadline did. */
  timersChanged(): void;
  /** A page of data was translated, at the privilege of the current EL, by what is no load or store: the next may be faster. */
  translated(vaHi: number, vaLo: number, page: Translation): void;
  /** Instruction cache maintenance or code written: forget decoded code in [pa, pa + bytes). */
  codeWritten(pa: number, bytes: number): void;
  /** All other cores of the machine and this one, for broadcasts. */
  readonly cluster: readonly Core[];
  /** Takes an SMC or HVC that firmware serves (PSCI); false when there is none. X0 to X3 hold arguments and results. */
  firmware(conduit: 'smc' | 'hvc'): boolean;
  /** Takes HLT #0xF000 when semihosting is on: true when served (X0 holds the result). */
  semihosting(): boolean;
  /** The TypeScript hypervisor at EL2, told after the state of an exception to EL2 has been written; undefined for guest code at EL2. */
  readonly hypervisor: ((core: Core) => void) | undefined;
}
