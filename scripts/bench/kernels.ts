/** The benchmark's guests: what each does, how often, and the image that does it. */

import { readFileSync } from 'node:fs';
import { readElf } from '../../src/arch/image/elf.ts';
import type { Assembler, Label } from '../../test/cpu/engine/assembler.ts';
import { CODE, image, mmuOn, UART, WINDOW, WINDOW_PAGES } from './guest.ts';

export interface Kernel {
  readonly name: string;
  /** What is counted. */
  readonly unit: string;
  /** How many of them a run does. */
  readonly count: number;
  /** Whether the machine has an EL2, at which it is then entered. */
  readonly el2: boolean;
  readonly image: () => Uint8Array;
}

const IMAGES = 'firmware/images/bench';
const COUNTER = 20;
const VECTORS = CODE + 0x800;
const LOWER_EL_SYNC = 0x400;
const EL0T = 0x3c0;
const EL1H = 0x3c5;
const PL011_FR = 0x18;
const PL011_IBRD = 0x24;

function loop(a: Assembler, rounds: number, body: () => void): void {
  a.mov(COUNTER, rounds);
  const top = a.place();
  body();
  a.subs(COUNTER, COUNTER, 1).bc('ne', top);
}

/**
 * Vectors whose exceptions from the lower EL return at once while the counter is not zero. Code goes on behind them; what
 * ends the guest has to follow the label that is returned.
 */
function vectors(a: Assembler, el: 1 | 2): Label {
  const [start, end] = [a.label(), a.label()];
  a.b(start)
    .org(VECTORS + LOWER_EL_SYNC)
    .cbz(COUNTER, end)
    .eret()
    .org(VECTORS + 0x800);
  a.place(start);
  a.msrConst(`VBAR_EL${el}`, VECTORS);
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

/** A guest of the firmware package with another number of rounds. */
function firmware(name: string, rounds: bigint): Uint8Array {
  const path = `${IMAGES}/${name}.elf`;
  const file = Uint8Array.from(readFileSync(path));
  const { segments, symbols } = readElf(file);
  const va = symbols.find(({ name }) => name === 'bench_rounds')?.value;
  const segment = segments.find(
    (s) => va !== undefined && va >= s.virtualAddress && va < s.virtualAddress + BigInt(s.bytes.length),
  );
  if (va === undefined || segment === undefined) throw new Error(`${path} has no bench_rounds`);
  const at = segment.bytes.byteOffset + Number(va - segment.virtualAddress);
  new DataView(file.buffer).setBigUint64(at, rounds, true);
  return file;
}

/** Instructions of one round of the firmware's benchmarks, about. */
const ROUND = 3_000_000;

const mix = (name: string, rounds: number): Kernel => ({
  name: `${name} mix`,
  unit: 'instruction',
  count: rounds * ROUND,
  el2: false,
  image: () => firmware(name, BigInt(rounds)),
});

function kernel(
  name: string,
  unit: string,
  count: number,
  emit: (a: Assembler, count: number) => void,
  el2 = false,
): Kernel {
  return { name, unit, count, el2, image: () => image((a) => emit(a, count)) };
}

/** Nothing: what a run costs before and after the guest. */
export const EMPTY: Kernel = kernel('start and end', 'run', 1, () => {});

export const KERNELS: readonly Kernel[] = [
  mix('integer', 40),
  mix('float', 100),
  kernel('SVC EL0-EL1-EL0', 'round trip', 300_000, (a, count) => {
    const end = vectors(a, 1);
    mmuOn(a);
    drop(a, 1, EL0T);
    loop(a, count, () => a.svc());
    a.svc();
    a.place(end);
  }),
  kernel(
    'HVC EL1-EL2-EL1',
    'round trip',
    300_000,
    (a, count) => {
      const end = vectors(a, 2);
      a.msrConst('HCR_EL2', (1 << 31) >>> 0);
      drop(a, 2, EL1H);
      mmuOn(a);
      loop(a, count, () => a.hvc());
      a.hvc();
      a.place(end);
    },
    true,
  ),
  kernel('stage-1 TLB misses', 'miss', 64 * WINDOW_PAGES, (a, count) => {
    mmuOn(a);
    loop(a, count / WINDOW_PAGES, () => {
      a.mov(1, WINDOW).mov(2, WINDOW_PAGES).mov(3, 4096);
      const page = a.place();
      a.ldr(4, 1).addr(1, 1, 3).subs(2, 2, 1).bc('ne', page);
    });
  }),
  kernel('device reads, MMU off', 'read', 500_000, (a, count) => {
    a.mov(1, UART);
    loop(a, count, () => a.ldr(2, 1, PL011_FR, 'w'));
  }),
  kernel('device writes, MMU on', 'write', 500_000, (a, count) => {
    mmuOn(a);
    a.mov(1, UART);
    loop(a, count, () => a.str(COUNTER, 1, PL011_IBRD, 'w'));
  }),
  kernel('system register reads', 'read', 1_000_000, (a, count) => {
    loop(a, count, () => a.mrs(1, 'SCTLR_EL1'));
  }),
  kernel('code that runs once', 'instruction', 400_000, (a, count) => {
    mmuOn(a);
    for (let i = 0; i < count / 8; i++) {
      const next = a.label();
      for (let k = 1; k < 8; k++) a.add(k, (i + k) % 8, i % 4096);
      a.b(next);
      a.place(next);
    }
  }),
];
