/** How control leaves a region: each exit says in a number where to go on, the common end makes that PC or a record. */

import type { Block } from '../block.ts';
import { assign, type Code, get, i32c, i64hl, L32, set, use } from '../ir/code.ts';
import { i32, i64 } from '../ir/expr.ts';
import type { OpRecord } from '../ir/read-record.ts';
import { RECORD_BYTES, RECORD_IMM } from '../ir/records.ts';
import { BLOCK, BUDGET, PC } from '../slots.ts';
import type { RegionFlags } from './region-flags.ts';
import { cpu, local, RESUME, START, setLocal, UNPAID } from './region-locals.ts';
import type { RegionNode } from './region-shape.ts';
import type { CodeWriter } from './writer.ts';

/** PC is right. */
const AT_PC = -1;
/** Bit of RESUME: the target of a branch, whose record is the one that the bits above count from START; else the record itself. */
const TO_TARGET = 1;

export class RegionExits {
  private label = 0;

  constructor(
    private readonly out: CodeWriter,
    private readonly flags: RegionFlags,
  ) {}

  /** Writes the body of the function, out of which exits lead, and their common end, which leaves the result. */
  around(body: () => void): void {
    const { out } = this;
    this.label = out.open('block');
    body();
    out.close();
    this.pay(local(UNPAID));
    const [at] = L32;
    out.when(
      i32.lt_s(local(RESUME), i32c(0)),
      () => out.emit(i32c(0)),
      () => {
        out.emit(
          assign(at, i32.add(local(START), i32.shl(i32.shr_u(local(RESUME), i32c(1)), i32c(Math.log2(RECORD_BYTES))))),
        );
        out.when(
          i32.and(local(RESUME), i32c(TO_TARGET)),
          () => out.emit(i64.store(cpu, i64.load(use(at), RECORD_IMM), PC), i32c(0)),
          () => out.emit(i32.store(cpu, local(START), BLOCK), use(at)),
          'i32',
        );
      },
      'i32',
    );
  }

  /**
   * Begins the code of a node, with its own instructions among the unpaid ones.
   * @param need instructions that the budget must have, else one block at most is left to the interpreter
   */
  enter({ block }: RegionNode, unpaid: number, need: number | undefined): void {
    const { out } = this;
    const { vaHi, vaLo, words, start } = block;
    out.emit(setLocal(START, i32c(start)), setLocal(UNPAID, i32c(unpaid)));
    if (need === undefined) return;
    out.when(i32.lt_s(get(BUDGET), i32c(need)), () => {
      out.when(i32.lt_s(get(BUDGET), i32c(words.length)), () => {
        out.emit(setLocal(UNPAID, i32c(0)));
        this.toVa(i64hl(vaHi, vaLo));
      });
      this.toRecord(block, start);
    });
  }

  /** Takes instructions that ran from the budget. */
  pay(instructions: Code): void {
    this.out.emit(set(BUDGET, i32.sub(get(BUDGET), instructions)));
  }

  /** Goes to a VA. */
  toVa(va: Code): void {
    this.out.emit(i64.store(cpu, va, PC));
    this.leave(AT_PC);
  }

  /** Goes to the VA of a direct branch. */
  toTarget({ block }: RegionNode, { at }: OpRecord): void {
    this.leave((((at - block.start) / RECORD_BYTES) << 1) | TO_TARGET);
  }

  /** The interpreter does the whole instruction of a record again: no architectural slot has changed yet (law 2). */
  toInterpreter({ block }: RegionNode, at: number): void {
    let index = block.words.length - 1;
    while (block.records[index] > at) index--;
    this.toRecord(block, block.records[index]);
  }

  private toRecord({ start }: Block, at: number): void {
    this.leave(((at - start) / RECORD_BYTES) << 1);
  }

  private leave(resume: number): void {
    this.flags.tell();
    this.out.emit(setLocal(RESUME, i32c(resume)));
    this.out.br(this.label);
  }
}
