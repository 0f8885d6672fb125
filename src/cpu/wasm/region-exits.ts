/** How control leaves a region: each exit says in a number where to go on, the common end makes that PC or a record. */

import { assign, type Code, i32c, L32, use } from '../ir/code.ts';
import { i32, i64 } from '../ir/expr.ts';
import type { OpRecord } from '../ir/read-record.ts';
import { RECORD_BYTES, RECORD_IMM } from '../ir/records.ts';
import { BLOCK, PC } from '../slots.ts';
import type { RegionFlags } from './region-flags.ts';
import { cpu, local, RESUME, START, setLocal } from './region-locals.ts';
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

  /** Begins the code of a node. */
  enter({ block }: RegionNode): void {
    this.out.emit(setLocal(START, i32c(block.start)));
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
    this.leave(((block.records[index] - block.start) / RECORD_BYTES) << 1);
  }

  private leave(resume: number): void {
    this.flags.tell();
    this.out.emit(setLocal(RESUME, i32c(resume)));
    this.out.br(this.label);
  }
}
