/** Compiles a region: blocks that branch to each other become one wasm function with slots in locals. */

import type { HostMemory } from '../../arch/host-memory.ts';
import type { Block } from '../engine/block.ts';
import {
  A,
  assign,
  type Code,
  i32c,
  i64hl,
  L32,
  L64,
  type Token,
  tee,
  uleb,
  use,
  type ValueType,
  when,
} from '../ir/code.ts';
import { i32, i64 } from '../ir/expr.ts';
import { type OpRecord, readRecords } from '../ir/read-record.ts';
import {
  HEADER_REGION,
  JUMP_CACHE_CONTEXT,
  JUMP_CACHE_ENTRY_SHIFT,
  JUMP_CACHE_START,
  jumpCacheIndex,
  REGION_ENTRY_SHIFT,
  REGION_INDEX_MASK,
} from '../ir/records.ts';
import type { OpRow } from '../ir/row.ts';
import { slotAccess } from '../ir/slot-access.ts';
import { CONTEXT, CONTEXT_UPPER, slotType, T, TV } from '../slots.ts';
import { pairedRows } from './access-pairs.ts';
import { budgetChecks } from './budget-checks.ts';
import { ModuleWriter } from './encoder.ts';
import { type FlagState, flagStates, flagsAfter, KNOWN } from './flag-states.ts';
import { noteBranch } from './history.ts';
import { jumpCacheHit } from './jump-cache.ts';
import { straightCode } from './op-code.ts';
import { RegionExits } from './region-exits.ts';
import { RegionFlags, WRITE_FLAGS_PARAMS, writeFlags } from './region-flags.ts';
import { cpu, FIXED_LOCALS, FLAG_KIND, FLAG_X, FLAG_Y, local, NEXT_NODE, setLocal } from './region-locals.ts';
import { type RegionNode, type RegionShape, vaKey } from './region-shape.ts';
import { RegionTarget } from './region-target.ts';
import { StackAlignment } from './stack-alignment.ts';
import { isBackEdge, type Structure, structureOf } from './structure.ts';
import { CodeWriter } from './writer.ts';

/** What regions know of their surroundings: offsets in linear memory. */
export interface RegionLinks {
  readonly crcTables: number;
  readonly jumpCache: number;
}

/** Node that a branch of `node` goes to, if it is in the region: the only one that an indirect branch may go to. */
function targetOf({ targets, returnsTo }: RegionNode, { op: { row }, hi, lo }: OpRecord): number | undefined {
  if (row.kind === 'goto' && row.indirect) return returnsTo;
  return row.kind === 'branch' || row.kind === 'goto' ? targets.get(vaKey(hi, lo)) : undefined;
}

const isSamePage = (a: Block, b: Block): boolean => a.vaHi === b.vaHi && a.vaLo >>> 12 === b.vaLo >>> 12;

/** Index of the function that writes flags, the first behind the imported one. */
const WRITE_FLAGS = 1;

class RegionCompiler {
  private readonly target: RegionTarget;
  private readonly out: CodeWriter;
  private readonly records: readonly (readonly OpRecord[])[];
  private readonly structure: Structure;
  private readonly flagStates: readonly FlagState[];
  private readonly flags: RegionFlags;
  private readonly exits: RegionExits;
  /** Of each node, what the budget must have there (see `budgetChecks`). */
  private readonly checks: readonly (number | undefined)[];
  /** Instructions of the node that is written, and of those before it, that the budget has not paid for. */
  private unpaid = 0;
  /** Labels: of entering the function again, of loops and merge points by node. */
  private again = 0;
  private readonly loops: number[] = [];
  private readonly merges: number[] = [];

  constructor(
    memory: HostMemory,
    private readonly region: RegionShape,
    private readonly links: RegionLinks,
    private readonly index: number,
  ) {
    const { nodes } = region;
    this.target = new RegionTarget(links.crcTables);
    this.out = new CodeWriter(this.target);
    this.records = nodes.map(({ block }) => readRecords(memory, block.start, block.end));
    const successors = nodes.map((node, index) => {
      const branches = this.records[index].map((record) => targetOf(node, record));
      return [...branches, node.resume].filter((to) => to !== undefined);
    });
    this.structure = structureOf(successors, region.entries);
    this.flagStates = flagStates(this.records, successors, region.entries);
    this.flags = new RegionFlags(this.out, new Set(this.records.flat().map(({ op }) => flagsAfter(KNOWN, op.row))));
    this.exits = new RegionExits(this.out, this.flags);
    const sizes = nodes.map(({ block }) => block.words.length);
    this.checks = budgetChecks(sizes, successors, this.structure, region.entries);
    this.target.flags = (name) => this.flags.condition(name);
  }

