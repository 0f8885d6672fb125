/** Has QEMU's user mode run floating-point instructions on states. */

import { STATE_BYTES } from '../../test/cpu/float/state.ts';
import { runInUserMode } from '../user-mode.ts';

/** Bytes of the buffer of runner.S. */
const BUFFER = 0x100_0000;

/** The states after the instruction that each names. */
export const runOnQemu = (states: readonly Uint8Array[]): Uint8Array[] =>
  runInUserMode(states, {
    source: 'scripts/vectors-float/runner.S',
    batch: Math.floor(BUFFER / STATE_BYTES),
    answerBytes: STATE_BYTES,
    encode: (some) => Buffer.concat(some),
    decode: (output, some) =>
      some.map((_, n) => Uint8Array.from(output.subarray(n * STATE_BYTES, (n + 1) * STATE_BYTES))),
  });
