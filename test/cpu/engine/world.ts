/** A machine for engine tests: page tables, vectors that recover, a device that interrupts, and a snapshot of it all. */

import { createHash } from 'node:crypto';
import type { Cpu } from '../../../src/cpu/engine/cpu.ts';
import type { EngineMode } from '../../../src/cpu/engine/engine.ts';
import { type RunEnd, System } from '../../../src/cpu/engine/system.ts';
import { type CpuModel, cpuModel } from '../../../src/cpu/models.ts';
import {
  ACCESS_DATA,
  ACCESS_VA,
  allSlots,
  BLOCK,
  CONTEXT,
  CONTEXT_UPPER,
  DISCARD,
  EXIT_AT,
  FP_RESULT,
  HISTORY,
  HISTORY_COUNT,
  PC,
  R,
  type Slot,
  SOFT_TLB,
  SOFT_TLB_MASK,
  SOFT_TLB_UNPRIV,
  SOFT_TLB_UNPRIV_MASK,
  SP,
  type SysregSlot,
  slotName,
  slotType,
  T,
  TV,
  X,
} from '../../../src/cpu/slots.ts';
import type { CpuState } from '../../../src/cpu/state.ts';
import { Assembler } from './assembler.ts';

export const RAM = 0x4000_0000;
const RAM_BYTES = 4 << 20;
export const TABLES = RAM;
/** One page of vectors for EL1, one for EL2. */
const VECTORS = RAM + 0x10_0000;
const VECTORS_EL2 = RAM + 0x10_1000;
/** Code of the program: 32 pages, writable. */
export const CODE = RAM + 0x11_0000;
/** Sixteen pages, readable and writable at EL1 and EL0; the page after them is not mapped. */
export const DATA = RAM + 0x14_0000;
export const DATA_BYTES = 0x1_0000;
/** One page that may only be read. */
export const READ_ONLY = RAM + 0x16_0000;
/** A second mapping of the code pages. */
export const ALIAS = RAM + 0x18_0000;
const CODE_BYTES = 0x2_0000;
/** Top of the stack. */
const STACK = RAM + 0x1f_0000;
/** RAM that a 2 MiB block maps. */
export const BLOCK_DATA = RAM + 0x20_0000;
/** Bytes of it that a program may write. */
const BLOCK_DATA_BYTES = 0x1_0000;
/** PA and VA of the device. */
export const DEVICE = 0x0900_0000;

/** Registers with a part to play: recovery address, interrupts taken, scratch of the handlers, exceptions taken. */
export const RECOVER = 24;
const INTERRUPTS = 25;
const [SCRATCH, CLASS] = [26, 27];
export const EXCEPTIONS = 28;

const EC_SVC = 0x15;
const EC_INSTRUCTION_ABORT = 0x20;
const EC_PC_ALIGNMENT = 0x22;

const AF = 1n << 10n;
const EL0 = 1n << 6n;
const READ_ONLY_BIT = 1n << 7n;
const NOT_GLOBAL = 1n << 11n;
const DIRTY_BIT_MODIFIER = 1n << 51n;
const NORMAL = 0n << 2n;
const DEVICE_MEMORY = 1n << 2n;

/** SPSR.M[3:0] of EL1 with SP_EL0; that of EL0 is 0. */
const EL1T = 4;

/** Offsets into the vector table of the current EL with SPx, and of a lower EL. */
const SAME_EL = 0x200;
const LOWER_EL = 0x400;
const IRQ = 0x80;

/** The SVC that comes back at the other of EL0t and EL1t, which share SP_EL0. */
export const SVC_SWITCH = 1 << 15;

