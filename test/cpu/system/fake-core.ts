/** A CPU without an engine: real registers, MMU and bus, and records of what system code asked of it. */

import { joined } from '../../../src/arch/addresses.ts';
import { HostMemory } from '../../../src/arch/host-memory.ts';
import { Trace, type TraceEvent } from '../../../src/arch/trace.ts';
import type { Core, Waiting } from '../../../src/cpu/core.ts';
import { History } from '../../../src/cpu/history.ts';
import { type CpuModel, cpuModel, type FeatureName, withoutEl2 } from '../../../src/cpu/models.ts';
import { DAIF, EL, PC, R, SPSEL, type SysregSlot, X } from '../../../src/cpu/slots.ts';
import { CpuState } from '../../../src/cpu/state.ts';
import { SoftwareStep } from '../../../src/cpu/system/debug/software-step.ts';
import { Pmu } from '../../../src/cpu/system/pmu/pmu.ts';
import { Regimes } from '../../../src/cpu/system/regimes.ts';
import { resetCpu } from '../../../src/cpu/system/reset.ts';
import { GenericTimers, type Timer } from '../../../src/cpu/system/timers/generic-timers.ts';
import { Bus } from '../../../src/devices/bus.ts';
import { Gicv3, type Gicv3Cpu } from '../../../src/devices/gicv3/gicv3.ts';
import { MAX_LIST_REGISTERS } from '../../../src/devices/gicv3/virtual-interface.ts';
import type { DescriptorMemory } from '../../../src/mmu/memory.ts';
import { Mmu } from '../../../src/mmu/mmu.ts';

export const RAM = 0x4000_0000;
export const CODE = 0x4008_0000n;
export const VBAR_EL1 = 0x1_0000n;
export const VBAR_EL2 = 0x2_0000n;

/** One linear memory for all: making one is slow. */
const memory = new HostMemory();

export class FakeCore implements Core {
  readonly index = 0;
  readonly model: CpuModel;
  readonly state: CpuState;
  readonly bus: Bus;
  readonly regimes: Regimes;
  readonly timers: GenericTimers;
  readonly pmu: Pmu;
  readonly step: SoftwareStep;
  /** With FEAT_GICv3, its GIC and the system registers that this CPU has of it. */
  readonly gicv3: Gicv3 | undefined;
  readonly gic: Gicv3Cpu | undefined;
  /** How often the lines may have changed. */
  lineChecks = 0;
  /** Level of the overflow interrupt of the Performance Monitors. */
  pmuLine = false;
  /** Levels of the timers' lines. */
  readonly timerLines: [boolean, boolean, boolean, boolean] = [false, false, false, false];
  private made: Mmu | undefined;
  readonly trace = new Trace();
  readonly history: History;
  readonly events: TraceEvent[] = [];
  waiting: Waiting = 'running';
  irqLine = false;
  fiqLine = false;
  virqLine = false;
  vfiqLine = false;
  time = 0;
  contextChanges = 0;
  cluster: readonly Core[] = [this];
  served: string | undefined;
  asked: string[] = [];
  hypervisor: ((core: Core) => void) | undefined;

