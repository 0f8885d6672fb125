/** Which tests are not recorded or compared, and why: no fixed answer, the recorder would break, or QEMU is wrong. */

import { CODE_START, windowContents } from '../../test/vectors/environment.ts';
import type { FinalState, InitialState } from '../../test/vectors/state.ts';
import {
  branchTargetOf,
  isAtomic,
  isExclusive,
  isLoadAcquirePc,
  isLoadExclusive,
  isLoadStore,
  isMoveToPstate,
  isPair,
  isStoreExclusive,
  isSystem,
} from './classes.ts';
import { SAFE_OPERATIONS, SAFE_REGISTERS } from './safe-registers.ts';

const field = (word: number, shift: number, width: number): number => (word >>> shift) & (2 ** width - 1);
const SP = 31;

/** The words would harm the runner or never end. */
export function unsafe(words: readonly number[]): string | undefined {
  for (const [index, word] of words.entries()) {
    if (word === 0xd45e0000) return 'HLT #0xF000 is a semihosting call';
    if (isSystem(word)) {
      const allowed = field(word, 20, 1) === 1 ? SAFE_REGISTERS : SAFE_OPERATIONS;
      if (!allowed.includes(field(word, 5, 15))) return 'system register or operation outside the recorded set';
    }
    const target = branchTargetOf(word, CODE_START + index * 4);
    if (target !== undefined && target >= CODE_START && target <= CODE_START + index * 4) return 'loop';
  }
  return undefined;
}

/** DDI 0487, "CONSTRAINED UNPREDICTABLE behaviors": registers of loads and stores that must differ. */
export function constrainedUnpredictable(word: number): string | undefined {
  const rt = field(word, 0, 5);
  const rn = field(word, 5, 5);
  const rt2 = field(word, 10, 5);
  const load = field(word, 22, 1) === 1;
  const singleWriteback = (word & 0x3f200400) === 0x38000400;
  if (singleWriteback && rn === rt && rn !== SP) return 'write-back to the transferred register';
  if (isPair(word)) {
    const writeback = field(word, 23, 1) === 1;
    if (writeback && rn !== SP && (rn === rt || rn === rt2)) return 'write-back to a transferred register';
    if (load && rt === rt2) return 'load pair into one register';
  }
  if (isExclusive(word) && !isAtomic(word)) {
    const pair = field(word, 21, 1) === 1;
    const rs = field(word, 16, 5);
    if (isLoadExclusive(word) && pair && rt === rt2) return 'load pair into one register';
    if (isStoreExclusive(word) && (rs === rt || (pair && rs === rt2) || (rs === rn && rn !== SP))) {
      return 'status register is also data or base';
    }
  }
  return undefined;
}

/** Exclusives whose monitor state is IMPLEMENTATION DEFINED; QEMU compares the old value instead of watching stores. */
function exclusiveSequence(words: readonly number[]): string | undefined {
  let load: number | undefined;
  let stored = false;
  for (const word of words) {
    if (isLoadExclusive(word)) {
      load = word;
      stored = false;
    } else if (isStoreExclusive(word)) {
      if (load !== undefined && stored) return 'store between load-exclusive and store-exclusive';
      // Size and pair must agree.
      if (load !== undefined && ((load ^ word) & 0xc0200000) !== 0) return 'exclusives of two sizes';
      load = undefined;
    } else if (isLoadStore(word) || isSystem(word)) stored = true;
  }
  return undefined;
}

const WFE = 0xd503205f;
/** Only the first WFE of a test meets a set event register; QEMU never waits. */
const waitsForEvent = (words: readonly number[]): boolean => words.filter((word) => word === WFE).length > 1;

/** UNDEFINED where QEMU 7.2 is not: ERET whose Rn is not 11111. */
export const undefinedByManual = (word: number): boolean =>
  (word & 0xfffffc1f) >>> 0 === 0xd69f0000 && field(word, 5, 5) !== SP;

/** Why the words are never run; undefined when they may be. */
export function excludedWords(words: readonly number[]): string | undefined {
  if (words.some(undefinedByManual)) return 'the manual says UNDEFINED, QEMU does not';
  if (waitsForEvent(words)) return 'WFE may wait';
  for (const word of words) {
    const reason = constrainedUnpredictable(word);
    if (reason) return reason;
  }
  return unsafe(words) ?? exclusiveSequence(words);
}

/** The address that stands for "none" in QEMU's exclusive monitor. */
const OPEN_MONITOR = 0xffff_ffff_ffff_ffffn;
/** QEMU 7.2 lets unaligned STXR, LDAR, STLR and LDAPR pass; Armv8.0 demands alignment (DDI 0487, "Alignment of data accesses"). */
function untrustedOrdered(word: number, registers: BigUint64Array, stackPointer: bigint): string | undefined {
  const ordered = isLoadAcquirePc(word) || (!isAtomic(word) && isExclusive(word) && !isLoadExclusive(word));
  if (!ordered) return undefined;
  const rn = field(word, 5, 5);
  const address = rn === SP ? stackPointer : registers[rn];
  const bytes = (1 << field(word, 30, 2)) << (isLoadAcquirePc(word) ? 0 : field(word, 21, 1));
  if (isStoreExclusive(word) && address === OPEN_MONITOR) return 'QEMU takes the address for its open monitor';
  return address % BigInt(bytes) === 0n ? undefined : 'QEMU does not check the alignment';
}

const pristine = windowContents();
const exceptionClass = ({ exception }: FinalState): number => (exception === undefined ? -1 : exception.esr >>> 26);
const isInstructionAbort = (after: FinalState): boolean => [0x20, 0x21].includes(exceptionClass(after));
const isDataAbort = (after: FinalState): boolean => [0x24, 0x25].includes(exceptionClass(after));

/** QEMU fetches before it checks the alignment of PC, so that an instruction abort hides the PC alignment fault. */
const hidesPcAlignment = (after: FinalState): boolean => isInstructionAbort(after) && (after.pc & 3n) !== 0n;
/** EL0 access to DAIF by MSR (immediate): QEMU swaps op1 and op2 in the syndrome. */
const swapsSyndrome = (word: number, after: FinalState): boolean =>
  isMoveToPstate(word) && exceptionClass(after) === 0x18;

/**
 * Why QEMU's answer for `word` is not taken.
 * `before` is the state in which the word ran: registers by `REGISTERS`, PSTATE as in SPSR.
 */
export function excludedAnswer(
  word: number,
  before: Pick<InitialState, 'registers' | 'pstate'>,
  after: FinalState,
): string | undefined {
  const stackPointer = before.registers[(before.pstate & 0b101) === 0b101 ? 32 : 31];
  const ordered = untrustedOrdered(word, before.registers, stackPointer);
  if (ordered) return ordered;
  if (hidesPcAlignment(after)) return 'QEMU aborts before it checks the alignment of PC';
  if (swapsSyndrome(word, after)) return 'QEMU swaps op1 and op2 in the syndrome';
  if (isDataAbort(after) && isAtomic(word)) return 'QEMU calls every abort of an atomic a write';
  if (isDataAbort(after) && after.memory.some((byte, at) => byte !== pristine[at]))
    return 'part of a faulting store is in memory';
  return undefined;
}
