/** How generated code notes calls and indirect branches in the CPU's history. */

import { A, assign, type Code, get, IMM, i32c, i64c, L32, set, use } from '../ir/code.ts';
import { i32, i64 } from '../ir/expr.ts';
import type { GotoRow } from '../ir/row.ts';
import { HISTORY, HISTORY_COUNT, X } from '../slots.ts';

const [, ENTRY] = L32;
/** Two VAs are 16 bytes. */
const PAIR_SHIFT = 4;

/** Notes the branch of an op, if it is one of those, in the struct of the CPU; uses the second scratch local of 32 bits. */
export function noteBranch({ indirect, links }: GotoRow, cpu: Code): Code {
  if (!indirect && !links) return [];
  const pair = i32.and(get(HISTORY_COUNT), i32c(HISTORY.length / 2 - 1));
  return [
    assign(ENTRY, i32.add(cpu, i32.shl(pair, i32c(PAIR_SHIFT)))),
    i64.store(use(ENTRY), indirect ? IMM : i64.sub(get(X[30]), i64c(4)), HISTORY[0]),
    i64.store(use(ENTRY), indirect ? A : IMM, HISTORY[1]),
    set(HISTORY_COUNT, i32.add(get(HISTORY_COUNT), i32c(1))),
  ];
}
