/** The recorded vectors themselves: complete, readable, told apart from wrong answers, and still what QEMU says. */

import { describe, expect, it } from 'vitest';
import { qemuVersion, runOnQemu } from '../../scripts/vectors/qemu.ts';
import { parsePattern } from '../../src/cpu/decode/pattern.ts';
import { decodeVectors, encodeVectors } from './codec.ts';
import { cpuOf, loadDecodeSet, loadVectors, RECORDED_GROUPS, type RecordedGroup } from './load.ts';
import { Prng } from './prng.ts';
import { checkDecode, checkRow, differences, type Engine } from './run.ts';
import { initialState } from './state.ts';

/** One vector in this many is run again on QEMU. */
const SAMPLE = 16;

describe.each(RECORDED_GROUPS)('vectors of %s', (group: RecordedGroup) => {
  const rows = [...loadVectors(group)];

  it('has at least 200 of each instruction, and each is one of its row', () => {
    const short = rows.filter(({ pattern, vectors }) => {
      const { mask, value } = parsePattern(pattern);
      const own = vectors.filter(({ words }) => (words[words.length - 1] & mask) >>> 0 === value);
      return own.length < 200 || own.length !== vectors.length;
    });
    expect(rows.length).toBeGreaterThan(10);
    expect(short.map(({ name }) => name)).toEqual([]);
  });

  it('is encoded and decoded without loss', () => {
    const [row] = decodeVectors(encodeVectors([rows[rows.length - 1]]));
    const { vectors } = rows[rows.length - 1];
    const wrong = vectors.flatMap((vector, n) =>
      differences(initialState(vector.seed), vector.final, row.vectors[n].final),
    );
    expect(wrong).toEqual([]);
    expect(row.vectors.map(({ seed, words }) => ({ seed, words }))).toEqual(
      vectors.map(({ seed, words }) => ({ seed, words })),
    );
  });

  it.skipIf(qemuVersion() === undefined)('is what QEMU answers', { timeout: 120_000 }, () => {
    const sample = rows.flatMap((row) => row.vectors).filter((_, n) => n % SAMPLE === 0);
    const answers = runOnQemu(
      sample.map(({ words, seed }) => ({ words, state: initialState(seed) })),
      cpuOf(group),
    );
    const wrong = sample.flatMap(({ seed, final }, n) => differences(initialState(seed), final, answers[n]));
    expect(sample.length).toBeGreaterThan(200);
    expect(wrong).toEqual([]);
  });
});

describe('checking an engine', () => {
  const [row] = loadVectors('data-immediate');
  /** Answers the row's vectors in their order, each passed through `alter`. */
  function replay(alter: (registers: BigUint64Array) => void): Engine {
    let next = 0;
    return {
      reset: () => {},
      run: () => {
        const { final } = row.vectors[next++];
        const registers = final.registers.slice();
        alter(registers);
        return { ...final, registers };
      },
    };
  }

  it('accepts the recorded answers', () => {
    const engine = replay(() => {});
    expect(checkRow(engine, row)).toEqual([]);
  });

  it('names the instruction and the register that is wrong', () => {
    const engine = replay((registers) => {
      registers[30] ^= 1n;
    });
    const reports = checkRow(engine, row);
    expect(reports).toHaveLength(row.vectors.length);
    expect(reports[0]).toMatch(/^ADR, seed 0x[0-9a-f]+\n {2}0x41010800 {2}[0-9a-f]{8} {2}adr .*\n {2}X30: expected 0x/);
  });

  it('reports an engine that does not end, another exception, PC and memory', () => {
    const before = initialState(1);
    const { final } = row.vectors[0];
    const memory = final.memory.slice();
    memory[5] ^= 0xff;
    const other = { ...final, pc: final.pc + 4n, memory, exception: { el: 1, esr: 0x0200_0000, far: 0n } as const };
    expect(differences(before, final, undefined)).toEqual(['did not end']);
    expect(differences(before, final, other)).toEqual([
      'end: expected no exception, got exception to EL1, ESR 0x2000000, FAR 0x0',
      expect.stringMatching(/^PC: expected/),
      expect.stringMatching(/^memory at 0x41021005: expected [0-9a-f]{2}, got [0-9a-f]{2}$/),
    ]);
  });
});

describe('decode set', () => {
  const words = loadDecodeSet();

  it('holds words of both kinds, ascending', () => {
    expect(words.length).toBe(50_000);
    const undefinedWords = words.filter(({ isUndefined }) => isUndefined).length;
    expect(undefinedWords).toBeGreaterThan(10_000);
    expect(undefinedWords).toBeLessThan(40_000);
    expect(words.every(({ word }, n) => n === 0 || word > words[n - 1].word)).toBe(true);
  });

  it('finds a decoder that knows one instruction less', () => {
    const known = new Map(words.map(({ word, isUndefined }) => [word, isUndefined]));
    const isSmulh = (word: number) => (word & 0xffe0_fc00) >>> 0 === 0x9b40_7c00;
    expect(checkDecode((word) => known.get(word) === true, words)).toEqual([]);
    const reports = checkDecode((word) => isSmulh(word) || known.get(word) === true, words);
    expect(reports.length).toBeGreaterThan(0);
    expect(reports[0]).toMatch(/smulh .* is allocated$/);
  });
});

describe('states', () => {
  it('come from a generator that never changes', () => {
    const prng = new Prng(1);
    expect([prng.u32(), prng.u32(), prng.u32()]).toEqual([2693262067, 11749833, 2265367787]);
  });
});
