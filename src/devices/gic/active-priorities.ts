/** The active priorities of a CPU interface and the running priority that they imply (IHI 0048B, "GICC_APRn"). */

import { IDLE, lowestBit } from './intid.ts';

/**
 * Bit n of a set of words stands for an active interrupt of the n-th preemption level. There is a set for each group,
 * Group 0's words first, or one for both.
 */
export class ActivePriorities {
  readonly words: Uint32Array;
  /** Group priority of the most urgent active interrupt; `IDLE` when none is active. */
  running = IDLE;
  /** Words of a set. */
  readonly wordsPerSet: number;

  /** `minBpr`: the smallest binary point; a level is 2^(minBpr + 1) priorities. */
  constructor(
    private readonly minBpr: number,
    sets: 1 | 2,
  ) {
    this.wordsPerSet = (1 << (7 - minBpr)) / 32;
    this.words = new Uint32Array(this.wordsPerSet * sets);
  }

  /** Makes an interrupt of a group priority active. */
  raise(groupPriority: number, group: 0 | 1): void {
    const level = groupPriority >>> (this.minBpr + 1);
    const set = this.words.length > this.wordsPerSet && group === 1 ? this.wordsPerSet : 0;
    this.words[set + (level >>> 5)] |= 1 << (level & 31);
    this.update();
  }

  /** Whether the running priority is that of an interrupt in Group 1, as only sets for each group can tell. */
  get runsGroup1(): boolean {
    return this.running !== IDLE && this.runningWord() >= this.wordsPerSet;
  }

  /** Drops the running priority to the next one that is active; false when none was. */
  drop(): boolean {
    if (this.running === IDLE) return false;
    const level = this.running >>> (this.minBpr + 1);
    this.words[this.runningWord()] &= ~(1 << (level & 31));
    this.update();
    return true;
  }

  /** Works out the running priority after `words` changed. */
  update(): void {
    const { words, wordsPerSet } = this;
    let lowest = IDLE;
    for (let i = 0; i < words.length; i++) {
      if (words[i] === 0) continue;
      const level = (i % wordsPerSet) * 32 + lowestBit(words[i]);
      lowest = Math.min(lowest, level << (this.minBpr + 1));
    }
    this.running = lowest;
  }

  /** Index of the word that has the running priority; of two groups Group 0's. */
  private runningWord(): number {
    const level = this.running >>> (this.minBpr + 1);
    const at = level >>> 5;
    return (this.words[at] & (1 << (level & 31))) === 0 ? at + this.wordsPerSet : at;
  }
}
