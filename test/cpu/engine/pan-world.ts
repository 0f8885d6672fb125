/** A `max` CPU for the tests of PAN and UAO: one data page that registers and descriptors describe, and code out of its way. */

import type { TraceEvent } from '../../../src/arch/trace.ts';
import { CATEGORIES } from '../../../src/arch/trace.ts';
import type { EngineMode } from '../../../src/cpu/engine/engine.ts';
import { System } from '../../../src/cpu/engine/system.ts';
import { type CpuModel, cpuModel } from '../../../src/cpu/models.ts';
import { PC, R, type SysregSlot, X } from '../../../src/cpu/slots.ts';
import { ZERO_REGISTERS } from '../../mmu/harness.ts';
import type { ModelAccess, ModelConfig, ModelMemory, ModelRegime, ModelRegisters } from '../../mmu/model.ts';
import { Assembler } from './assembler.ts';

interface Operation {
  /** What the instruction needs of [X1], in the order in which it asks. */
  readonly types: readonly ModelAccess['type'][];
  /** LDTR and STTR. */
  readonly unprivileged: boolean;
  /** A cache maintenance instruction, on which PSTATE.PAN has no effect and whose syndrome has CM and WnR set. */
  readonly maintenance: boolean;
  readonly ignoresPan: boolean;
  readonly emit: (a: Assembler) => void;
}

const plain = (types: Operation['types'], emit: Operation['emit']): Operation => ({
  types,
  unprivileged: false,
  maintenance: false,
  ignoresPan: false,
  emit,
});
const LDADD_X2_X3_X1 = 0xf822_0023;

/** Loads, stores and what behaves like them, at [X1]. */
export const OPERATIONS = {
  LDR: plain(['read'], (a) => a.ldr(3, 1)),
  STR: plain(['write'], (a) => a.str(2, 1)),
  LDXR: plain(['read'], (a) => a.ldxr(3, 1)),
  LDADD: plain(['read', 'write'], (a) => a.word(LDADD_X2_X3_X1)),
  'DC ZVA': plain(['write'], (a) => a.msr('DC ZVA', 1)),
  'DC CVAC': { ...plain(['read'], (a) => a.msr('DC CVAC', 1)), maintenance: true, ignoresPan: true },
  LDTR: { ...plain(['read'], (a) => a.ldtr(3, 1)), unprivileged: true },
  STTR: { ...plain(['write'], (a) => a.sttr(2, 1)), unprivileged: true },
} as const satisfies Record<string, Operation>;
export type Access = keyof typeof OPERATIONS;
const NAMES = Object.keys(OPERATIONS) as Access[];

/** One run: the operation of the program at `el`, then that of the handler of the exception that follows, at `upper`. */
export interface Case {
  /** EL1, or EL2 with HCR_EL2.{E2H, TGE} = {1, 1}: the EL that has EL0 below it. */
  readonly upper: 1 | 2;
  /** The program runs at EL0, not at `upper`. */
  readonly atEl0: boolean;
  readonly first: Access;
  readonly second: Access;
  /** PSTATE at the start; SCTLR_ELx.SPAN and WXN; AP, APTable and AF; TCR_ELx.T0SZ, EPD0, TBI0. */
  readonly pan: boolean;
  readonly uao: boolean;
  readonly span: boolean;
  readonly wxn: boolean;
  readonly ap: number;
  readonly apTable: number;
  readonly accessFlag: boolean;
  readonly t0sz: number;
  readonly epd0: boolean;
  readonly tbi: boolean;
  readonly va: bigint;
}

const RAM = 0x4000_0000;
/** Level 1 table of the upper range; and tables of the lower range by level, each with one entry, the first. */
const UPPER_TABLE = RAM + 0x1000;
const tableOf = (level: number): number => RAM + 0x2000 + level * 0x1000;
const PAGE = RAM + 0x8000;
/** Low bits of the VA that is accessed. */
export const VA_LOW = 0x48;
const VECTORS = RAM + 0x1_0000;
const CODE = RAM + 0x1_1000;
const OPERATION_BYTES = 64;
/** RAM in the upper range of 39 bits. */
const UPPER = 0xffff_ff80_0000_0000n;
const upperVa = (pa: number): bigint => UPPER + BigInt(pa);
const [FIRST, SECOND] = [0, 1];
const codeOf = (operation: Access, place: number): number =>
  CODE + (NAMES.indexOf(operation) * 2 + place) * OPERATION_BYTES;

const AF = 1n << 10n;
const READ_ONLY_TO_ALL = 3n << 6n;
/** T1SZ 25, TG1 4K, IPS 40 bits; TG0 is 4K. */
const TCR = (25n << 16n) | (2n << 30n) | (2n << 32n);
/** RES1 bits, M, DZE, UCI. */
const SCTLR = 0x3050_0800n | 1n | (1n << 14n) | (1n << 26n);
const bit = (flag: boolean, at: bigint): bigint => (flag ? 1n << at : 0n);

/** IMPLEMENTATION DEFINED parameters of `max`. */
export const CONFIG: ModelConfig = {
  PAMax: 48n,
  granules: { stage1: [12n, 14n, 16n], stage2: [12n, 14n, 16n] },
};

/** Level at which a lookup of the lower range begins; 0 where T0SZ is out of bounds. */
function startLevel(t0sz: number): number {
  return Math.min(3, Math.max(0, 3 - Math.floor((63 - t0sz - 12) / 9)));
}

const HCR = { 1: 1n << 31n, 2: (1n << 34n) | (1n << 31n) | (1n << 27n) } as const;
export const regimeOf = ({ upper }: Case): ModelRegime => (upper === 1 ? 'EL1&0' : 'EL2&0');