/** Every exception comes back: an SVC to the next instruction, a failed fetch to `RECOVER`, all else behind itself. */
function vectors(el: 1 | 2, base: number): Uint8Array {
  const a = new Assembler(base);
  for (const group of [0, SAME_EL, LOWER_EL]) {
    a.org(base + group);
    const [fetch, set, call, out, change] = [a.label(), a.label(), a.label(), a.label(), a.label()];
    a.add(EXCEPTIONS, EXCEPTIONS, 1).mrs(CLASS, `ESR_EL${el}`).lsr(CLASS, CLASS, 26);
    a.cmp(CLASS, EC_SVC)
      .bc('eq', call)
      .cmp(CLASS, EC_SVC + 1)
      .bc('eq', out);
    a.movr(SCRATCH, RECOVER).cmp(CLASS, EC_INSTRUCTION_ABORT).bc('lt', fetch).cmp(CLASS, EC_PC_ALIGNMENT).bc('le', set);
    a.place(fetch);
    a.mrs(SCRATCH, `ELR_EL${el}`).add(SCRATCH, SCRATCH, 4);
    a.place(set);
    a.msr(`ELR_EL${el}`, SCRATCH);
    a.place(out);
    a.eret();
    a.place(call);
    a.mrs(SCRATCH, `ESR_EL${el}`).tbnz(SCRATCH, 15, change).eret();
    a.place(change);
    a.mrs(SCRATCH, `SPSR_EL${el}`).mov(CLASS, EL1T).eor(SCRATCH, SCRATCH, CLASS).msr(`SPSR_EL${el}`, SCRATCH).eret();
    // Writing the device's first register takes its interrupt line down, whatever PSTATE.PAN says.
    a.org(base + group + IRQ)
      .add(INTERRUPTS, INTERRUPTS, 1)
      .mov(SCRATCH, DEVICE)
      .sttr(ZERO, SCRATCH, 'w')
      .eret();
  }
  return a.code();
}
const ZERO = 31;

/** `unmarked`: hardware has the Access flag and the dirty state of the data pages to set. */
function tables(unmarked: boolean): Uint8Array {
  const bytes = new Uint8Array(0x3000);
  const view = new DataView(bytes.buffer);
  const set = (table: number, index: number, value: bigint) =>
    view.setBigUint64(table * 0x1000 + index * 8, value, true);
  set(0, 0, 0n | AF | DEVICE_MEMORY | EL0 | 1n);
  set(0, 1, BigInt(TABLES + 0x1000) | 3n);
  set(1, 0, BigInt(TABLES + 0x2000) | 3n);
  for (let i = 1; i < RAM_BYTES >>> 21; i++) set(1, i, BigInt(RAM + i * 0x20_0000) | AF | NORMAL | 1n);
  const toggled = unmarked ? AF | READ_ONLY_BIT | DIRTY_BIT_MODIFIER : 0n;
  const map = (va: number, pa: number, length: number, attributes: bigint) => {
    for (let at = 0; at < length; at += 0x1000) {
      set(
        2,
        ((va + at) >>> 12) & 511,
        (BigInt(pa + at) | AF | NORMAL | attributes | 3n) ^ (va === DATA ? toggled : 0n),
      );
    }
  };
  map(TABLES, TABLES, 0x4000, 0n);
  map(VECTORS, VECTORS, 0x2000, READ_ONLY_BIT);
  map(CODE, CODE, CODE_BYTES, 0n);
  map(ALIAS, CODE, CODE_BYTES, 0n);
  map(DATA, DATA, DATA_BYTES, EL0 | NOT_GLOBAL);
  map(READ_ONLY, READ_ONLY, 0x1000, READ_ONLY_BIT | EL0);
  map(STACK - 0x1000, STACK - 0x1000, 0x1000, 0n);
  return bytes;
}

/** What programs may write, by PA. */
const WRITABLE: readonly (readonly [number, number])[] = [
  [TABLES, 0x4000],
  [CODE, CODE_BYTES],
  [DATA, DATA_BYTES],
  [STACK - 0x1000, 0x1000],
  [BLOCK_DATA, BLOCK_DATA_BYTES],
];

