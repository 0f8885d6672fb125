/** IR ops on the bits of vectors: logic, counts, and bits in reverse. */

import { A128, assign, B128, C128, type Code, i32c, L128, use } from './code.ts';
import { i8x16, i16x8, i32x4, v128 } from './expr-vector.ts';
import { BHS, binaryV, type LANES, perLane, repeated, signMask, ternaryV, unaryV, withA } from './vector-lanes.ts';

type Narrow = (typeof LANES)[(typeof BHS)[number]];

/** Ones in each lane, from those in its bytes. */
function population({ letter }: Narrow, x: Code): Code {
  const inBytes = i8x16.popcnt(x);
  if (letter === 'b') return inBytes;
  const inHalves = i16x8.extadd_pairwise_u(inBytes);
  return letter === 'h' ? inHalves : i32x4.extadd_pairwise_u(inHalves);
}

/** Leading zeros: the highest one spreads down, and what is left above it is counted. */
function leadingZeros(lane: Narrow, x: Code): Code {
  const [all] = L128;
  const spread: Code[] = [assign(all, x)];
  for (let by = 1; by < lane.bits; by *= 2) spread.push(assign(all, v128.or(use(all), lane.shr_u(use(all), i32c(by)))));
  return [...spread, population(lane, v128.not(use(all)))];
}

/** The four bits of each number from 0 to 15 in reverse, `shift` bits up. */
const reversedNibbles = (shift: number): Code =>
  v128.constant(
    Array.from({ length: 16 }, (_, n) => (((n & 1) << 3) | ((n & 2) << 1) | ((n & 4) >> 1) | (n >> 3)) << shift),
  );
/** Each byte of x with its bits in reverse; x is named twice. */
export const reverseInBytes = (x: Code): Code =>
  v128.or(
    v128.swizzle(reversedNibbles(4), v128.and(x, repeated(8, 0x0fn))),
    v128.swizzle(reversedNibbles(0), i8x16.shr_u(x, i32c(4))),
  );

export const VECTOR_LOGIC_OPS = {
  vand: binaryV('vd = va & vb', v128.and(A128, B128)),
  vorr: binaryV('vd = va | vb', v128.or(A128, B128)),
  veor: binaryV('vd = va ^ vb', v128.xor(A128, B128)),
  vbic: binaryV('vd = va & ~vb', v128.andnot(A128, B128)),
  vorn: binaryV('vd = va | ~vb', v128.or(A128, v128.not(B128))),
  vnot: unaryV('vd = ~va', v128.not(A128)),
  vselect: ternaryV('vd = va where vc is 1, vb where it is 0', v128.bitselect(A128, B128, C128)),
  vcnt: unaryV('each byte of vd = ones in that of va', i8x16.popcnt(A128)),
  vrbit: unaryV('each byte of vd = that of va with its bits in reverse', reverseInBytes(A128)),
  ...perLane('vclz', BHS, (lane) => unaryV('each lane of vd = leading zeros of that of va', leadingZeros(lane, A128))),
  ...perLane('vcls', BHS, (lane) =>
    unaryV(
      'each lane of vd = leading bits of that of va equal to its sign, less one',
      lane.sub(
        leadingZeros(
          lane,
          withA((x) => v128.xor(x, signMask(lane, x))),
        ),
        repeated(lane.bits, 1n),
      ),
    ),
  ),
};
