/** Body of a region's function: blocks that branch to each other, nested as wasm wants it, with slots in locals. */

import type { HostMemory } from '../../arch/host-memory.ts';
import type { Block } from '../block.ts';
import { A, assign, type Code, i32c, i64hl, L32, L64, type Token, tee, uleb, use } from '../ir/code.ts';
import { i32, i64 } from '../ir/expr.ts';
import { type OpRecord, readRecords } from '../ir/read-record.ts';
import { HEADER_REGION, JUMP_CACHE_START, REGION_ENTRY_SHIFT, REGION_INDEX_MASK } from '../ir/records.ts';
import type { OpRow } from '../ir/row.ts';
import { pairedRows } from './access-pairs.ts';
import { budgetChecks } from './budget-checks.ts';
import { type FlagState, flagStates, flagsAfter, KNOWN } from './flag-states.ts';
import { noteBranch } from './history.ts';
import { isMapped, jumpCacheHit } from './jump-cache.ts';
import { straightCode } from './op-code.ts';
import { RegionExits } from './region-exits.ts';
import { RegionFlags } from './region-flags.ts';
import { cpu, local, NEXT_NODE, setLocal } from './region-locals.ts';
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

export class RegionCompiler {
  readonly target: RegionTarget;
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

  /** Body of the function, entered at the block whose index it is given; `target` knows the slots that it uses. */
  compile(): Uint8Array {
    const { out } = this;
    this.exits.around(() => {
      this.again = out.open('loop');
      this.tree(this.structure, 0);
      out.close();
      out.emit(0x00);
    });
    return out.take();
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
      isMapped(this.links.jumpCache, cpu, block),
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
