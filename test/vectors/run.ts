/** Runs recorded vectors on an engine and says, readably, where its answers differ. */

import { createDisassembler } from '../../src/debug/disassemble.ts';
import type { Vector, VectorRow } from './codec.ts';
import { CODE_START, WINDOW } from './environment.ts';
import type { DecodedWord } from './load.ts';
import { type FinalState, type InitialState, initialState, REGISTERS, type Syndrome } from './state.ts';

/** An engine under test, holding the memory and system registers of environment.ts. */
export interface Engine {
  /**
   * Sets every register of the state, makes memory what `memoryRegions()` says, opens the exclusive monitor, and sets
   * the event register, so that WFE passes.
   */
  reset(state: InitialState): void;
  /**
   * Writes the words at a VA and runs from there until the first exception to EL1 or EL2; `STOP` is the usual one.
   * Undefined: none came within 1,000 instructions.
   */
  run(words: readonly number[], va: number): FinalState | undefined;
}

const disassemble = await createDisassembler();
const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

const syndromeText = (exception: Syndrome | undefined): string =>
  exception === undefined
    ? 'no exception'
    : `exception to EL${exception.el}, ESR ${hex(exception.esr)}, FAR ${hex(exception.far)}`;

function memoryDifferences(expected: Uint8Array, actual: Uint8Array): string[] {
  const lines: string[] = [];
  if (Buffer.compare(expected, actual) === 0) return lines;
  for (let at = 0; at < expected.length; at++) {
    if (expected[at] === actual[at]) continue;
    const run = at;
    while (at < expected.length && expected[at] !== actual[at]) at++;
    const bytes = (from: Uint8Array) => Buffer.from(from.subarray(run, at)).toString('hex');
    lines.push(`memory at ${hex(WINDOW.from + run)}: expected ${bytes(expected)}, got ${bytes(actual)}`);
  }
  return lines;
}

/** What differs between two final states, one line each; empty when they are equal. */
export function differences(before: InitialState, expected: FinalState, actual: FinalState | undefined): string[] {
  if (actual === undefined) return ['did not end'];
  const lines: string[] = [];
  const check = (name: string, want: string, have: string, was?: string) => {
    if (want !== have) lines.push(`${name}: expected ${want}, got ${have}${was === undefined ? '' : `, was ${was}`}`);
  };
  check('end', syndromeText(expected.exception), syndromeText(actual.exception));
  check('PC', hex(expected.pc), hex(actual.pc));
  check('PSTATE', hex(expected.pstate), hex(actual.pstate), hex(before.pstate));
  for (const [n, name] of REGISTERS.entries()) {
    if (expected.registers[n] === actual.registers[n]) continue;
    check(name, hex(expected.registers[n]), hex(actual.registers[n]), hex(before.registers[n]));
  }
  return [...lines, ...memoryDifferences(expected.memory, actual.memory)];
}

/** The words of a test as a listing. */
export function listing(words: readonly number[]): string[] {
  return words.map((word, n) => {
    const address = CODE_START + n * 4;
    return `${hex(address)}  ${word.toString(16).padStart(8, '0')}  ${disassemble(word, BigInt(address))}`;
  });
}

/** Runs one test; undefined when it passes, else the listing and what differs. */
function checkVector(engine: Engine, name: string, { words, seed, final }: Vector): string | undefined {
  const before = initialState(seed);
  engine.reset(before);
  const wrong = differences(before, final, engine.run(words, CODE_START));
  if (wrong.length === 0) return undefined;
  return [`${name}, seed ${hex(seed)}`, ...listing(words), ...wrong].join('\n  ');
}

/** Runs the vectors of a row and returns the reports of those that fail. */
export const checkRow = (engine: Engine, row: VectorRow): string[] =>
  row.vectors.map((vector) => checkVector(engine, row.name, vector)).filter((report) => report !== undefined);

/** Compares a decoder with the recorded set; returns a line for each word that they judge differently. */
export function checkDecode(isUndefined: (word: number) => boolean, words: readonly DecodedWord[]): string[] {
  return words
    .filter((recorded) => isUndefined(recorded.word) !== recorded.isUndefined)
    .map((recorded) => `${listing([recorded.word])[0]} ${recorded.isUndefined ? 'is UNDEFINED' : 'is allocated'}`);
}
