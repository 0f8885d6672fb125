/** Random bytes that a seed determines: xoshiro128** 1.1 by David Blackman and Sebastiano Vigna, seeded by SplitMix32. */

/** A source of random bytes. */
export interface RandomSource {
  /** Fills an array with the next bytes. */
  generate(into: Uint8Array): void;
}

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

export class SeededRandom implements RandomSource {
  private readonly words = new Uint32Array(4);

  constructor(seed: number) {
    let state = seed | 0;
    for (let i = 0; i < 4; i++) {
      state = (state + 0x9e37_79b9) | 0;
      let mixed = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b);
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
      this.words[i] = mixed ^ (mixed >>> 16);
    }
  }

  generate(into: Uint8Array): void {
    for (let i = 0; i < into.length; i += 4) {
      let word = this.next();
      for (let j = i; j < i + 4 && j < into.length; j++, word >>>= 8) into[j] = word;
    }
  }

  private next(): number {
    const { words } = this;
    const result = Math.imul(rotate(Math.imul(words[1], 5), 7), 9);
    const shifted = words[1] << 9;
    words[2] ^= words[0];
    words[3] ^= words[1];
    words[1] ^= words[2];
    words[0] ^= words[3];
    words[2] ^= shifted;
    words[3] = rotate(words[3], 11);
    return result;
  }

  /** A copy of the state, plain JSON. */
  state(): number[] {
    return [...this.words];
  }

  /** Makes a generator from a `state()`. */
  static fromState(state: readonly number[]): SeededRandom {
    const random = new SeededRandom(0);
    random.words.set(state);
    return random;
  }
}
