/** FNV-1a, the hash of 32 bits that gives vectors their seeds and outcomes their digests: recorded data depends on it. */

/** The hash of no bytes. */
export const FNV_BASIS = 0x811c_9dc5;

/** Hashes bytes, continued from `hash`. */
export function fnv1a(bytes: Iterable<number>, hash = FNV_BASIS): number {
  let value = hash;
  for (const byte of bytes) value = Math.imul(value ^ byte, 0x0100_0193);
  return value >>> 0;
}

/** The seed of what has this name: cases of its own, whatever else there is. */
export const seedOf = (name: string): number => fnv1a(new TextEncoder().encode(name));