  /** Body of the function, entered at the block whose index it is given, and the types of its locals. */
  compile(): { code: number[]; locals: ValueType[] } {
    const { out } = this;
    this.exits.around(() => {
      this.again = out.open('loop');
      this.tree(this.structure, 0);
      out.close();
      out.emit(0x00);
    });
    return this.framed(out.bytes);
  }

  /** A block with all that it dominates; a back edge into it makes it a loop. */
  private tree(structure: Structure, node: number): void {
    const { out } = this;
    if (!structure.isLoop[node]) return this.within(structure, node, structure.merges[node]);
    this.loops[node] = out.open('loop');
    this.within(structure, node, structure.merges[node]);
    out.close();
  }

  /** A block inside the wasm blocks whose ends are its merge points; each is followed by its own tree. */
  private within(structure: Structure, node: number, merges: readonly number[]): void {
    const { out } = this;
    const [merge, ...inner] = merges;
    if (merge === undefined) {
      this.route(structure, node);
      return this.block(node);
    }
    this.merges[merge] = out.open('block');
    this.within(structure, node, inner);
    out.close();
    this.tree(structure, merge);
  }

  /** On the way to an entry below `node`, goes on towards it. */
  private route({ toward }: Structure, node: number): void {
    const { out } = this;
    if (toward[node].size > 0) {
      out.when(local(NEXT_NODE), () => {
        const here = out.open('block');
        out.emit(local(NEXT_NODE), 0x0e, uleb(this.region.own));
        for (let to = 0; to <= this.region.own; to++) {
          const child = toward[node].get(to);
          out.emit(uleb(out.depth - (child === undefined ? here : this.merges[child])));
        }
        out.close();
      });
    }
    if (this.region.entries.includes(node)) {
      out.emit(setLocal(NEXT_NODE, i32c(0)));
    }
  }

  /** Loads the slots that the body uses before it, and stores those that it writes after it. */
  private framed(body: readonly number[]): { code: number[]; locals: ValueType[] } {
    const { target } = this;
    const frame = new CodeWriter(target);
    const slots = [...target.locals].filter(([slot]) => !T.includes(slot) && !TV.includes(slot));
    for (const [slot, index] of slots) {
      frame.emit(slotAccess(slot).load(cpu, slot));
      frame.local(0x21, index);
    }
    const prologue = frame.bytes.splice(0);
    for (const [slot, index] of slots) {
      if (target.written.has(slot)) frame.emit(slotAccess(slot).store(cpu, local(index), slot));
    }
    frame.emit(when(local(FLAG_KIND), [cpu, local(FLAG_KIND), local(FLAG_X), local(FLAG_Y), 0x10, uleb(WRITE_FLAGS)]));
    const types = [...target.locals.keys()].map((slot): ValueType => slotType(slot) as ValueType);
    return { code: prologue.concat(body, frame.bytes), locals: [...FIXED_LOCALS, ...types] };
  }

  private block(index: number): void {
    const node = this.region.nodes[index];
    this.flags.state = this.flagStates[index];
    this.unpaid = (this.isPaid(index) ? 0 : this.unpaid) + node.block.words.length;
    this.exits.enter(node, this.unpaid, this.checks[index]);
    const records = this.records[index];
    const rows = pairedRows(records, new Set(node.block.records));
    const stack = new StackAlignment();
    for (const [i, record] of records.entries()) if (!stack.repeats(record)) this.op(index, record, rows[i]);
  }

  /** Code of a record by its row, or by one that stands for it. */
  private op(index: number, record: OpRecord, row: OpRow): void {
    const { out, target, exits, flags } = this;
    target.record = record;
    const node = this.region.nodes[index];
    target.leave = () => exits.toInterpreter(node, record.at);
    flags.before(row);
    switch (row.kind) {
      case 'branch':
        return out.when(row.cond, () => this.edge(index, record));
      case 'goto':
        out.emit(noteBranch(row, cpu));
        if (!row.indirect) return this.edge(index, record);
        return this.jump(index, record);
      case 'callout':
        if (row.cond !== undefined) return out.when(row.cond, () => exits.toInterpreter(node, record.at));
        return exits.toInterpreter(node, record.at);
      case 'stop':
        return exits.toInterpreter(node, record.at);
      default: {
        const store = (value: Code): Token => ({ kind: 'set', slot: record.d, value });
        out.emit(row.kind === 'setter' ? flags.setter(row, store) : straightCode(row, store));
      }
    }
  }

