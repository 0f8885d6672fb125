/** The fourteen conditions over the flags (DDI 0487, "Condition code table"). */

import { C, N, V, Z } from '../slots.ts';
import { type Code, type ConditionName, type FlagCode, get, type Token } from './code.ts';
import { i32, not } from './expr.ts';

const higher = ({ C, Z }: FlagCode): Code => i32.and(C, not(Z));
const greater = ({ N, Z, V }: FlagCode): Code => i32.and(not(Z), i32.eq(N, V));

const HOLDS: Record<ConditionName, (flags: FlagCode) => Code> = {
  eq: ({ Z }) => Z,
  ne: ({ Z }) => not(Z),
  cs: ({ C }) => C,
  cc: ({ C }) => not(C),
  mi: ({ N }) => N,
  pl: ({ N }) => not(N),
  vs: ({ V }) => V,
  vc: ({ V }) => not(V),
  hi: higher,
  ls: (flags) => not(higher(flags)),
  ge: ({ N, V }) => i32.eq(N, V),
  lt: ({ N, V }) => i32.ne(N, V),
  gt: greater,
  le: (flags) => not(greater(flags)),
};

/** In the order of the `cond` field, 0 to 13; 14 and 15 always hold. */
export const CONDITIONS = (Object.keys(HOLDS) as ConditionName[]).map((name) => ({
  name,
  code: { kind: 'condition', name } as const satisfies Token,
}));

/** 1 when flags satisfy a condition, else 0: an i32. */
export const conditionHolds = (name: ConditionName, flags: FlagCode): Code => HOLDS[name](flags);

/** The flags where they are slots. */
export const FLAG_SLOTS: FlagCode = { N: get(N), Z: get(Z), C: get(C), V: get(V) };
