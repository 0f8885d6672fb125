/** Kernels of a few instructions, from the assembler: hot system paths, TLB misses, devices, cold code. */

import type { Assembler, Label } from '../../test/cpu/engine/assembler.ts';
import { begin, CODE, image, mmuOn, SUM, TABLES, UART, WINDOW, WINDOW_PAGES } from './guest.ts';
import type { Place, Program } from './program.ts';

const COUNTER = 20;
const VECTORS = CODE + 0x800;
const LOWER_EL_SYNC = 0x400;
const EL0T = 0x3c0;
const EL1H = 0x3c5;
const PL011_FR = 0x18;
const PL011_IBRD = 0x24;
const MEMORY_MIB = 128;

/** The far end may be more than a conditional branch reaches away. */
export function loop(a: Assembler, rounds: number, body: () => void): void {
  a.mov(COUNTER, rounds);
  const top = a.place();
  const done = a.label();
  body();
  a.subs(COUNTER, COUNTER, 1).bc('eq', done).b(top);
  a.place(done);
}

/**
 * Vectors that count exceptions from the lower EL in SUM and return at once while the counter is not zero. Code goes on
 * behind them; what ends the guest has to follow the label that is returned.
 */
function vectors(a: Assembler, el: 1 | 2): Label {
  const [start, end] = [a.label(), a.label()];
  a.b(start)
    .org(VECTORS + LOWER_EL_SYNC)
    .cbz(COUNTER, end)
    .add(SUM, SUM, 1)
    .eret()
    .org(VECTORS + 0x800);
  a.place(start);
  a.msrConst(`VBAR_EL${el}`, VECTORS).mov(SUM, 0);
  return end;
}

/** Goes on at the next instruction in a lower EL. */
function drop(a: Assembler, el: 1 | 2, spsr: number): void {
  a.msrConst(`SPSR_EL${el}`, spsr);
  const words = 4;
  a.mov(0, a.here + words * 4)
    .msr(`ELR_EL${el}`, 0)
    .eret();
}

export interface Kernel {
  readonly name: string;
  readonly unit: string;
  readonly count: number;
  readonly checksum: number;
  readonly place?: Place;
  readonly emit: (a: Assembler, count: number) => void;
}

export const program = ({ name, unit, count, checksum, place = 'EL1', emit }: Kernel): Program => ({
  name,
  unit,
  count,
  place,
  memoryMib: MEMORY_MIB,
  cpus: 1,
  checksum: checksum.toString(16),
  image: () => image((a) => emit(a, count)),
});

const BLOCK = 8;
const PASSES = 2;

/** Blocks of 8 instructions one after the other, each run twice, far apart; `megabytes` of them. */
export function coldCode(megabytes: number): Program {
  const blocks = (megabytes * 2 ** 20) / (BLOCK * 4);
  return program({
    name: `cold code of ${megabytes} MiB`,
    unit: 'instruction',
    count: blocks * BLOCK * PASSES,
    checksum: blocks * PASSES * 3,
    emit: (a) => {
      mmuOn(a);
      begin(a);
      a.mov(SUM, 0);
      loop(a, PASSES, () => {
        for (let i = 0; i < blocks; i++) {
          const next = a.label();
          for (let k = 1; k < BLOCK - 1; k++) a.add(k, i % 8, (i * 5 + k) % 4096);
          a.add(SUM, SUM, 3).b(next);
          a.place(next);
        }
      });
    },
  });
}

const FR_EMPTY = 0x90;

export const ASSEMBLY: readonly Program[] = [
  program({
    name: 'SVC EL0-EL1-EL0',
    unit: 'round trip',
    count: 1_000_000,
    checksum: 1_000_000,
    emit: (a, count) => {
      const end = vectors(a, 1);
      mmuOn(a);
      begin(a);
      drop(a, 1, EL0T);
      loop(a, count, () => a.svc());
      a.svc();
      a.place(end);
    },
  }),
  program({
    name: 'HVC EL1-EL2-EL1',
    unit: 'round trip',
    count: 1_000_000,
    checksum: 1_000_000,
    place: 'EL2',
    emit: (a, count) => {
      const end = vectors(a, 2);
      a.msrConst('HCR_EL2', (1 << 31) >>> 0);
      begin(a);
      drop(a, 2, EL1H);
      mmuOn(a);
      loop(a, count, () => a.hvc());
      a.hvc();
      a.place(end);
    },
  }),
  program({
    name: 'stage-1 TLB misses',
    unit: 'miss',
    count: 64 * WINDOW_PAGES,
    checksum: WINDOW + WINDOW_PAGES * 4096,
    emit: (a, count) => {
      mmuOn(a);
      begin(a);
      loop(a, count / WINDOW_PAGES, () => {
        a.mov(SUM, WINDOW).mov(2, WINDOW_PAGES).mov(3, 4096);
        const page = a.place();
        a.ldr(4, SUM).addr(SUM, SUM, 3).subs(2, 2, 1).bc('ne', page);
      });
    },
  }),
  program({
    name: 'device reads, MMU off',
    unit: 'read',
    count: 500_000,
    checksum: 500_000 * FR_EMPTY,
    emit: (a, count) => {
      begin(a);
      a.mov(1, UART).mov(SUM, 0);
      loop(a, count, () => a.ldr(2, 1, PL011_FR, 'w').addr(SUM, SUM, 2));
    },
  }),
  program({
    name: 'device writes, MMU on',
    unit: 'write',
    count: 500_000,
    checksum: 1,
    emit: (a, count) => {
      mmuOn(a);
      begin(a);
      a.mov(1, UART);
      loop(a, count, () => a.str(COUNTER, 1, PL011_IBRD, 'w'));
      a.ldr(SUM, 1, PL011_IBRD, 'w');
    },
  }),
  program({
    name: 'system register reads',
    unit: 'read',
    count: 1_000_000,
    checksum: 1_000_000 * TABLES,
    emit: (a, count) => {
      mmuOn(a);
      begin(a);
      a.mov(SUM, 0);
      loop(a, count, () => a.mrs(1, 'TTBR0_EL1').addr(SUM, SUM, 1));
    },
  }),
  { ...coldCode(1), name: 'code that runs twice' },
];
