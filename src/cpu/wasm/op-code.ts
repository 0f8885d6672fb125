/** What every engine does with a row: its body, its flags, its result, in the order that law 1 asks for. */

import { assign, type Code, set, use } from '../ir/code.ts';
import { zext } from '../ir/expr.ts';
import { setterOperand } from '../ir/ops-flags.ts';
import { type EffectRow, type SetterRow, setterLocals, type ValueRow } from '../ir/row.ts';
import { C, N, V, Z } from '../slots.ts';

/** Makes `r` of a setter its result, from its operands. */
export function setterResult(row: SetterRow): Code {
  const { x, y, r } = setterLocals(row.width);
  return [assign(x, setterOperand(row.width, 'a')), assign(y, setterOperand(row.width, 'b')), assign(r, row.result)];
}

/** Code of a row that runs on to the next op; `store` wraps a value in the write of slot d. */
export function straightCode(row: ValueRow | EffectRow | SetterRow, store: (value: Code) => Code): Code {
  if (row.kind === 'value') return store(row.body);
  if (row.kind === 'effect') return row.body;
  const { r } = setterLocals(row.width);
  const { flags } = row;
  return [
    setterResult(row),
    [set(N, flags.N), set(Z, flags.Z), set(V, flags.V), set(C, flags.C)],
    row.fields.includes('d') ? store(row.width === 64 ? use(r) : zext(use(r))) : [],
  ];
}
