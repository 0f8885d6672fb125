/** All rows of A64, in the order of the manual's groups, and the decoder made of them. */

import { compileTree } from '../decode/tree.ts';
import { BRANCHES } from './branches.ts';
import { DATA_ARITHMETIC } from './data-arithmetic.ts';
import { DATA_BITFIELD } from './data-bitfield.ts';
import { DATA_CONDITIONAL } from './data-conditional.ts';
import { DATA_IMMEDIATE } from './data-immediate.ts';
import { DATA_LOGICAL } from './data-logical.ts';
import { DATA_SOURCES } from './data-sources.ts';
import { EXCEPTIONS } from './exceptions.ts';
import { FLAG_MANIPULATION } from './flag-manipulation.ts';
import type { A64Row } from './insn.ts';
import { LOAD_LITERAL } from './load-literal.ts';
import { LOAD_STORE_ATOMIC } from './load-store-atomic.ts';
import { LOAD_STORE_EXCLUSIVE } from './load-store-exclusive.ts';
import { LOAD_STORE_PAIR } from './load-store-pair.ts';
import { LOAD_STORE_SINGLE } from './load-store-single.ts';
import { SYSTEM } from './system.ts';
import { UNIMPLEMENTED } from './unimplemented.ts';

export const A64_ROWS: readonly A64Row[] = [
  ...DATA_IMMEDIATE,
  ...DATA_BITFIELD,
  ...BRANCHES,
  ...EXCEPTIONS,
  ...SYSTEM,
  ...LOAD_STORE_EXCLUSIVE,
  ...LOAD_STORE_ATOMIC,
  ...LOAD_LITERAL,
  ...LOAD_STORE_PAIR,
  ...LOAD_STORE_SINGLE,
  ...DATA_LOGICAL,
  ...DATA_ARITHMETIC,
  ...DATA_CONDITIONAL,
  ...FLAG_MANIPULATION,
  ...DATA_SOURCES,
  ...UNIMPLEMENTED,
];

/** The row of an instruction word, whatever feature it needs; undefined when the encoding is unallocated. */
export const decodeA64: (word: number) => A64Row | undefined = compileTree(A64_ROWS);
