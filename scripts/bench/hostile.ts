/** Guests that make translated code hard to keep: they change it, move it, leave it by faults. */

import { Assembler, LR, SP, ZR } from '../../test/cpu/engine/assembler.ts';
import { loop, program } from './assembly.ts';
import { begin, CODE, mmuOn, SUM, TABLES, WINDOW } from './guest.ts';
import type { Program } from './program.ts';

const PAGE = 4096;
/** Level 3 of the window, its first 512 pages; functions that are mapped there. */
const LEAVES = TABLES + 2 * PAGE;
const FUNCTIONS = CODE + 0x10_0000;
const VECTORS = CODE + 0x800;
const SAME_EL_SYNC = 0x200;
const UNMAPPED = 0xc000_0000;
/** A page that may be executed; of the window's tables. */
const EXECUTABLE = 0x403;

const wordOf = (emit: (a: Assembler) => void): number => {
  const a = new Assembler(0);
  emit(a);
  return a.words[0];
};

/** Code at a VA, written by the guest itself, which uses X0 and X1. */
function place(a: Assembler, va: number, emit: (b: Assembler) => void): void {
  const b = new Assembler(va);
  emit(b);
  a.mov(1, va);
  for (const word of b.words) a.mov(0, word).strPost(0, 1, 4, 'w');
}

/** Vectors for exceptions from the EL itself; code goes on behind them. */
function vectors(a: Assembler, handler: () => void): void {
  const start = a.label();
  a.b(start).org(VECTORS + SAME_EL_SYNC);
  handler();
  a.org(VECTORS + 0x800);
  a.place(start);
  a.msrConst('VBAR_EL1', VECTORS).isb();
}

/** A level 3 entry of the window; X1 holds where it is, X0 what it was set to. */
const map = (a: Assembler, page: number, pa: number): void => {
  a.mov(1, LEAVES + 8 * page)
    .mov(0, pa | EXECUTABLE)
    .str(0, 1);
};

const flush = (a: Assembler): void => {
  a.dsb().msr('TLBI VMALLE1', ZR).dsb().isb();
};

const ALIASES = 256;
const STACK_PAGES = 16;
/** Calls until the stack is full: each pushes 16 bytes. */
const DEPTH = (STACK_PAGES * PAGE) / 16;

interface Hostile {
  readonly name: string;
  readonly unit: string;
  /** How many a benchmark does, a multiple of `step`. */
  readonly count: number;
  readonly step?: number;
  readonly checksum: (count: number) => number;
  readonly emit: (a: Assembler, count: number) => void;
}

const HOSTILE: readonly Hostile[] = [
  {
    name: 'code that changes itself',
    unit: 'change',
    count: 100_000,
    step: 2,
    checksum: (count) => count * 2,
    emit: (a, count) => {
      a.mov(
        2,
        wordOf((b) => b.add(SUM, SUM, 1)),
      )
        .mov(
          3,
          wordOf((b) => b.add(SUM, SUM, 3)),
        )
        .mov(4, FUNCTIONS);
      place(a, FUNCTIONS, (b) => b.nop().ret());
      loop(a, count, () => a.movr(5, 2).movr(2, 3).movr(3, 5).str(2, 4, 0, 'w').blr(4));
    },
  },
  {
    name: 'jumps into data',
    unit: 'jump',
    count: 100_000,
    checksum: (count) => count,
    emit: (a, count) => {
      // What is there are counters, the first bytes of which are UDF.
      vectors(a, () => a.add(SUM, SUM, 1).msr('ELR_EL1', LR).eret());
      a.mov(2, FUNCTIONS).mov(3, 0);
      loop(a, count, () => a.add(3, 3, 1).str(3, 2, 0, 'h').blr(2));
    },
  },
  {
    name: 'one page of code at many addresses',
    unit: 'call',
    count: 400 * ALIASES,
    step: ALIASES,
    checksum: (count) => count,
    emit: (a, count) => {
      place(a, FUNCTIONS, (b) => b.add(SUM, SUM, 1).ret());
      for (let page = 0; page < ALIASES; page++) map(a, page, FUNCTIONS);
      flush(a);
      loop(a, count / ALIASES, () => {
        a.mov(2, WINDOW).mov(3, ALIASES);
        const next = a.place();
        a.blr(2).mov(4, PAGE).addr(2, 2, 4).subs(3, 3, 1).bc('ne', next);
      });
    },
  },
  {
    name: 'code remapped under a loop',
    unit: 'call',
    count: 50_000,
    step: 2,
    checksum: (count) => count * 2,
    emit: (a, count) => {
      place(a, FUNCTIONS, (b) => b.add(SUM, SUM, 1).ret());
      place(a, FUNCTIONS + PAGE, (b) => b.add(SUM, SUM, 3).ret());
      map(a, 0, FUNCTIONS);
      a.mov(2, WINDOW).mov(3, PAGE);
      loop(a, count, () => {
        a.eor(0, 0, 3).str(0, 1);
        flush(a);
        a.blr(2);
      });
    },
  },
  {
    name: 'recursion without end',
    unit: 'call',
    count: 1000 * DEPTH,
    step: DEPTH,
    checksum: (count) => count + (2 * count) / DEPTH,
    emit: (a, count) => {
      const [self, main] = [a.label(), a.label()];
      // The page below the stack is not mapped: the fault returns to who called first.
      vectors(a, () => a.add(SUM, SUM, 1).msr('ELR_EL1', 12).eret());
      a.mov(1, LEAVES).str(ZR, 1);
      flush(a);
      a.b(main);
      a.place(self);
      a.add(SUM, SUM, 1).stpPre(LR, SUM, SP, -16).bl(self);
      const first = a.place();
      a.movr(12, LR)
        .mov(4, WINDOW + (1 + STACK_PAGES) * PAGE)
        .add(SP, 4, 0)
        .b(self);
      a.place(main);
      loop(a, count / DEPTH, () => a.bl(first));
    },
  },
  {
    name: 'a fault at every instruction',
    unit: 'fault',
    count: 200_000,
    step: 8,
    checksum: (count) => count,
    emit: (a, count) => {
      vectors(a, () => a.add(SUM, SUM, 1).mrs(10, 'ELR_EL1').add(10, 10, 4).msr('ELR_EL1', 10).eret());
      a.mov(2, UNMAPPED);
      loop(a, count / 8, () => {
        for (let i = 0; i < 8; i++) a.ldr(3 + (i & 3), 2, 8 * i);
      });
    },
  },
];

/** Each with its usual count, or with one as near to `most` as its steps allow. */
export const hostile = (most = Number.POSITIVE_INFINITY): readonly Program[] =>
  HOSTILE.map(({ count, step = 1, checksum, emit, ...rest }) => {
    const chosen = Math.min(count, Math.max(1, Math.floor(most / step)) * step);
    return program({
      ...rest,
      count: chosen,
      checksum: checksum(chosen),
      emit: (a) => {
        mmuOn(a);
        begin(a);
        a.mov(SUM, 0);
        emit(a, chosen);
      },
    });
  });
