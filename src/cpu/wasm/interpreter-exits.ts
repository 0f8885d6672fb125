/** Why the interpreter returns, and what lets it run on after a call out. */

/** Why `run` returned. */
export const LEFT = 0;
/** The block at EXIT_AT has more instructions than the budget, or is dead; nothing of it ran. */
export const BUDGET_OUT = 1;
/** A `stop` op was reached: EXIT_AT is its record. */
export const STOPPED = 2;
/** The block at EXIT_AT, or the region that it enters, has become hot; nothing of it ran. */
export const HOT = 3;

/** What a call out returns besides NEXT and LEAVE: run on at PC, all else has been seen to. */
export const RUN_ON = 2;
