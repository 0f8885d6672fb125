/** IR ops that put the lanes of one or two vectors into another order. */

import { A128, B128 } from './code.ts';
import { v128 } from './expr-vector.ts';
import { BHS, BHSD, binaryV, type Lane, perLane, unaryV } from './vector-lanes.ts';

/** Byte numbers for a shuffle from lane numbers: lanes of the second vector follow those of the first. */
const shuffle = ({ bits }: Lane, from: (lane: number, lanes: number) => number) => {
  const size = bits / 8;
  const lanes = 16 / size;
  return v128.shuffle(
    A128,
    B128,
    Array.from({ length: 16 }, (_, i) => from(Math.floor(i / size), lanes) * size + (i % size)),
  );
};
const half = (i: number): number => Math.floor(i / 2);

/** Reverses the lanes in each container of so many bytes. */
const reversed = ({ bits }: Lane, container: number) => {
  const lanes = container / (bits / 8);
  return unaryV(
    `vd = va with the ${bits}-bit lanes of every ${container} bytes in reverse`,
    v128.shuffle(
      A128,
      A128,
      Array.from({ length: 16 }, (_, i) => {
        const lane = Math.floor(i / (bits / 8));
        return (lane - (lane % lanes) + lanes - 1 - (lane % lanes)) * (bits / 8) + (i % (bits / 8));
      }),
    ),
  );
};

export const VECTOR_PERMUTE_OPS = {
  ...perLane('vzip1', BHSD, (lane) =>
    binaryV(
      'vd = lower lanes of va and vb, in turn',
      shuffle(lane, (i, n) => half(i) + (i % 2) * n),
    ),
  ),
  ...perLane('vzip2', BHSD, (lane) =>
    binaryV(
      'vd = upper lanes of va and vb, in turn',
      shuffle(lane, (i, n) => half(i) + n / 2 + (i % 2) * n),
    ),
  ),
  ...perLane('vuzp1', BHS, (lane) =>
    binaryV(
      'vd = even lanes of va, then of vb',
      shuffle(lane, (i) => 2 * i),
    ),
  ),
  ...perLane('vuzp2', BHS, (lane) =>
    binaryV(
      'vd = odd lanes of va, then of vb',
      shuffle(lane, (i) => 2 * i + 1),
    ),
  ),
  ...perLane('vtrn1', BHS, (lane) =>
    binaryV(
      'vd = even lanes of va and vb, in turn',
      shuffle(lane, (i, n) => 2 * half(i) + (i % 2) * n),
    ),
  ),
  ...perLane('vtrn2', BHS, (lane) =>
    binaryV(
      'vd = odd lanes of va and vb, in turn',
      shuffle(lane, (i, n) => 2 * half(i) + 1 + (i % 2) * n),
    ),
  ),
  ...perLane('vrev64', BHS, (lane) => reversed(lane, 8)),
  ...perLane('vrev32', ['b', 'h'], (lane) => reversed(lane, 4)),
  ...perLane('vrev16', ['b'], (lane) => reversed(lane, 2)),
  ...perLane('vrev128', ['b'], (lane) => reversed(lane, 16)),
  vtbl: binaryV('byte i of vd = byte of va with the number in byte i of vb, 0 past 15', v128.swizzle(A128, B128)),
};
