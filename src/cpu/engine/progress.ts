/** How far the running block has come: the instruction of a record, the time, and the place where the engine must leave. */

import type { HostMemory } from '../../arch/host-memory.ts';
import type { Block } from '../block.ts';
import { opNumber } from '../ir/ops.ts';
import { BLOCK, BUDGET, PC } from '../slots.ts';
import type { CpuState } from '../state.ts';
import type { CodeCache } from './code-cache.ts';

const STOP = opNumber('stop');

/** Index of the instruction that the record at `where` belongs to. */
function instructionAt({ records, words }: Block, where: number): number {
  let low = 0;
  let high = words.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (records[middle] > where) high = middle - 1;
    else low = middle;
  }
  return low;
}

const UNKNOWN = -1;

/** Bookkeeping of one run of one CPU. */
export class Progress {
  state!: CpuState;
  /** Record of the op that called out; 0 while none does. */
  where = 0;
  /** While one does, once somebody has asked: the running block, the index of its instruction there, and how many follow. */
  private running!: Block;
  private known = UNKNOWN;
  private behind = 0;
  /** Virtual nanoseconds when the slice began, plus what was charged since. */
  private clock = 0;
  private slice = 0;
  private patchedAt = 0;
  private replaced = 0;
  private patchedIndex = 0;

  constructor(
    private readonly memory: HostMemory,
    private readonly code: CodeCache,
  ) {}

  begin(state: CpuState, budget: number): void {
    this.state = state;
    this.slice = budget;
    state.set32(BUDGET, budget);
  }

  /** Ends the slice; returns the number of instructions that it ran. */
  end(): number {
    const ran = this.slice - this.left;
    this.clock += ran;
    this.slice = 0;
    this.state.set32(BUDGET, 0);
    return ran;
  }

  /** Instructions left. */
  get left(): number {
    return this.state.lo(BUDGET) | 0;
  }
  spend(instructions: number): void {
    this.state.set32(BUDGET, this.left - instructions);
  }
  charge(ns: number): void {
    this.clock += ns;
  }
  /** Instructions of this slice before the running one. */
  get retired(): number {
    if (this.slice === 0) return 0;
    if (this.where === 0) return this.slice - this.left;
    if (this.known === UNKNOWN) this.locate();
    return this.slice - this.left - this.behind - 1;
  }
  /** While an op calls out: makes its instruction the last one of the slice. */
  endHere(): void {
    this.slice = this.retired + 1;
    this.state.set32(BUDGET, -this.behind);
  }
  /** Virtual nanoseconds when the slice will have run, if nothing more is charged. */
  sliceEnd(): number {
    return this.clock + this.slice;
  }
  /** Virtual nanoseconds at the running instruction. */
  now(): number {
    return this.clock + this.retired;
  }

  /** The running block. */
  get block(): Block {
    return this.code.at(this.state.lo(BLOCK));
  }

  /** An op called out. `where`: its record, as wasm gives it, which is negative from 2 GiB on. */
  enter(where: number): void {
    this.where = where >>> 0;
    this.known = UNKNOWN;
  }
  /** While an op calls out: the index of its instruction in the running block. */
  get index(): number {
    if (this.known === UNKNOWN) this.locate();
    return this.known;
  }
  private locate(): void {
    const { block, where } = this;
    const last = block.words.length - 1;
    // What leaves ends its block.
    const index = block.records[last] <= where ? last : instructionAt(block, where);
    this.running = block;
    this.known = index;
    this.behind = last - index;
  }
  /** Makes PC that of the instruction that calls out. */
  placePc(): void {
    this.locate();
    this.setPc(this.running, this.known);
  }
  /** The call out returns; if it leaves, the rest of the block is paid back. */
  exit(leaves: boolean): void {
    if (leaves) {
      if (this.known === UNKNOWN) this.locate();
      this.state.set32(BUDGET, this.left + this.behind);
    }
    this.where = 0;
  }

  private setPc(block: Block, index: number): void {
    // As int32. A block lies in one page, so only the end of the page can carry.
    const lo = ((block.vaLo | 0) + index * 4) | 0;
    this.state.set64(PC, lo === 0 && index > 0 ? block.vaHi + 1 : block.vaHi, lo);
  }

  /** Makes the engine leave before instruction `index` of a block, unless it does so earlier already. */
  stopBefore(block: Block, index: number): void {
    const at = block.records[index];
    if (at >= block.end || (this.patchedAt !== 0 && this.patchedAt <= at)) return;
    this.unpatch();
    this.patchedAt = at;
    this.patchedIndex = index;
    this.replaced = this.memory.u16[at >>> 1];
    this.memory.u16[at >>> 1] = STOP;
  }
  /** The engine is to leave before an instruction. */
  get isPatched(): boolean {
    return this.patchedAt !== 0;
  }
  /** Takes the patch back. */
  unpatch(): void {
    if (this.patchedAt !== 0) this.memory.u16[this.patchedAt >>> 1] = this.replaced;
    this.patchedAt = 0;
  }
  /** The engine reached the patch: PC and budget become those of that instruction. */
  stopped(): void {
    const { block } = this;
    this.spend(this.patchedIndex - block.words.length);
    this.setPc(block, this.patchedIndex);
  }
}
