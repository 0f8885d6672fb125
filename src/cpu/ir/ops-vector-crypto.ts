/** IR ops of AES, SHA-1 and SHA-256 (DDI 0487, "Cryptographic Extension"; FIPS 197, FIPS 180-4). */

import { A128, assign, B128, C128, type Code, i32c, L32, L128, use } from './code.ts';
import { i32 } from './expr.ts';
import { i8x16, i32x4, v128 } from './expr-vector.ts';
import { binaryV, repeated, ternaryV, unaryV, withA, ZEROS } from './vector-lanes.ts';

/** Product in the field of AES: polynomials modulo x^8 + x^4 + x^3 + x + 1. */
function fieldProduct(a: number, b: number): number {
  let product = 0;
  for (let bit = 0, power = a; bit < 8; bit++, power = (power << 1) ^ (power & 0x80 ? 0x11b : 0)) {
    if (b & (1 << bit)) product ^= power;
  }
  return product;
}
const rotateByte = (x: number, by: number): number => ((x << by) | (x >> (8 - by))) & 0xff;

const BYTES = Array.from({ length: 256 }, (_, x) => x);
/** SubBytes() of each byte: the inverse in the field, then an affine map. */
const SBOX = BYTES.map((x) => {
  const inverse = x === 0 ? 0 : BYTES.findIndex((y) => fieldProduct(x, y) === 1);
  return [0, 1, 2, 3, 4].reduce((sum, by) => sum ^ rotateByte(inverse, by), 0x63);
});
const INVERSE_SBOX = BYTES.map((x) => SBOX.indexOf(x));

/** Each byte of `state` looked up in a table of 256: sixteen tables of sixteen, of which all but one give 0. */
function substitute(table: readonly number[], state: Code): Code {
  const [x] = L128;
  const parts = Array.from({ length: 16 }, (_, i) =>
    v128.swizzle(
      v128.constant(table.slice(16 * i, 16 * i + 16)),
      i === 0 ? use(x) : i8x16.sub(use(x), repeated(8, BigInt(16 * i))),
    ),
  );
  return [assign(x, state), parts.reduce((sum, part) => v128.or(sum, part))];
}

/** Byte i of the state is row i mod 4, column i div 4; ShiftRows() moves row r by r columns to the left. */
const shiftRows = (state: Code, direction: 1 | -1): Code =>
  v128.swizzle(state, v128.constant(Array.from({ length: 16 }, (_, i) => (i + direction * 4 * (i % 4) + 16) % 16)));

/** The rows of each column moved up by so many. */
const rotateColumns = (x: Code, by: number): Code =>
  v128.shuffle(
    x,
    x,
    Array.from({ length: 16 }, (_, i) => (i & ~3) | ((i + by) % 4)),
  );
/** Each byte of x times {02}. */
const timesTwo = (x: Code): Code =>
  v128.xor(i8x16.shl(x, i32c(1)), v128.and(i8x16.shr_s(x, i32c(7)), repeated(8, 0x1bn)));
/** MixColumns(): {02} x + {03} of the next row + the two after it. */
function mixColumns(state: Code): Code {
  const [x] = L128;
  const doubled = timesTwo(v128.xor(use(x), rotateColumns(use(x), 1)));
  const others = v128.xor(rotateColumns(use(x), 2), rotateColumns(use(x), 3));
  return [assign(x, state), v128.xor(v128.xor(doubled, rotateColumns(use(x), 1)), others)];
}
/** InvMixColumns(): MixColumns() of x + {04} (x + the row two below). */
function inverseMixColumns(state: Code): Code {
  const [x, y] = L128;
  return [
    assign(x, state),
    assign(y, timesTwo(v128.xor(use(x), rotateColumns(use(x), 2)))),
    mixColumns(v128.xor(use(x), timesTwo(use(y)))),
  ];
}

