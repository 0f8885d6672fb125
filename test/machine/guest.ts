/** A whole machine with hand-made code at EL2 and EL1, and vectors: what it leaves in registers is what a test sees. */

import { expect } from 'vitest';
import type { EngineMode } from '../../src/cpu/engine/engine.ts';
import { PC, X } from '../../src/cpu/slots.ts';
import { Machine } from '../../src/machine/machine.ts';
import type { MachineOptions } from '../../src/machine/machine-options.ts';
import { RAM_BASE, VIRT_MAP } from '../../src/machine/virt-map.ts';
import { Assembler, ZR } from '../cpu/engine/assembler.ts';

export const ENGINES: readonly EngineMode[] = ['interp', 'jit', 'auto'];

/** Places in RAM, PAs. CPU n starts at EL2_CODE + n * CPU_CODE. */
export const EL2_CODE = RAM_BASE;
export const CPU_CODE = 0x800;
const EL2_VECTORS = RAM_BASE + 0x2000;
export const EL1_CODE = RAM_BASE + 0x4000;
const EL1_VECTORS = RAM_BASE + 0x8000;
const TABLES = RAM_BASE + 0x10_0000;
/** Two megabytes of zeroes. */
export const DATA = RAM_BASE + 0x20_0000;

export const GICD = VIRT_MAP.gicDistributor.base;
export const GICC = VIRT_MAP.gicCpuInterface.base;
export const GICH = VIRT_MAP.gicHypervisor.base;
export const GICV = VIRT_MAP.gicVirtualCpu.base;
/** INTIDs of the timers. */
export const [TIMER_HYP, TIMER_VIRT] = [26, 27];

/** Offsets of the vectors that the tests use. */
export const VECTOR = { sameSync: 0x200, sameIrq: 0x280, lowerSync: 0x400, lowerIrq: 0x480 } as const;
type Handlers = Partial<Record<keyof typeof VECTOR, (a: Assembler) => void>>;

export const HCR_RW = 1n << 31n;
const SPSR_EL1H_MASKED = 0x3c5;

/** Scratch registers. */
const [ADDRESS, VALUE] = [29, 30];
/** A store to, or a load from, a device register; X29 holds its address then. */
export const store = (a: Assembler, address: number, value: number): Assembler =>
  a.mov(ADDRESS, address).mov(VALUE, value).str(VALUE, ADDRESS, 0, 'w');
export const load = (a: Assembler, t: number, address: number): Assembler =>
  a.mov(ADDRESS, address).ldr(t, ADDRESS, 0, 'w');
/** Ends the machine, from EL1 or EL2: PSCI SYSTEM_OFF. */
export const off = (a: Assembler): Assembler => a.mov(0, 0x8400_0008).smc();
/** Enters EL1h, interrupts masked, at an address. */
export const enterEl1 = (a: Assembler, at = EL1_CODE, spsr = SPSR_EL1H_MASKED): Assembler =>
  a.msrConst('SPSR_EL2', spsr).msrConst('ELR_EL2', at).eret();

/** Enables private interrupts with priority 0x80 at distributor and CPU interface; GICC_CTLR as given. */
export function enableInterrupts(a: Assembler, intids: readonly number[], giccCtlr: number): void {
  store(a, GICD, 1);
  store(a, GICD + 0x100, intids.reduce((bits, intid) => bits | (2 ** intid), 0) >>> 0);
  for (const intid of intids)
    a.mov(ADDRESS, GICD + 0x400 + intid)
      .mov(VALUE, 0x80)
      .str(VALUE, ADDRESS, 0, 'b');
  store(a, GICC + 4, 0xff);
  store(a, GICC, giccCtlr);
}

/** Starts a timer that fires at once (CVAL 0) and holds its line. */
export const fireTimer = (a: Assembler, name: 'CNTV' | 'CNTHP'): Assembler => {
  const el = name === 'CNTV' ? 'EL0' : 'EL2';
  return a.msr(`${name}_CVAL_${el}`, ZR).msrConst(`${name}_CTL_${el}`, 1, VALUE).isb();
};

/** A machine and the code that it runs. */
export class Guest {
  readonly machine: Machine;
  private nextTable = TABLES;

  constructor(engine: EngineMode, options: MachineOptions = {}) {
    this.machine = new Machine({ engine, virtualization: true, memoryBytes: 64 << 20, ...options });
    const { state } = this.machine.cpu();
    state.set(PC, BigInt(EL2_CODE));
    this.machine.cpu().contextChanged();
  }

  /** Assembles code at a VA and puts it at a PA, the same unless given. */
  code(va: number, emit: (a: Assembler) => void, pa = va): Assembler {
    const a = new Assembler(va);
    emit(a);
    this.machine.system.bus.writeBytes(pa, a.code());
    return a;
  }

  /** What EL2 does first; its VBAR and HCR_EL2.RW are set. */
  el2(emit: (a: Assembler) => void, handlers: Handlers = {}): Assembler {
    this.vectors(EL2_VECTORS, { lowerSync: (a) => void off(a), ...handlers });
    return this.code(EL2_CODE, (a) => {
      a.msrConst('VBAR_EL2', EL2_VECTORS).msrConst('VBAR_EL1', EL1_VECTORS).msrConst('HCR_EL2', HCR_RW);
      emit(a);
    });
  }

  el1(emit: (a: Assembler) => void, handlers: Handlers = {}): Assembler {
    this.vectors(EL1_VECTORS, handlers);
    return this.code(EL1_CODE, emit);
  }

  private vectors(base: number, handlers: Handlers): void {
    for (const [name, emit] of Object.entries(handlers)) {
      const at = base + VECTOR[name as keyof typeof VECTOR];
      const { words } = this.code(at, emit);
      expect(words.length).toBeLessThanOrEqual(32);
    }
  }

  /** PA of a new empty table of 4 KiB. */
  table(): number {
    this.nextTable += 0x1000;
    return this.nextTable - 0x1000;
  }

  word(pa: number): bigint {
    const bytes = this.machine.system.bus.readBytes(pa, 8) as Uint8Array;
    return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  }
  setWord(pa: number, value: bigint): void {
    this.machine.system.bus.writeBytes(pa, new Uint8Array(BigUint64Array.of(value).buffer));
  }

  /** Runs to SYSTEM_OFF. */
  run(): this {
    expect(this.machine.run({ maxInstructions: 200_000 })).toEqual({ reason: 'off' });
    return this;
  }
  /** Xn of CPU 0. */
  x(n: number): bigint {
    return this.machine.cpu().state.get(X[n]);
  }
  /** Xn as a number. */
  n(n: number): number {
    return Number(this.x(n));
  }
}
