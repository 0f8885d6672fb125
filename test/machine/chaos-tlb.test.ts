/** Guests under the adversarial TLB: correct ones notice nothing, careless ones fail. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { TlbKind } from '../../src/cpu/engine/cpu.ts';
import { PC, R, X } from '../../src/cpu/slots.ts';
import { attachTrace } from '../../src/debug/attach.ts';
import { Machine } from '../../src/machine/machine.ts';

const FIRMWARE = new URL('../../firmware/', import.meta.url);
const SEEDS = Array.from({ length: 4 }, (_, i) => i + 1);
const GUESTS: [string, 1 | 2][] = [
  ['exceptions', 1],
  ['exceptions', 2],
  ['stage1', 1],
  ['stage1', 2],
  ['at', 1],
  ['at', 2],
  ['mini-hyp', 2],
];

describe('firmware', () => {
  const start = (name: string, level: 1 | 2, tlb: TlbKind, engine: 'interp' | 'jit'): Machine => {
    const machine = new Machine({ virtualization: level === 2, semihosting: true, engine, tlb });
    machine.load(readFileSync(new URL(`images/${name}.elf`, FIRMWARE)));
    return machine;
  };
  const counts = (machine: Machine): unknown => {
    const { stats } = machine.cpu().mmu.tlb;
    const all = [stats.of('EL2', 0), ...stats.vmids().map((vmid) => stats.of('EL1&0', vmid))];
    return [machine.system.instructions, all.map(({ misses, fills, evictions }) => [misses, fills, evictions])];
  };

  it.each(GUESTS)('%s at EL%i prints what it should with each seed, the same in both engines', (name, level) => {
    const expected = readFileSync(new URL(`expected/${name}.el${level}.txt`, FIRMWARE), 'utf8');
    for (const chaos of SEEDS) {
      const [a, b] = (['interp', 'jit'] as const).map((engine) => {
        const machine = start(name, level, { chaos }, engine);
        machine.run({ maxInstructions: 10_000_000 });
        expect([chaos, machine.console]).toEqual([chaos, expected]);
        return counts(machine);
      });
      expect(a).toEqual(b);
    }
  });

  it('touch64m, whose stage 1 is off, prints what it should', () => {
    const machine = start('touch64m', 1, { chaos: 1 }, 'interp');
    machine.run({ maxInstructions: 10_000_000 });
    expect(machine.console).toBe(readFileSync(new URL('expected/touch64m.el1.txt', FIRMWARE), 'utf8'));
  });

  it.each(GUESTS)('%s at EL%i breaks before it makes', async (name, level) => {
    const machine = start(name, level, 'normal', 'interp');
    let text = '';
    const write = (more: string): void => {
      text += more;
    };
    const trace = await attachTrace(machine.system, { categories: ['bbm'], write });
    machine.run({ maxInstructions: 10_000_000 });
    trace.flush();
    expect(text).toBe('');
  });
});

describe('small guests', () => {
  const L1 = 0x4100_0000;
  /** Roots of two address spaces, and tables without a mapping. */
  const ROOTS = [0x4110_0000, 0x4120_0000];
  const EMPTY = 0x4130_0000;
  const DATA = [0x4200_0000, 0x4210_0000];
  const PAGES = 8;
  const FIRST = 0x1000n;
  const LEAF = 0x403n | (1n << 11n);

  const LDR_X1_X0 = 0xf940_0001;
  const STR_X3_X2 = 0xf900_0043;
  const ADD_X20_X20_X1 = 0x8b01_0294;
  const ADD_X0_PAGE = 0x9140_0400;
  const MOV_X0_X12 = 0xaa0c_03e0;
  const DSB = 0xd503_3f9f;
  const ISB = 0xd503_3fdf;
  /** TLBI VAAE1 with X5 to X8. */
  const TLBI_VAAE1 = [0xd508_8765, 0xd508_8766, 0xd508_8767, 0xd508_8768];
  const MSR_TTBR0 = 0xd518_2000;
  const MSR_TTBR1 = 0xd518_2020;
  const B_SELF = 0x1400_0000;

  /**
   * A CPU at EL1 with stage 1 on: upper VAs from 0xffff_ffc0_0000_0000 map RAM, the code among it; lower ones map PAGES
   * pages of the first address space, whose words are 1, and those of the second are 100.
   */
  function prepared(tlb: TlbKind, words: number[]): Machine {
    const machine = new Machine({ tlb, engine: 'interp' });
    machine.load(new Uint8Array(Uint32Array.from([...words, B_SELF]).buffer));
    const write = (pa: number, value: bigint): void => {
      machine.system.bus.writeBytes(pa, new Uint8Array(BigUint64Array.of(value).buffer));
    };
    write(L1 + 8 * 257, 0x4000_0000n | 0x401n);
    for (const space of [0, 1]) {
      write(ROOTS[space], BigInt(ROOTS[space] + 0x1000) | 3n);
      write(ROOTS[space] + 0x1000, BigInt(ROOTS[space] + 0x2000) | 3n);
      for (let i = 0; i < PAGES; i++) {
        write(ROOTS[space] + 0x2008 + 8 * i, BigInt(DATA[space] + 0x1000 * i) | LEAF);
        write(DATA[space] + 0x1000 * i, [1n, 100n][space]);
      }
    }
    write(EMPTY, 0n);
    const cpu = machine.cpu();
    const { state } = cpu;
    state.set(R.MAIR_EL1, 0xffn);
    // 39-bit VAs in both halves, 40-bit PAs, the ASID in TTBR1_EL1.
    state.set(R.TCR_EL1, 25n | (25n << 16n) | (1n << 22n) | (2n << 30n) | (2n << 32n));
    state.set(R.TTBR0_EL1, BigInt(ROOTS[0]));
    state.set(R.TTBR1_EL1, BigInt(L1) | (1n << 48n));
    state.set(R.SCTLR_EL1, 0x30d0_1805n);
    state.set(PC, (state.get(PC) - 0x4000_0000n) | UPPER);
    state.set(X[12], FIRST);
    cpu.contextChanged();
    return machine;
  }
  const UPPER = 0xffff_ffc0_4000_0000n;

  /** The sum of the words that a guest has read. */
  function sumOf(machine: Machine): bigint {
    machine.run({ maxInstructions: 2000 });
    return machine.cpu().state.get(X[20]);
  }
  const readPages = [
    MOV_X0_X12,
    ...Array.from({ length: PAGES }, () => [LDR_X1_X0, ADD_X20_X20_X1, ADD_X0_PAGE]).flat(),
  ];

  /** Reads every other page, gives those between the frame of the other address space, reads all. */
  const changing = (maintenance: number[]) => (tlb: TlbKind) => {
    const everyOther = Array.from({ length: PAGES / 2 }, () => [LDR_X1_X0, ADD_X0_PAGE, ADD_X0_PAGE]).flat();
    const stores = [0, 1, 2, 3].map((i) => STR_X3_X2 | ((2 * i) << 10));
    const machine = prepared(tlb, [MOV_X0_X12, ...everyOther, ...stores, DSB, ...maintenance, ISB, ...readPages]);
    const { state } = machine.cpu();
    state.set(X[2], BigInt(ROOTS[0] + 0x2010 - 0x4000_0000) | UPPER);
    state.set(X[3], BigInt(DATA[1]) | LEAF);
    for (const i of [0, 1, 2, 3]) state.set(X[5 + i], (FIRST >> 12n) + BigInt(2 * i + 1));
    return sumOf(machine);
  };

  /** Reads the pages of both address spaces in turn; TTBR1_EL1 holds the ASID, TTBR0_EL1 the tables. */
  const switching = (reserved: boolean) => (tlb: TlbKind) => {
    const to = (space: 0 | 1): number[] => [
      ...(reserved ? [MSR_TTBR0 | 10, ISB] : []),
      ...[MSR_TTBR1 | (6 + space), ISB, MSR_TTBR0 | (8 + space), ISB],
    ];
    const round = [...to(1), ...readPages, ...to(0), ...readPages];
    const machine = prepared(tlb, Array.from({ length: 8 }, () => round).flat());
    const { state } = machine.cpu();
    for (const space of [0, 1]) {
      state.set(X[6 + space], BigInt(L1) | (BigInt(space + 1) << 48n));
      state.set(X[8 + space], BigInt(ROOTS[space]));
    }
    state.set(X[10], BigInt(EMPTY));
    return sumOf(machine);
  };

  const MANY = Array.from({ length: 20 }, (_, chaos) => ({ chaos }));

  it.each([
    ['changes descriptors of pages it has not used', 404n, changing([...TLBI_VAAE1, DSB]), changing([])],
    ['switches address spaces', BigInt(8 * PAGES * 101), switching(true), switching(false)],
  ])('one that %s is right with its maintenance, and without it only by luck', (_, sum, careful, careless) => {
    expect([careful('normal'), careless('normal')]).toEqual([sum, sum]);
    expect(MANY.map(careful)).toEqual(MANY.map(() => sum));
    expect(MANY.filter((tlb) => careless(tlb) !== sum).length).toBeGreaterThan(MANY.length / 4);
  });
});