  /** `features` are added to those of the model. */
  constructor(options: { el2?: boolean; cpu?: string; features?: readonly FeatureName[] } = {}) {
    const { cpu = 'cortex-a57' } = options;
    const model = cpuModel(cpu);
    if (model === undefined) throw new Error(`no ${cpu}`);
    const { features } = model;
    const added = Object.fromEntries((options.features ?? []).map((name) => [name, true]));
    const full = { ...model, features: { ...features, ...added } };
    this.model = options.el2 === false ? withoutEl2(full) : full;
    this.state = new CpuState(memory);
    this.history = new History(this.state);
    this.regimes = new Regimes(this.state, this.model.mmu);
    this.timers = new GenericTimers(this.state, {
      nowNs: () => this.time,
      setLine: (timer: Timer, level) => {
        this.timerLines[timer] = level;
      },
    });
    this.pmu = new Pmu(this.state, {
      nowNs: () => this.time,
      retiredInSlice: () => this.time,
      isExecuting: () => true,
      setLine: (level) => {
        this.pmuLine = level;
      },
    });
    this.step = new SoftwareStep(this.state);
    if (this.model.features.FEAT_GICv3) this.gicv3 = this.makeGic();
    this.gic = this.gicv3?.systemRegisters[0];
    this.bus = new Bus(memory);
    this.bus.addRam(RAM, 0x100_0000);
    this.trace.sink = (_cpu, event) => this.events.push(event);
    resetCpu(this.state, this.model, 0);
    this.state.set(R.VBAR_EL1, VBAR_EL1);
    this.state.set(R.VBAR_EL2, VBAR_EL2);
    this.state.set(PC, CODE);
  }

  private makeGic(): Gicv3 {
    const drive = (line: 'irqLine' | 'fiqLine' | 'virqLine' | 'vfiqLine') => (_cpu: number, level: boolean) => {
      this[line] = level;
    };
    const [irq, fiq, virq, vfiq] = (['irqLine', 'fiqLine', 'virqLine', 'vfiqLine'] as const).map(drive);
    return new Gicv3(1, { irq, fiq, virq, vfiq, onGuestError: () => {} }, MAX_LIST_REGISTERS);
  }

  get mmu(): Mmu {
    this.made ??= new Mmu(descriptors(this.bus), this.model.mmu);
    return this.made;
  }

  /** Puts the CPU at an EL, interrupts unmasked. */
  at(el: 0 | 1 | 2, spsel: 0 | 1 = el === 0 ? 0 : 1): this {
    this.state.set32(EL, el);
    this.state.set32(SPSEL, spsel);
    this.state.set32(DAIF, 0);
    return this;
  }
  /** Sets bits of a register. */
  with(name: SysregSlot, bits: bigint): this {
    this.state.set(R[name], this.state.get(R[name]) | bits);
    return this;
  }
  reg(name: SysregSlot): bigint {
    return this.state.get(R[name]);
  }
  x(n: number, value: bigint): this {
    this.state.set(X[n], value);
    return this;
  }
  /** Writes little-endian 64-bit words to RAM. */
  poke(pa: number, ...words: bigint[]): void {
    words.forEach((word, i) => {
      this.bus.write32(pa + 8 * i, Number(word & 0xffff_ffffn));
      this.bus.write32(pa + 8 * i + 4, Number(word >> 32n));
    });
  }

  now(): number {
    return this.time;
  }
  charge(ns: number): void {
    this.time += ns;
  }
  leaveIfLinesChanged(): void {
    this.lineChecks++;
  }
  contextChanged(): void {
    this.contextChanges++;
  }
  levelChanged(): void {
    this.contextChanges++;
  }
  maskingChanged(): boolean {
    return false;
  }
  debugChanged(): boolean {
    this.contextChanges++;
    return true;
  }
  timersChanged(): void {
    this.timers.update();
  }
  translated(): void {}
  codeWritten(): void {}
  firmware(conduit: 'smc' | 'hvc'): boolean {
    this.asked.push(conduit);
    return this.served === conduit;
  }
  semihosting(): boolean {
    this.asked.push('semihosting');
    return this.served === 'semihosting';
  }
}

/** Descriptor accesses to the RAM of a bus. */
function descriptors(bus: Bus): DescriptorMemory {
  const words = {
    hi: 0,
    lo: 0,
    read(paHi: number, paLo: number): boolean {
      const pa = joined(paHi, paLo);
      const lo = bus.read32(pa);
      const hi = bus.read32(pa + 4);
      if (lo === undefined || hi === undefined) return false;
      words.hi = hi;
      words.lo = lo;
      return true;
    },
    write: (pa: number, hi: number, lo: number): boolean => bus.write32(pa, lo) && bus.write32(pa + 4, hi),
  };
  return words;
}
