/** Runs ops by themselves: in the interpreter and in a region, on one CPU struct, with the calls out recorded. */

import { HostMemory } from '../../../src/arch/host-memory.ts';
import type { Block } from '../../../src/cpu/block.ts';
import { crcTables } from '../../../src/cpu/engine/crc-tables.ts';
import { type Imm, OpList, opShape } from '../../../src/cpu/ir/builder.ts';
import type { OpName } from '../../../src/cpu/ir/ops.ts';
import {
  HEADER_BYTES,
  HEADER_INSTRUCTIONS,
  JUMP_CACHE_ENTRIES,
  JUMP_CACHE_ENTRY_SHIFT,
  RECORD_A,
  RECORD_B,
  RECORD_BYTES,
  RECORD_D,
  RECORD_IMM,
  RECORD_IMM_HIGH,
} from '../../../src/cpu/ir/records.ts';
import { ACCESS_DATA, BUDGET, PC } from '../../../src/cpu/slots.ts';
import { CpuState } from '../../../src/cpu/state.ts';
import { interpreterModule } from '../../../src/cpu/wasm/interpreter.ts';
import { regionModule } from '../../../src/cpu/wasm/region.ts';

const MAX_RECORDS = 64;
const LEAVE = 1;
const interpreter = new WebAssembly.Module(interpreterModule());

/** VA of the block that runs, and where `OpRunner` says it went when it ran off its end. */
const BLOCK_VA = 0x1000;

export class OpRunner {
  readonly memory = new HostMemory();
  readonly state = new CpuState(this.memory);
  /** Calls out since the last run, by the interpreter; the next slow load gives ACCESS_DATA `loaded`. */
  calls: string[] = [];
  loaded = 0n;
  private readonly crcBase = crcTables(this.memory);
  private readonly jumpCache = this.memory.alloc(JUMP_CACHE_ENTRIES << JUMP_CACHE_ENTRY_SHIFT, 64);
  private readonly base = this.memory.alloc(HEADER_BYTES + MAX_RECORDS * RECORD_BYTES) + HEADER_BYTES;
  private readonly interpret: (cpu: number, at: number) => number;
  private readonly env: Record<string, unknown>;
  private block!: Block;
  private compiled: ((cpu: number, entry: number) => number) | undefined;

  constructor() {
    const call =
      (name: string, result: number) =>
      (_where: number, access?: number): number => {
        this.calls.push(access === undefined ? name : `${name} 0x${access.toString(16)}`);
        return result;
      };
    this.env = {
      memory: this.memory.memory,
      table: new WebAssembly.Table({ element: 'anyfunc', initial: 1 }),
      jump_cache: this.jumpCache,
      crc_tables: this.crcBase,
      lookup: () => 0,
      load_slow: (where: number, access: number) => {
        call('load_slow', 0)(where, access);
        this.state.set(ACCESS_DATA, this.loaded);
        return 0;
      },
      store_slow: call('store_slow', 0),
      alignment_fault: call('alignment_fault', LEAVE),
      stack_fault: call('stack_fault', LEAVE),
      callout: (where: number) => call('callout', LEAVE)(where),
      slow_float: call('slow_float', 0),
    };
    this.interpret = new WebAssembly.Instance(interpreter, { env: this.env }).exports.run as typeof this.interpret;
  }

  /** Makes a block of one op and a `stop`; arguments as of the builder. */
  load(name: OpName, args: readonly (number | Imm)[]): void {
    this.loadAll([[name, args]]);
  }

  /** The same of the ops of one instruction. */
  loadAll(ops: readonly (readonly [OpName, readonly (number | Imm)[]])[]): void {
    const list = new OpList();
    for (const [name, args] of ops) list.push(opShape(name), args);
    list.push(opShape('stop'), []);
    const { u16, i32 } = this.memory;
    for (let i = 0; i < list.count; i++) {
      const at = this.base + i * RECORD_BYTES;
      u16[at >>> 1] = list.op[i];
      u16[(at + RECORD_D) >>> 1] = list.d[i];
      u16[(at + RECORD_A) >>> 1] = list.a[i];
      u16[(at + RECORD_B) >>> 1] = list.b[i];
      i32[(at + RECORD_IMM) >>> 2] = list.lo[i];
      i32[(at + RECORD_IMM_HIGH) >>> 2] = list.hi[i];
    }
    i32[(this.base + HEADER_INSTRUCTIONS) >>> 2] = 2;
    const end = this.base + list.count * RECORD_BYTES;
    this.block = {
      id: 0,
      vaHi: 0,
      vaLo: BLOCK_VA,
      at: 0,
      pa: BLOCK_VA,
      flags: 0,
      words: [0, 0],
      start: this.base,
      records: [this.base, end - RECORD_BYTES, end],
      end,
    };
    this.compiled = undefined;
  }

  /** Runs the block in the interpreter. True when it went to another VA, which is then in PC. */
  interpreted(): boolean {
    this.prepare();
    this.interpret(this.state.base, this.base);
    return this.state.pc !== BigInt(BLOCK_VA);
  }

  /** Runs the block as a region. `went` as above; `left` when the op gave up for the interpreter to do it. */
  region(): { went: boolean; left: boolean } {
    if (this.compiled === undefined) {
      const node = { block: this.block, targets: new Map(), returnsTo: undefined, resume: undefined };
      const shape = { nodes: [node], own: 1, entries: [] };
      const links = { crcTables: this.crcBase, jumpCache: this.jumpCache };
      const module = new WebAssembly.Module(regionModule(this.memory, [{ shape, index: 1 }], links));
      const { exports } = new WebAssembly.Instance(module, { env: this.env });
      this.compiled = exports['1'] as (cpu: number, entry: number) => number;
    }
    this.prepare();
    const at = this.compiled(this.state.base, 0);
    return { went: this.state.pc !== BigInt(BLOCK_VA), left: at === this.base };
  }

  private prepare(): void {
    this.calls = [];
    this.state.set32(BUDGET, 2);
    this.state.set(PC, BigInt(BLOCK_VA));
  }
}
