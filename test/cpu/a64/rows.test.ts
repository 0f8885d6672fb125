/** The table of A64 rows: names, decoding of words by name, and the laws that the emitted IR obeys. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { A64Row } from '../../../src/cpu/a64/insn.ts';
import { A64Ir } from '../../../src/cpu/a64/ir.ts';
import { A64_ROWS, decodeA64 } from '../../../src/cpu/a64/rows.ts';
import { imm } from '../../../src/cpu/ir/builder.ts';
import { OP_CODES } from '../../../src/cpu/ir/ops.ts';
import { verifyInstruction } from '../../../src/cpu/ir/verify.ts';
import { DISCARD, N, X, ZERO } from '../../../src/cpu/slots.ts';
import { ALL_FLAGS, emit, FLAGS, isUndefined, wordOf } from './emit.ts';

const DONE = A64_ROWS.filter((row) => row.emit !== undefined);
const anyWord = fc.integer({ min: 0, max: 0xffff_ffff });

/** Lines of words.txt: the word, and what GNU objdump 2.40 calls it, without aliases. */
const FIXTURE = readFileSync(new URL('words.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => ({ word: Number.parseInt(line.slice(0, 8), 16), text: line.slice(9) }));

/** Mnemonics that are aliases to objdump. */
const ALIASES: Readonly<Record<string, string>> = { wfe: 'hint', wfi: 'hint', sev: 'hint', sevl: 'hint', dc: 'sys' };

/** The mnemonics of a row, as objdump writes them: `UMLAL, UMLAL2 (vector)` has two. */
const mnemonics = (name: string): string[] =>
  name
    .replace(/ \(.*/, '')
    .split(', ')
    .map((variant) => variant.split(' ')[0].toLowerCase())
    .map((variant) => ALIASES[variant] ?? variant);

/** Whether a word has no row that is implemented, or one that leaves to the handler of UNDEFINED. */
function isUnallocated(word: number): boolean {
  const row = decodeA64(word);
  return row?.emit === undefined || isUndefined(emit(row, word));
}

describe('A64 rows', () => {
  it('have names of their own', () => {
    expect(new Set(A64_ROWS.map(({ name }) => name)).size).toBe(A64_ROWS.length);
  });

  it('decode to themselves, or to a row that is more specific', () => {
    const decodes = fc.property(fc.constantFrom(...A64_ROWS), anyWord, (row, random) => {
      const word = wordOf(row, random);
      const found = decodeA64(word);
      return (
        found !== undefined &&
        (word & found.pattern.mask) >>> 0 === found.pattern.value &&
        (found.pattern.mask & row.pattern.mask) >>> 0 === row.pattern.mask &&
        (found === row || found.pattern.mask !== row.pattern.mask)
      );
    });
    expect(fc.check(decodes, { numRuns: 10_000 }).counterexample).toBeNull();
  });

  it('have the mnemonics that objdump gives their words', () => {
    const wrong = FIXTURE.flatMap(({ word, text }) => {
      const row = decodeA64(word);
      const names = row === undefined ? [] : mnemonics(row.name);
      const expected = text.split(' ')[0].replace(/^b\..*/, 'b.cond');
      return names.includes(expected) ? [] : [`${word.toString(16)} ${text}: ${names.join(' or ') || 'nothing'}`];
    });
    expect(wrong).toEqual([]);
    expect(new Set(FIXTURE.map(({ word }) => decodeA64(word))).size).toBe(DONE.length);
  });

  it('are allocated where objdump disassembles', () => {
    const wrong = FIXTURE.filter(({ word, text }) => !text.startsWith('udf') && isUnallocated(word));
    expect(wrong).toEqual([]);
  });
});

describe('IR of A64 rows', () => {
  it.each(DONE)('$name obeys the laws of faults, temporaries and operands, and ends as it says', (row) => {
    fc.assert(
      fc.property(anyWord, fc.constantFrom(...ALL_FLAGS), (random, flags) => {
        const { list, ended } = emit(row, wordOf(row, random), flags);
        const kinds = list.op.slice(0, list.count).map((op) => OP_CODES[op].row.kind);
        const jumps = kinds.indexOf('goto');
        expect(verifyInstruction(list, 0, list.count)).toEqual([]);
        expect([-1, kinds.length - 1]).toContain(jumps);
        expect(ended).toBe(jumps !== -1 || (ended && kinds.at(-1) === 'callout'));
      }),
      { numRuns: 300 },
    );
  });

  it('is refused by the verifier when it breaks them', () => {
    const ir = new A64Ir();
    ir.add64(X[1], X[1], imm(8));
    ir.ld64(X[0], ir.T(3), 0);
    ir.mov64(ZERO, DISCARD);
    ir.mov64(X[2], N);
    expect(verifyInstruction(ir.list, 0, ir.list.count)).toEqual([
      'op 1 ld64: can fault after X1 was written',
      'op 1 ld64: T3 is read before it is written',
      'op 2 mov64: d ZERO is written',
      'op 2 mov64: a DISCARD is read',
      'op 3 mov64: a N is no 64-bit slot',
    ]);
  });

  it('is refused by the verifier when flags or the monitor change before a fault', () => {
    const ir = new A64Ir();
    ir.subs64(DISCARD, X[1], imm(8));
    ir.ld64(X[0], X[1], 0);
    expect(verifyInstruction(ir.list, 0, 2)).toEqual(['op 1 ld64: can fault after N was written']);
    ir.list.clear();
    ir.monitor_set(X[1], 8);
    ir.ld64(X[0], X[1], 0);
    expect(verifyInstruction(ir.list, 0, 2)).toEqual(['op 1 ld64: can fault after EXCLUSIVE_VA was written']);
  });
});

describe('unallocated A64 encodings', () => {
  const UNALLOCATED: readonly (readonly [word: number, why: string])[] = [
    [0x0b00_8000, 'ADD (shifted register), 32-bit, imm6 = 32'],
    [0x8bc0_0000, 'ADD (shifted register), shift = 11'],
    [0x8b20_1400, 'ADD (extended register), imm3 = 5'],
    [0x8b60_0000, 'ADD (extended register), opt = 01'],
    [0x0a00_8000, 'AND (shifted register), 32-bit, imm6 = 32'],
    [0x1240_0000, 'AND (immediate), 32-bit, N = 1'],
    [0x9240_fc00, 'AND (immediate), all ones'],
    [0x1200_7c00, 'AND (immediate), 32-bit, all ones'],
    [0x1340_0000, 'SBFM, N = 1, sf = 0'],
    [0x9300_0000, 'SBFM, N = 0, sf = 1'],
    [0x1300_8000, 'SBFM, 32-bit, imms = 32'],
    [0x1320_0000, 'SBFM, 32-bit, immr = 32'],
    [0xf340_0000, 'bitfield, opc = 11'],
    [0x1380_8000, 'EXTR, 32-bit, imms = 32'],
    [0x93e0_0000, 'EXTR, o0 = 1'],
    [0x12c0_0000, 'MOVN, 32-bit, hw = 10'],
    [0x32a0_0000, 'move wide, opc = 01'],
    [0x9180_0000, 'add/subtract (immediate), bit 23'],
    [0xf880_0800, 'LDTR of size 11, opc 10'],
    [0xb8c0_0000, 'LDUR of size 10, opc 11'],
    [0xf8c0_0000, 'LDUR of size 11, opc 11'],
    [0xf880_0400, 'prefetch with write-back'],
    [0xb860_0800, 'LDR (register), option = 000'],
    [0xf8a0_0800, 'PRFM (register), option = 000'],
    [0x6800_0000, 'STGP'],
    [0x6840_0000, 'LDNP of opc 01'],
    [0xe940_0000, 'LDP of opc 11'],
    [0x0820_0000, 'STXP of size 00'],
    [0x08e0_0000, 'CAS with Rt2 other than 31'],
    [0x5400_0010, 'B.cond, o0 = 1'],
    [0x5500_0000, 'B.cond, o1 = 1'],
    [0xd61f_0001, 'BR, op4 = 1'],
    [0xd61e_0000, 'BR, op2 = 11110'],
    [0xd69f_03e1, 'ERET, op4 = 1'],
    [0xd69f_0000, 'ERET, Rn = 0'],
    [0xd61f_0800, 'BRAA'],
    [0xd400_0000, 'SVC, LL = 00'],
    [0xd420_0001, 'BRK, LL = 01'],
    [0xd440_0003, 'HLT, LL = 11'],
    [0xd4a0_0000, 'DCPS, LL = 00'],
    [0xd400_0005, 'SVC, op2 = 001'],
    [0xd460_0000, 'exception generation, opc = 011'],
    [0xd503_2010, 'HINT, Rt = 16'],
    [0xd502_201f, 'HINT, op1 = 2'],
    [0xd503_301f, 'barrier, op2 = 000'],
    [0xd503_305e, 'CLREX, Rt = 30'],
    [0xd500_401e, 'MSR (immediate), Rt = 30'],
    [0xd520_0000, 'op0 = 00, L = 1'],
    [0x5ac0_0c00, 'REV, 32-bit, opcode 000011'],
    [0xdac0_1800, '1 source, opcode 000110'],
    [0xdac1_0000, 'PACIA'],
    [0x9ac0_0000, '2 sources, opcode 000000'],
    [0x9ac0_4000, 'CRC32B, 64-bit'],
    [0x1ac0_4c00, 'CRC32X, 32-bit'],
    [0x1b20_0000, 'SMADDL, 32-bit'],
    [0x9b40_8000, 'SMULH, o0 = 1'],
    [0x9b60_0000, '3 sources, op31 = 011'],
    [0x1a80_0800, 'CSEL, op2 = 10'],
    [0x3a80_0000, 'conditional select, S = 1'],
    [0x1a40_0000, 'CCMN, S = 0'],
    [0x3a40_0010, 'CCMN, o3 = 1'],
    [0x3a40_0400, 'CCMN, o2 = 1'],
    [0x1a00_0400, 'ADC, bit 10'],
  ];

  it.each(UNALLOCATED)('%i is UNDEFINED: %s', (word) => {
    expect(isUnallocated(word)).toBe(true);
  });

  it('UDF is permanently UNDEFINED', () => {
    expect(isUnallocated(0x0000_1234)).toBe(true);
  });

  it('ERET is UNDEFINED at EL0 alone', () => {
    const eret = decodeA64(0xd69f_03e0) as A64Row;
    const atEl = ([0, 1, 2] as const).map((el) => isUndefined(emit(eret, 0xd69f_03e0, { ...FLAGS, el })));
    expect(atEl).toEqual([true, false, false]);
  });
});