/** System registers at the start. */
export const REGISTERS: Partial<Record<SysregSlot, bigint>> = {
  /** RES1 bits, M, C, I, SA, SA0, DZE, UCT, nTWI, nTWE, UCI. */
  SCTLR_EL1: 0x30d0_0800n | 0x0405_d01dn,
  SCTLR_EL2: 0x30c5_0830n,
  /** 39-bit VA by TTBR0 alone, 4K granule, 40-bit IPA, ASID of TTBR0. */
  TCR_EL1: 25n | (25n << 16n) | (1n << 23n) | (2n << 30n) | (2n << 32n),
  TTBR0_EL1: BigInt(TABLES) | (1n << 48n),
  MAIR_EL1: 0x00ffn,
  HCR_EL2: 1n << 31n,
  VBAR_EL1: BigInt(VECTORS),
  VBAR_EL2: BigInt(VECTORS_EL2),
};

/** Reads count up; a write of n to register 4 raises the IRQ line at the n-th access from there; 0 takes it down. */
class Interrupter {
  readonly name = 'interrupter';
  /** Virtual time, offset and value of each access. */
  readonly log: string[] = [];
  private reads = 0;
  private countdown = 0;

  constructor(private readonly cpu: () => Cpu) {}

  private note(kind: string, offset: number, value: number): void {
    this.log.push(`${this.cpu().now()} ${kind} ${offset} ${value}`);
    if (this.countdown > 0 && --this.countdown === 0) this.cpu().irqLine = true;
  }
  read(offset: number): number {
    this.note('read', offset, ++this.reads);
    return this.reads;
  }
  write(offset: number, _size: number, value: number): void {
    if (offset === 0) this.cpu().irqLine = false;
    if (offset === 4) this.countdown = value;
    this.note('write', offset, value);
  }
}

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
    bus.addRam(RAM, RAM_BYTES);
    bus.addDevice(DEVICE, 0x1000, this.device);
    bus.writeBytes(TABLES, tables(unmarked));
    bus.writeBytes(VECTORS, vectors(1, VECTORS));
    bus.writeBytes(VECTORS_EL2, vectors(2, VECTORS_EL2));
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
      ram: this.hash(),
      device: this.device.log,
      events: this.events.copy().digest('hex'),
      cpus: this.system.cpus.map(snapshotOf),
    };
  }

  private hash(): string {
    const { bus } = this.system;
    const hash = createHash('sha256');
    for (const [from, bytes] of WRITABLE) hash.update(bus.readBytes(from, bytes) as Uint8Array);
    return hash.digest('hex');
  }

  /** Entries into blocks: the engines agree about them, but each run that is split adds one. */
  entries(): unknown {
    const { state } = this.cpu;
    return [state.lo(HISTORY_COUNT), HISTORY.map((slot) => state.get(slot))];
  }
}

function snapshotOf({ state, mmu, waiting }: Cpu): Record<string, unknown> {
  const slots = COMPARED.map((slot) => [slotName(slot), slotValue(state, slot).toString(16)]);
  return {
    ...Object.fromEntries(slots),
    waiting,
    tlb: mmu.tlb.entries().map((e) => [e.space, e.vmid, e.asid, e.global, e.hi, e.page, e.shift, e.pa].join()),
    // Hits are misses of the caches before the TLB, which regions ask less often.
    tlbStats: [mmu.tlb.stats.of('EL1&0', 0), mmu.tlb.stats.of('EL2', 0)].map((s) => [s.misses, s.fills, s.evictions]),
  };
}

function slotValue(state: CpuState, slot: Slot): bigint {
  if (slotType(slot) === 'i32') return BigInt(state.lo(slot));
  return slotType(slot) === 'i64' ? state.get(slot) : (state.get((slot + 8) as Slot) << 64n) | state.get(slot);
}

/** Slots that belong to the engine: what they hold between runs is nobody's business. */
const INTERNAL: ReadonlySet<Slot> = new Set([
  ...T,
  ...TV,
  FP_RESULT,
  DISCARD,
  BLOCK,
  EXIT_AT,
  ACCESS_VA,
  ACCESS_DATA,
  SOFT_TLB,
  SOFT_TLB_MASK,
  SOFT_TLB_UNPRIV,
  SOFT_TLB_UNPRIV_MASK,
  CONTEXT,
  CONTEXT_UPPER,
  ...HISTORY,
  HISTORY_COUNT,
]);
const COMPARED = allSlots().filter((slot) => !INTERNAL.has(slot));
