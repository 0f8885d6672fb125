/** Parameters and locals of a region's function, by index; those of slots come behind these. */

import type { Code, ValueType } from '../ir/code.ts';

/** Parameters: the CPU struct, and the index of the node to enter at. */
const CPU = 0;
export const NEXT_NODE = 1;
/** What the flags come from (see `RegionFlags`). */
export const FLAG_X = 2;
export const FLAG_Y = 3;
export const FLAG_KIND = 4;
/** Address of the first record of the block that runs. */
export const START = 5;
/** Where control leaves (see `RegionExits`), and instructions that ran and are not paid for then. */
export const RESUME = 6;
export const UNPAID = 7;
/** First of the scratch locals of ops, by type. */
export const SCRATCH: Record<ValueType, number> = { i32: 8, i64: 12, v128: 16 };
export const FIRST_SLOT = 22;

/** Types of the locals before `FIRST_SLOT` that are not parameters. */
export const FIXED_LOCALS: readonly ValueType[] = [
  ...Array<ValueType>(FLAG_KIND - FLAG_X).fill('i64'),
  ...Array<ValueType>(SCRATCH.i32 - FLAG_KIND).fill('i32'),
  ...Array<ValueType>(SCRATCH.i64 - SCRATCH.i32).fill('i32'),
  ...Array<ValueType>(SCRATCH.v128 - SCRATCH.i64).fill('i64'),
  ...Array<ValueType>(FIRST_SLOT - SCRATCH.v128).fill('v128'),
];

export const cpu: Code = [0x20, CPU];
/** Value of one of these locals, and its assignment, with the value left behind or not. */
export const local = (index: number): Code => [0x20, index];
export const setLocal = (index: number, value: Code): Code => [value, 0x21, index];
export const teeLocal = (index: number, value: Code): Code => [value, 0x22, index];