export const modelRegisters = (c: Case): ModelRegisters => ({
  ...ZERO_REGISTERS,
  [`SCTLR_EL${c.upper}`]: SCTLR | bit(c.wxn, 19n) | bit(c.span, 23n),
  [`TCR_EL${c.upper}`]: TCR | BigInt(c.t0sz) | bit(c.epd0, 7n) | bit(c.tbi, 37n),
  [`TTBR0_EL${c.upper}`]: BigInt(tableOf(startLevel(c.t0sz))),
  [`TTBR1_EL${c.upper}`]: BigInt(UPPER_TABLE),
  [`MAIR_EL${c.upper}`]: 0xffn,
  HCR_EL2: HCR[c.upper],
});

/** Descriptors of the lower range by PA. */
function descriptors(c: Case): ReadonlyMap<number, bigint> {
  const page = BigInt(PAGE) | 3n | (BigInt(c.ap) << 6n) | (c.accessFlag ? AF : 0n);
  // The limits of APTable stand in the last table descriptor of a walk that has one.
  const table = (level: number): bigint =>
    BigInt(tableOf(level + 1)) | 3n | (level === 2 ? BigInt(c.apTable) << 61n : 0n);
  return new Map([0, 1, 2, 3].map((level) => [tableOf(level), level === 3 ? page : table(level)]));
}
export const modelMemory = (c: Case): ModelMemory => {
  const words = descriptors(c);
  return (pa) => words.get(Number(pa)) ?? 0n;
};

type Exception = Extract<TraceEvent, { type: 'exception' }>;
const EC_DATA_ABORTS: readonly number[] = [0x24, 0x25];
const [SPSR_PAN, SPSR_UAO] = [1n << 22n, 1n << 23n];
const EL0T = 0x3c0;
const HANDLER = { 1: 0x3c5, 2: 0x3c9 } as const;
const SPSR = { 1: R.SPSR_EL1, 2: R.SPSR_EL2 } as const;

/** One machine that is used for every case. */
export class PanWorld {
  private readonly system: System;
  private readonly exceptions: Exception[] = [];
  private saved = 0n;

  constructor(mode: EngineMode) {
    this.system = new System({
      model: cpuModel('max') as CpuModel,
      cpus: 1,
      engine: mode,
      firmware: { call: () => false, semihosting: () => false },
    });
    const { bus, engine, trace } = this.system;
    // Blocks run a few times each: in a region, they have to be hot from the start.
    if (mode === 'jit') engine.code.heat = 1;
    bus.addRam(RAM, 1 << 20);
    this.write(UPPER_TABLE + 8, BigInt(RAM) | AF | READ_ONLY_TO_ALL | 1n);
    for (const name of NAMES) {
      for (const place of [FIRST, SECOND]) {
        const a = new Assembler(0);
        OPERATIONS[name].emit(a);
        bus.writeBytes(codeOf(name, place), (place === FIRST ? a.svc() : a.hvc()).code());
      }
    }
    for (const group of [0x200, 0x400]) bus.writeBytes(VECTORS + group, new Assembler(0).br(10).code());
    trace.mask = CATEGORIES.int;
    trace.sink = (_, event) => {
      if (event.type === 'exception') this.caught(event);
    };
  }

  private caught(event: Exception): void {
    this.exceptions.push(event);
    if (this.exceptions.length === 1) this.saved = this.system.cpus[0].state.get(SPSR[event.toEl as 1 | 2]);
    else this.system.stop();
  }

  private write(pa: number, value: bigint): void {
    this.system.bus.writeBytes(pa, new Uint8Array(BigUint64Array.of(value).buffer));
  }

  /** Regions made so far. */
  get regions(): number {
    return this.system.engine.regions.compiled;
  }

  /** What the first exception saved and entered with, and the faults of both operations. */
  run(c: Case) {
    const [cpu] = this.system.cpus;
    const { state } = cpu;
    cpu.reset();
    for (const [pa, descriptor] of descriptors(c)) this.write(pa, descriptor);
    const registers = { ...modelRegisters(c), [`VBAR_EL${c.upper}`]: upperVa(VECTORS) };
    for (const [name, value] of Object.entries(registers)) state.set(R[name as SysregSlot], value);
    const pstate = BigInt(c.atEl0 ? EL0T : HANDLER[c.upper]) | (c.pan ? SPSR_PAN : 0n) | (c.uao ? SPSR_UAO : 0n);
    state.pstate = Number(pstate);
    state.set(X[1], c.va);
    state.set(X[10], upperVa(codeOf(c.second, SECOND)));
    state.set(PC, upperVa(codeOf(c.first, FIRST)));
    cpu.contextChanged();
    this.exceptions.length = 0;
    this.system.engine.stopRequested = false;
    this.system.runCpu(cpu, 100);
    const [first, second] = this.exceptions;
    const flags = (spsr: bigint) => ({ pan: (spsr & SPSR_PAN) !== 0n, uao: (spsr & SPSR_UAO) !== 0n });
    return {
      first: faultOf(first),
      saved: flags(this.saved),
      entered: flags(BigInt(first.pstate)),
      second: faultOf(second),
    };
  }
}

/** ESR and FAR of a Data Abort; undefined for the call that ends an operation which passed. */
function faultOf({ esr = 0, far = 0n }: Exception): { esr: number; far: bigint } | undefined {
  return EC_DATA_ABORTS.includes(esr >>> 26) ? { esr, far } : undefined;
}
