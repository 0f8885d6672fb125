/** The last calls, indirect branches and exceptions of a CPU, recorded always, so that a post-mortem can tell how it got there. */

import { vaOf } from '../arch/addresses.ts';
import { HISTORY, HISTORY_COUNT } from './slots.ts';
import type { CpuState } from './state.ts';

/** The ring in the CPU's struct holds two VAs a branch. */
const BRANCHES = HISTORY.length / 2;
const EXCEPTIONS = 8;
/** Words of a record, in the order in which `exception` writes them. */
const EXCEPTION_WORDS = 8;

/** One call or indirect branch: its VA, and that of its target. */
export interface BranchRecord {
  from: bigint;
  to: bigint;
}

/** One exception taken. Addresses are VAs; `esr` is undefined for interrupts, which write none. */
export interface ExceptionRecord {
  name: string;
  fromEl: number;
  toEl: number;
  esr: number | undefined;
  /** FAR_ELx of the target level as the exception left it. */
  far: bigint;
  elr: bigint;
  target: bigint;
}

/** History of one CPU. Recording allocates nothing; halves of addresses may be int32 or uint32. */
export class History {
  /**
   * Synchronous exceptions taken in a row whose vector was the very instruction that failed: the CPU repeats itself
   * for ever unless an interrupt comes.
   */
  repeats = 0;
  private readonly words = new Uint32Array(EXCEPTIONS * EXCEPTION_WORDS);
  private readonly names: string[] = new Array(EXCEPTIONS).fill('');
  private count = 0;

  constructor(private readonly state: CpuState) {}

  /** Records an exception entry; see `ExceptionRecord` for the meaning of each value. */
  exception(
    name: string,
    fromEl: number,
    toEl: number,
    esr: number | undefined,
    farHi: number,
    farLo: number,
    elrHi: number,
    elrLo: number,
    targetHi: number,
    targetLo: number,
  ): void {
    const { words } = this;
    const slot = this.count++ % EXCEPTIONS;
    const at = slot * EXCEPTION_WORDS;
    this.names[slot] = name;
    words[at] = (esr === undefined ? 0 : 0x100) | (fromEl << 4) | toEl;
    words[at + 1] = esr ?? 0;
    words[at + 2] = farHi;
    words[at + 3] = farLo;
    words[at + 4] = elrHi;
    words[at + 5] = elrLo;
    words[at + 6] = targetHi;
    words[at + 7] = targetLo;
    const itself =
      fromEl === toEl && esr !== undefined && words[at + 5] === words[at + 7] && words[at + 4] === words[at + 6];
    this.repeats = itself ? this.repeats + 1 : 0;
  }

  /** Exceptions taken since reset. */
  get exceptionCount(): number {
    return this.count;
  }

  /** Calls and indirect branches, newest first. */
  branches(): BranchRecord[] {
    const { state } = this;
    const count = state.lo(HISTORY_COUNT);
    return Array.from({ length: Math.min(count, BRANCHES) }, (_, age) => {
      const at = 2 * ((count - 1 - age) % BRANCHES);
      return { from: state.get(HISTORY[at]), to: state.get(HISTORY[at + 1]) };
    });
  }

  /** Exceptions, newest first. */
  exceptions(): ExceptionRecord[] {
    return Array.from({ length: Math.min(this.count, EXCEPTIONS) }, (_, age) => {
      const slot = (this.count - 1 - age) % EXCEPTIONS;
      const [levels, esr, farHi, farLo, elrHi, elrLo, targetHi, targetLo] = this.words.subarray(slot * EXCEPTION_WORDS);
      return {
        name: this.names[slot],
        fromEl: (levels >>> 4) & 3,
        toEl: levels & 3,
        esr: levels & 0x100 ? esr : undefined,
        far: vaOf(farHi, farLo),
        elr: vaOf(elrHi, elrLo),
        target: vaOf(targetHi, targetLo),
      };
    });
  }
}
