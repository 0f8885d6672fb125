/** A machine for engine tests: a program in its memory, a device that interrupts, and a snapshot of it all. */

import { createHash } from 'node:crypto';
import type { Cpu } from '../../../src/cpu/engine/cpu.ts';
import type { EngineMode } from '../../../src/cpu/engine/engine.ts';
import { type RunEnd, System } from '../../../src/cpu/engine/system.ts';
import { type CpuModel, cpuModel } from '../../../src/cpu/models.ts';
import { PC, R, SP, type SysregSlot, X } from '../../../src/cpu/slots.ts';
import { Assembler } from './assembler.ts';
import { Interrupter } from './interrupter.ts';
import { snapshotOf } from './snapshot.ts';
import { addMemory, CODE, DEVICE, memoryDigest, REGISTERS, STACK } from './world-memory.ts';

/** What a program is: its code, and what it wants of the machine. */
export interface Program {
  readonly name: string;
  /** Emits the program at `CODE`; it ends in the WFI that is added. */
  readonly code: (a: Assembler) => void;
  /** X0 at the end, where both engines could agree about a wrong one. */
  readonly result?: bigint;
  /** No region is made of it. */
  readonly neverHot?: boolean;
  /** More system registers. */
  readonly registers?: Partial<Record<SysregSlot, bigint>>;
  /** PSTATE at the start; EL1h with interrupts masked unless given. */
  readonly pstate?: number;
  /** X0 to X30 at the start, where not zero. */
  readonly x?: readonly bigint[];
  /** CPU model, `cortex-a57` unless given, and the number of CPUs, which all begin alike. */
  readonly model?: string;
  readonly cpus?: number;
  /** The data pages have neither Access flag nor dirty state. */
  readonly unmarked?: boolean;
}

const EL1H_MASKED = 0x3c5;

/** The machine with a program in it, at its first instruction. */
export class World {
  readonly system: System;
  readonly device: Interrupter;
  /** The first CPU. */
  readonly cpu: Cpu;
  private readonly events = createHash('sha256');

  constructor(mode: EngineMode, program: Program) {
    const { model = 'cortex-a57', cpus: count = 1, unmarked = false } = program;
    this.system = new System({
      model: cpuModel(model) as CpuModel,
      cpus: count,
      engine: mode,
      firmware: { call: () => false, semihosting: () => false },
      onPmu: (_cpu, level) => {
        this.cpu.irqLine = level;
      },
    });
    const { bus, cpus } = this.system;
    [this.cpu] = cpus;
    this.device = new Interrupter(() => this.cpu);
    addMemory(bus, unmarked);
    bus.addDevice(DEVICE, 0x1000, this.device);
    const a = new Assembler(CODE);
    program.code(a);
    a.wfi();
    bus.writeBytes(CODE, a.code());
    for (const cpu of cpus) this.start(cpu, program);
  }

  private start(cpu: Cpu, { registers = {}, pstate = EL1H_MASKED, x = [] }: Program): void {
    const { state } = cpu;
    cpu.waiting = 'running';
    for (const [name, value] of Object.entries({ ...REGISTERS, ...registers })) state.set(R[name as SysregSlot], value);
    state.pstate = pstate;
    for (const slot of SP) state.set(slot, BigInt(STACK));
    for (const [n, value] of x.entries()) state.set(X[n], value);
    state.set(PC, BigInt(CODE));
    cpu.contextChanged();
    cpu.pmu.update();
  }

  /** Has the snapshot tell the events of these categories (bits). */
  trace(mask: number): this {
    const { trace } = this.system;
    trace.mask = mask;
    trace.sink = (cpu, event) => {
      this.events.update(JSON.stringify([cpu, this.cpu.now(), event], (_, v) => (typeof v === 'bigint' ? `${v}` : v)));
    };
    return this;
  }

  run(budget: number): RunEnd {
    return this.system.run(budget);
  }
  x(n: number): bigint {
    return this.cpu.state.get(X[n]);
  }

  /** Everything that a guest could see, and what the engines must agree about besides. */
  snapshot(): Record<string, unknown> {
    return {
      instructions: this.system.instructions,
      now: this.cpu.now(),
      ram: memoryDigest(this.system.bus),
      device: this.device.log,
      events: this.events.copy().digest('hex'),
      cpus: this.system.cpus.map(snapshotOf),
    };
  }
}
