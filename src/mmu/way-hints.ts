/** Hints: a byte for each way of a set, four of which are compared at once, to see which entries are worth a look. */

/** Hint of a way without an entry, and of one that the pool is too small to have. Entries have others. */
export const FREE = 0;
export const UNUSED = 0xff;

/** Hint of an entry by a hash of its tags: 2 to 129, which differ from those above in more than bit 0. */
export const hintOf = (hash: number): number => 2 + ((hash >>> 24) & 0x7f);

/** A word with one hint in all of its bytes. */
export const repeated = (hint: number): number => Math.imul(hint, 0x0101_0101);

/**
 * The top bits of the bytes in which two words are equal. The lowest of them is right; others may be those of bytes that
 * differ in bit 0 alone.
 */
export const equalBytes = (a: number, b: number): number => {
  const difference = a ^ b;
  return (difference - 0x0101_0101) & ~difference & 0x8080_8080;
};
