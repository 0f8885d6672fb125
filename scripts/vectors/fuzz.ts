/** Fuzzes an engine against QEMU: random sequences of instructions, shrunk to the first that gives another answer. */

import { CODE_START, MAX_WORDS } from '../../test/vectors/environment.ts';
import { VECTOR_GROUPS, type VectorGroup } from '../../test/vectors/load.ts';
import { Prng } from '../../test/vectors/prng.ts';
import { differences, type Engine, listing } from '../../test/vectors/run.ts';
import { type FinalState, type InitialState, initialState } from '../../test/vectors/state.ts';
import { isStoreExclusive } from './classes.ts';
import { excludedAnswer, excludedWords } from './exclusions.ts';
import { runOnQemu } from './qemu.ts';
import { GROUPS } from './rows.ts';
import { drawWord, matchingLoadExclusive } from './words.ts';

/** Sequences that one run of QEMU gets. */
const BATCH = 4000;
/** Rounds of dropping words that end a sequence early; EC of an UNDEFINED instruction and of data aborts. */
const REPAIRS = 8;
const ENDS_EARLY = [0x00, 0x24, 0x25];
/** Data processing and memory more often than what ends a sequence. */
const WEIGHTS: Record<VectorGroup, number> = {
  'data-immediate': 25,
  'data-register': 35,
  'loads-stores': 34,
  'branches-system': 6,
};
const deck = VECTOR_GROUPS.flatMap((group) => new Array<VectorGroup>(WEIGHTS[group]).fill(group));

/** A random sequence; its seed is also that of its state. */
function sequence(seed: number): number[] {
  const prng = new Prng(~seed);
  const state = initialState(seed);
  const count = 1 + prng.below(MAX_WORDS);
  const words: number[] = [];
  while (words.length < count) {
    const row = prng.pick(GROUPS[prng.pick(deck)]);
    const word = drawWord(row, state, { index: words.length, count }, prng);
    const next = isStoreExclusive(word) && words.length + 1 < count ? [matchingLoadExclusive(word), word] : [word];
    if (excludedWords([...words, ...next]) === undefined) words.push(...next);
  }
  return words;
}

interface Sequence {
  readonly seed: number;
  readonly state: InitialState;
  words: readonly number[];
}

/** Index of the word that ended a sequence by an UNDEFINED or data-abort exception, -1 when it ended otherwise. */
function failedAt(answer: FinalState | undefined): number {
  const exceptionClass = answer?.exception === undefined ? -1 : answer.exception.esr >>> 26;
  return answer && ENDS_EARLY.includes(exceptionClass) ? Number(answer.pc - BigInt(CODE_START)) / 4 : -1;
}

/** Sequences of seeds, from which QEMU's first rounds have dropped most words that end them early. */
function sequences(firstSeed: number, count: number): Sequence[] {
  const tests = Array.from({ length: count }, (_, n): Sequence => {
    const seed = (firstSeed + n) >>> 0;
    return { seed, state: initialState(seed), words: sequence(seed) };
  });
  for (let round = 0; round < REPAIRS; round++) {
    for (const [n, answer] of runOnQemu(tests).entries()) {
      const at = failedAt(answer);
      const { words } = tests[n];
      const rest = words.filter((_, index) => index !== at);
      const last = at === words.length - 1;
      if (at >= 0 && !last && excludedWords(rest) === undefined) tests[n].words = rest;
    }
  }
  return tests;
}

/** What the engine does otherwise than QEMU, undefined when nothing or when QEMU gave no answer. */
function compare(
  engine: Engine,
  words: readonly number[],
  state: InitialState,
  expected: FinalState | undefined,
): string[] | undefined {
  if (expected === undefined) return undefined;
  engine.reset(state);
  const lines = differences(state, expected, engine.run(words, CODE_START));
  return lines.length > 0 ? lines : undefined;
}

interface Failure {
  readonly words: readonly number[];
  readonly lines: readonly string[];
}

/** The first of the candidates that fails, in the order given. */
function firstFailure(
  engine: Engine,
  candidates: readonly (readonly number[])[],
  state: InitialState,
): (Failure & { readonly index: number; readonly answers: readonly (FinalState | undefined)[] }) | undefined {
  const answers = runOnQemu(candidates.map((words) => ({ words, state })));
  for (const [index, words] of candidates.entries()) {
    const lines = compare(engine, words, state, answers[index]);
    if (lines) return { words, lines, index, answers };
  }
  return undefined;
}

/**
 * Cuts a failing sequence behind its first wrong instruction, then drops what that one does not need.
 * Undefined when QEMU's answer for it is not to be trusted.
 */
function shrink(engine: Engine, words: readonly number[], state: InitialState): Failure | undefined {
  const prefixes = words.map((_, n) => words.slice(0, n + 1));
  let failure = firstFailure(engine, prefixes, state);
  if (failure === undefined) return undefined;
  const { index, answers } = failure;
  const before = index === 0 ? state : answers[index - 1];
  const after = answers[index];
  if (before && after && excludedAnswer(words[index], before, after)) return undefined;
  let smallest: Failure = failure;
  while (failure) {
    smallest = failure;
    const { words: current } = failure;
    const shorter = current.slice(0, -1).map((_, n) => current.toSpliced(n, 1));
    const allowed = shorter.filter((candidate) => excludedWords(candidate) === undefined);
    failure = firstFailure(engine, allowed, state);
  }
  return smallest;
}

/**
 * Runs the sequences of `count` seeds from `firstSeed` on; returns a report for each that fails, and stops after
 * `limit` of them. Throws when QEMU is missing.
 */
export function fuzz(engine: Engine, firstSeed: number, count: number, limit: number): string[] {
  const reports: string[] = [];
  for (let from = 0; from < count && reports.length < limit; from += BATCH) {
    const tests = sequences(firstSeed + from, Math.min(BATCH, count - from));
    const answers = runOnQemu(tests);
    for (const [n, { seed, words, state }] of tests.entries()) {
      if (reports.length >= limit || compare(engine, words, state, answers[n]) === undefined) continue;
      const failure = shrink(engine, words, state);
      if (failure) {
        const title = `seed 0x${seed.toString(16)}: ${failure.words.length} of ${words.length} instructions`;
        reports.push([title, ...listing(failure.words), ...failure.lines].join('\n  '));
      }
    }
  }
  return reports;
}
