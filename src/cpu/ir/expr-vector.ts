/** wasm SIMD instructions as expression builders (WebAssembly core specification, "Vector Instructions"). */

import { type Code, uleb } from './code.ts';

/** Opcodes follow the prefix 0xFD. */
const simd = (op: number): Code => [0xfd, ...uleb(op)];

export const v128 = {
  load: (address: Code, offset = 0): Code => [address, simd(0x00), 0, ...uleb(offset)],
  store: (address: Code, value: Code, offset = 0): Code => [address, value, simd(0x0b), 0, ...uleb(offset)],
};