  /** Goes to the VA of a direct branch, inside the region or out of it. */
  private edge(from: number, record: OpRecord): void {
    const { nodes } = this.region;
    const to = targetOf(nodes[from], record);
    if (to === undefined || this.structure.cuts[from].has(to)) return this.exits.toTarget(nodes[from], record);
    const { block } = nodes[to];
    if (isSamePage(nodes[from].block, block)) return this.goOn(from, to);
    this.out.when(
      this.isMapped(block),
      () => this.goOn(from, to),
      () => this.exits.toTarget(nodes[from], record),
    );
  }

  private goOn(from: number, to: number): void {
    const { out, structure, flags } = this;
    const { state } = flags;
    const { unpaid } = this;
    flags.goTo(this.flagStates[to]);
    if (this.isPaid(to)) this.exits.pay(i32c(unpaid));
    if (isBackEdge(structure, from, to)) out.br(this.loops[to]);
    else if (structure.isMerge[to]) out.br(this.merges[to]);
    else this.tree(structure, to);
    flags.state = state;
    this.unpaid = unpaid;
  }

  /** Whether all before a node is paid for where its code begins; else its code follows its only predecessor's. */
  private isPaid(node: number): boolean {
    const { isLoop, isMerge } = this.structure;
    return isLoop[node] || isMerge[node] || this.checks[node] !== undefined;
  }

  /** True (i32) when running code would find the block at its VA now, so that its page needs no fetch. */
  private isMapped({ vaHi, vaLo, start }: Block): Code {
    const entry = i32c(this.links.jumpCache + (jumpCacheIndex(vaLo) << JUMP_CACHE_ENTRY_SHIFT));
    const context = vaHi >>> 31 === 0 ? CONTEXT : CONTEXT_UPPER;
    return i32.and(
      i32.eq(i32.load(entry, JUMP_CACHE_START), i32c(start)),
      i32.eq(i32.load(entry, JUMP_CACHE_CONTEXT), i32.load(cpu, context)),
    );
  }

  /**
   * Goes to the VA in operand a: behind the call that joined, to an entry of this region when the jump cache knows it as
   * one, else out.
   */
  private jump(from: number, record: OpRecord): void {
    const { out, links, structure } = this;
    const { nodes } = this.region;
    const [pc] = L64;
    const [entry] = L32;
    out.emit(assign(pc, A));
    const back = targetOf(nodes[from], record);
    if (back !== undefined && !structure.cuts[from].has(back)) {
      const { vaHi, vaLo } = nodes[back].block;
      out.when(i64.eq(use(pc), i64hl(vaHi, vaLo)), () => this.goOn(from, back));
    }
    out.when(jumpCacheHit(i32c(links.jumpCache), cpu, pc, entry), () => {
      const header = i32.load(i32.add(i32.load(use(entry), JUMP_CACHE_START), i32c(HEADER_REGION)));
      out.when(i32.eq(i32.and(tee(entry, header), i32c(REGION_INDEX_MASK)), i32c(this.index)), () => {
        this.flags.tell();
        this.exits.pay(i32c(this.unpaid));
        out.emit(setLocal(NEXT_NODE, i32.shr_u(use(entry), i32c(REGION_ENTRY_SHIFT))));
        out.br(this.again);
      });
    });
    this.exits.toVa(use(pc));
  }
}

/** A region to compile. */
export interface RegionDraft {
  readonly shape: RegionShape;
  /** Its index in the function table. */
  readonly index: number;
}

/**
 * A module with a function for each region, exported by the region's index: `(cpu, entry)` runs blocks from the node whose
 * index is `entry`, and returns the record to go on at, or 0.
 */
export function regionModule(memory: HostMemory, regions: readonly RegionDraft[], links: RegionLinks): Uint8Array {
  const module = new ModuleWriter();
  module.importFunction('slow_float', { params: ['i32'], results: ['i32'] });
  const flagWriter = new CodeWriter(new RegionTarget(links.crcTables));
  flagWriter.emit(writeFlags);
  module.func(undefined, { params: WRITE_FLAGS_PARAMS, results: [] }, FIXED_LOCALS.slice(2), flagWriter.bytes);
  for (const { shape, index } of regions) {
    const { code, locals } = new RegionCompiler(memory, shape, links, index).compile();
    module.func(String(index), { params: ['i32', 'i32'], results: ['i32'] }, locals, code);
  }
  return module.bytes();
}
