/** Parameters and locals of the interpreter's functions, and the calls out that it imports. */

import { type Code, i32c, L32, set, type ValueType } from '../ir/code.ts';
import { i32 } from '../ir/expr.ts';
import { CALLED_OUT } from '../slots.ts';

/** Parameters: the CPU struct, and the record that runs; 0: of the block at PC the first. */
const CPU = 0;
const IP = 1;
/** On the way to the dispatcher: where the link to the next block is, or 0. */
export const LINK_AT = 2;
export const LOCALS: readonly ValueType[] = [
  'i32',
  'i32',
  'i32',
  'i32',
  'i32',
  'i64',
  'i64',
  'i64',
  'i64',
  'v128',
  'v128',
  'v128',
  'v128',
  'v128',
  'v128',
];

export const cpu: Code = [0x20, CPU];
export const local = (index: number): Code => [0x20, index];
export const setLocal = (index: number, value: Code): Code => [value, 0x21, index];
export const ip = local(IP);
export const setIp = (value: Code): Code => setLocal(IP, value);
export const slotAt = (field: number): Code => i32.add(cpu, i32.load16_u(ip, field));
/** No op keeps anything in it over a call out. */
export const OUTCOME = L32[3];
/** Before a call out that may come back to its block, with its page mapped no more. */
export const CALLING = set(CALLED_OUT, i32c(1));
export const ret = (reason: number): Code => [i32c(reason), 0x0f];
export const header = (field: number): Code => i32.load(i32.sub(ip, i32c(-field)));

/** Indices of what the interpreter imports. */
export interface Imports {
  lookup: number;
  loadSlow: number;
  storeSlow: number;
  alignmentFault: number;
  stackFault: number;
  callout: number;
  slowFloat: number;
  jumpCache: number;
  crcTables: number;
}