const [X, Y, W] = L128;
const [T, NEXT_X, NEXT_Y] = L32;
const word = (vector: typeof X, lane: number): Code => i32x4.extract(use(vector), lane);
/** The words of x one up, and `lowest` below them. */
const pushed = (x: Code, lowest: Code): Code =>
  i32x4.replace(v128.shuffle(x, x, [0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), 0, lowest);

const choose = (x: Code, y: Code, z: Code): Code => i32.xor(i32.and(i32.xor(y, z), x), z);
const majority = (x: Code, y: Code, z: Code): Code => i32.or(i32.and(x, y), i32.and(i32.or(x, y), z));
const parity = (x: Code, y: Code, z: Code): Code => i32.xor(i32.xor(x, y), z);
const sum = (...terms: Code[]): Code => terms.reduce((total, term) => i32.add(total, term));

/** Four rounds of SHA-1: va is the first four words of the state, vb[31:0] the fifth, vc the schedule and constants. */
function sha1Rounds(mix: (x: Code, y: Code, z: Code) => Code): Code {
  const round = (n: number): Code => [
    assign(T, sum(use(T), i32.rotl(word(X, 0), i32c(5)), mix(word(X, 1), word(X, 2), word(X, 3)), word(W, n))),
    assign(NEXT_Y, word(X, 3)),
    assign(X, i32x4.replace(use(X), 1, i32.rotl(word(X, 1), i32c(30)))),
    assign(X, pushed(use(X), use(T))),
    assign(T, use(NEXT_Y)),
  ];
  return [assign(X, A128), assign(Y, B128), assign(W, C128), assign(T, word(Y, 0)), [0, 1, 2, 3].map(round), use(X)];
}

const rotations = (x: Code, a: number, b: number, c: number): Code =>
  parity(i32.rotr(x, i32c(a)), i32.rotr(x, i32c(b)), i32.rotr(x, i32c(c)));

/** SHA256hash(): four rounds on the state x, y with the schedule and constants w; gives the new x or y. */
function sha256Rounds(x: Code, y: Code, result: typeof X): Code {
  const round = (n: number): Code => [
    assign(
      T,
      sum(word(Y, 3), rotations(word(Y, 0), 6, 11, 25), choose(word(Y, 0), word(Y, 1), word(Y, 2)), word(W, n)),
    ),
    assign(NEXT_Y, i32.add(use(T), word(X, 3))),
    assign(NEXT_X, sum(use(T), rotations(word(X, 0), 2, 13, 22), majority(word(X, 0), word(X, 1), word(X, 2)))),
    assign(X, pushed(use(X), use(NEXT_X))),
    assign(Y, pushed(use(Y), use(NEXT_Y))),
  ];
  return [assign(X, x), assign(Y, y), assign(W, C128), [0, 1, 2, 3].map(round), use(result)];
}

/** Words 1 to 3 of x and word 0 of y: bits [159:32] of y:x. */
const middle = (x: Code, y: Code): Code =>
  v128.shuffle(x, y, [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
const rotateWords = (x: Code, by: number): Code => v128.or(i32x4.shr_u(x, i32c(by)), i32x4.shl(x, i32c(32 - by)));

/** The sigma functions of the schedule on each word: two rotations and a shift. */
const sigma = (x: Code, a: number, b: number, shift: number): Code =>
  v128.xor(v128.xor(rotateWords(x, a), rotateWords(x, b)), i32x4.shr_u(x, i32c(shift)));

/** SHA1SU1: the last word depends on the first of the result. */
const sha1Schedule = (): Code => [
  assign(X, v128.xor(A128, middle(B128, ZEROS))),
  assign(X, rotateWords(use(X), 31)),
  i32x4.replace(use(X), 3, i32.xor(word(X, 3), i32.rotl(word(X, 0), i32c(1)))),
];

/** SHA256SU1: the upper two words depend on the lower two of the result. */
const sha256Schedule = (): Code => {
  const upper = [8, 9, 10, 11, 12, 13, 14, 15];
  const lower = [0, 1, 2, 3, 4, 5, 6, 7];
  return [
    // Words 2 and 3 of vc go into the lower half, the lower half of the result into the upper.
    assign(W, i32x4.add(A128, middle(B128, C128))),
    assign(X, v128.shuffle(C128, ZEROS, [...upper, ...upper.map((i) => i + 8)])),
    assign(X, i32x4.add(use(W), sigma(use(X), 17, 19, 10))),
    assign(Y, v128.shuffle(ZEROS, use(X), [...lower, ...lower.map((i) => i + 16)])),
    i32x4.add(use(X), sigma(use(Y), 17, 19, 10)),
  ];
};

export const VECTOR_CRYPTO_OPS = {
  vaese: binaryV('vd = SubBytes(ShiftRows(va ^ vb))', substitute(SBOX, shiftRows(v128.xor(A128, B128), 1))),
  vaesd: binaryV(
    'vd = InvSubBytes(InvShiftRows(va ^ vb))',
    substitute(INVERSE_SBOX, shiftRows(v128.xor(A128, B128), -1)),
  ),
  vaesmc: unaryV('vd = MixColumns(va)', mixColumns(A128)),
  vaesimc: unaryV('vd = InvMixColumns(va)', inverseMixColumns(A128)),
  vsha1c: ternaryV('vd = four rounds of SHA-1 with Ch on va, vb[31:0] and the schedule vc', sha1Rounds(choose)),
  vsha1p: ternaryV('vd = four rounds of SHA-1 with Parity on va, vb[31:0] and the schedule vc', sha1Rounds(parity)),
  vsha1m: ternaryV('vd = four rounds of SHA-1 with Maj on va, vb[31:0] and the schedule vc', sha1Rounds(majority)),
  vsha1h: unaryV(
    'vd = va[31:0] rotated left by 30, zeros above',
    i32x4.replace(ZEROS, 0, i32.rotl(i32x4.extract(A128, 0), i32c(30))),
  ),
  vsha1su0: ternaryV(
    'vd = the middle half of vb:va, ^ va ^ vc',
    v128.xor(
      v128.xor(A128, C128),
      v128.shuffle(A128, B128, [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]),
    ),
  ),
  vsha1su1: binaryV('vd = SHA-1 schedule from va, the sum of three terms, and vb, the words before it', sha1Schedule()),
  vsha256h: ternaryV(
    'vd = x after four rounds of SHA-256 on x = va, y = vb with the schedule vc',
    sha256Rounds(A128, B128, X),
  ),
  vsha256h2: ternaryV(
    'vd = y after four rounds of SHA-256 on x = vb, y = va with the schedule vc',
    sha256Rounds(B128, A128, Y),
  ),
  vsha256su0: binaryV(
    'vd = va + sigma0 of the words from 1 on of vb:va',
    withA((x) => [assign(Y, middle(x, B128)), i32x4.add(x, sigma(use(Y), 7, 18, 3))]),
  ),
  vsha256su1: ternaryV(
    'vd = va + the words from 1 on of vc:vb + sigma1 of the two words before each',
    sha256Schedule(),
  ),
};
