/** The fourteen conditions as expressions over the flags (DDI 0487, "Condition code table"). */

import { C, N, V, Z } from '../slots.ts';
import { type Code, get } from './code.ts';
import { i32, not } from './expr.ts';

const n = get(N);
const z = get(Z);
const c = get(C);
const v = get(V);
const hi: Code = i32.and(c, not(z));
const ge: Code = i32.eq(n, v);
const gt: Code = i32.and(not(z), ge);

/** In the order of the `cond` field, 0 to 13; 14 and 15 always hold. */
export const CONDITIONS = [
  { name: 'eq', code: z },
  { name: 'ne', code: not(z) },
  { name: 'cs', code: c },
  { name: 'cc', code: not(c) },
  { name: 'mi', code: n },
  { name: 'pl', code: not(n) },
  { name: 'vs', code: v },
  { name: 'vc', code: not(v) },
  { name: 'hi', code: hi },
  { name: 'ls', code: not(hi) },
  { name: 'ge', code: ge },
  { name: 'lt', code: i32.ne(n, v) },
  { name: 'gt', code: gt },
  { name: 'le', code: not(gt) },
] as const satisfies readonly { name: string; code: Code }[];
