/** An exit: a view of the EL2 registers that an exception has just written, and what handlers do about it. */

import { type Ipa, ipa, joined, type Va, vaOf } from '../arch/addresses.ts';
import { exceptionClass, instructionSyndrome } from '../arch/syndrome.ts';
import { CATEGORIES, type TraceEvent } from '../arch/trace.ts';
import { DISCARD, PC, R, X, ZERO } from '../cpu/slots.ts';
import { type CpuState, SPSR_SS } from '../cpu/state.ts';
import { VECTOR_SYNC } from '../cpu/system/exceptions.ts';
import type { Pcpu } from './pcpu.ts';
import type { Vcpu, Vm } from './vm.ts';

/** What a handler wants: the guest goes on, the CPU stays at EL2 for the scheduler, or somebody else serves the exit. */
export const RESUME = 0;
export const PARK = 1;
export const UNHANDLED = 2;
export type Next = typeof RESUME | typeof PARK | typeof UNHANDLED;

/** Serves an exit. It runs to its end before anything else does. */
export type ExitHandler = (exit: Exit) => Next;

/** Offset of a vector in its group of one EL's (DDI 0487, "Exception vectors"). */
const VECTOR_MASK = 0x180;

/** The exits of one CPU. One object serves them all: it shows the registers as they are now. */
export class Exit {
  constructor(readonly pcpu: Pcpu) {}

  /** The vCPU that exits. */
  get vcpu(): Vcpu {
    const { vcpu, cpu } = this.pcpu;
    if (vcpu === undefined) throw new Error(`CPU ${cpu.index} is at EL2 for no vCPU`);
    return vcpu;
  }
  get vm(): Vm {
    return this.vcpu.vm;
  }
  get state(): CpuState {
    return this.pcpu.cpu.state;
  }
  /** Whether the exception was synchronous: it has a syndrome. */
  get isSynchronous(): boolean {
    return (this.state.lo(PC) & VECTOR_MASK) === VECTOR_SYNC;
  }
  /** ESR_EL2.EC and ISS. */
  get ec(): number {
    return exceptionClass(this.state.lo(R.ESR_EL2));
  }
  get iss(): number {
    return instructionSyndrome(this.state.lo(R.ESR_EL2));
  }
  /** FAR_EL2. */
  get far(): Va {
    return vaOf(this.state.hi(R.FAR_EL2), this.state.lo(R.FAR_EL2));
  }
  /** ELR_EL2: PC of the guest. */
  get pc(): Va {
    return vaOf(this.state.hi(R.ELR_EL2), this.state.lo(R.ELR_EL2));
  }
  /** First IPA of the page that HPFAR_EL2 names; of use after stage-2 aborts. */
  get faultPage(): Ipa {
    // HPFAR_EL2.FIPA holds IPA[47:12] in bits [39:4].
    return ipa(joined(this.state.hi(R.HPFAR_EL2), this.state.lo(R.HPFAR_EL2)) * 0x100);
  }

  /** Halves of Xn, or of XZR for 31. */
  hi(n: number): number {
    return this.state.hi(n === 31 ? ZERO : X[n]);
  }
  lo(n: number): number {
    return this.state.lo(n === 31 ? ZERO : X[n]);
  }
  setX(n: number, hi: number, lo: number): void {
    this.state.set64(n === 31 ? DISCARD : X[n], hi, lo);
  }

  /** Moves the guest's PC past the instruction that trapped. */
  skip(): void {
    const next = this.state.lo(R.ELR_EL2) + 4;
    this.state.set64(R.ELR_EL2, this.state.hi(R.ELR_EL2) + Math.floor(next / 0x1_0000_0000), next);
    // The instruction counts as stepped.
    this.state.set64(R.SPSR_EL2, 0, this.state.lo(R.SPSR_EL2) & ~SPSR_SS);
  }

  /** Lets the vCPU wait for an interrupt; its timers run on in the CPU's registers. */
  wait(): void {
    this.vcpu.wait(this.pcpu.cpu.timers?.nextDeadlineNs ?? Number.POSITIVE_INFINITY);
  }

  /** Whether a trace category (a value of `CATEGORIES`) is on. */
  traces(category: number): boolean {
    return this.pcpu.cpu.trace.on(category);
  }
  trace(event: TraceEvent): void {
    this.pcpu.cpu.trace.sink(this.pcpu.cpu.index, event);
  }
  /** Reports a step of the hypervisor when its trace is on. */
  note(type: 'exit' | 'entry' | 'note', text: () => string): void {
    if (!this.traces(CATEGORIES.hyp)) return;
    this.trace({ category: 'hyp', type, vm: this.vm.name, vcpu: this.vcpu.index, text: text() });
  }
}

/** The handler of every exit that has no other. */
export const unhandled: ExitHandler = () => UNHANDLED;
