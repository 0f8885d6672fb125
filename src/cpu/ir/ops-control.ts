/** IR ops that end blocks or leave them. */

import { INTERRUPT_LINES, LOWER_CONTEXTS_STALE, R } from '../slots.ts';
import { HCR_VF, HCR_VI, HCR_VSE, MDSCR_MDE, MDSCR_SS } from '../system/control-bits.ts';
import { A, type Code, type ConditionName, get, i32c, set } from './code.ts';
import { CONDITIONS } from './conditions.ts';
import { i32, i64, not, w } from './expr.ts';
import { branch, type CalloutRow, effect, type GotoRow, type StopRow } from './row.ts';

const conditional = Object.fromEntries(
  CONDITIONS.map(({ name, code }) => [
    `b_${name}`,
    branch(`go to VA imm when the flags satisfy ${name}`, ['imm'], code),
  ]),
) as Record<`b_${ConditionName}`, ReturnType<typeof branch<['imm']>>>;

/** A line is up, HCR_EL2 makes a virtual interrupt pending, or MDSCR_EL1 arms a debug exception. */
const MASKS_MATTER: Code = i32.or(
  get(INTERRUPT_LINES),
  i32.or(
    i32.and(w(get(R.HCR_EL2)), i32c(HCR_VF | HCR_VI | HCR_VSE)),
    i32.and(w(get(R.MDSCR_EL1)), i32c(MDSCR_MDE | MDSCR_SS)),
  ),
);

export const CONTROL_OPS = {
  goto: { kind: 'goto', doc: 'go to VA imm', fields: ['imm'], indirect: false } as const satisfies GotoRow,
  goto_link: {
    kind: 'goto',
    doc: 'go to VA imm, noted in the history: a call from in front of the VA in X30',
    fields: ['imm'],
    indirect: false,
    links: true,
  } as const satisfies GotoRow,
  goto_reg: {
    kind: 'goto',
    doc: 'go to the VA in a, noted in the history: a branch at VA imm',
    fields: ['a', 'imm'],
    indirect: true,
  } as const satisfies GotoRow,
  ...conditional,
  b_zero64: branch('go to VA imm when a is 0', ['a', 'imm'], i64.eqz(A)),
  b_nonzero64: branch('go to VA imm when a is not 0', ['a', 'imm'], not(i64.eqz(A))),
  b_zero32: branch('go to VA imm when a[31:0] is 0', ['a', 'imm'], i32.eqz(w(A))),
  b_nonzero32: branch('go to VA imm when a[31:0] is not 0', ['a', 'imm'], not(i32.eqz(w(A)))),
  callout: {
    kind: 'callout',
    doc: 'call out to TypeScript: Rt is slot a, word imm[31:0], number imm[63:32]',
    fields: ['a', 'imm'],
  } as const satisfies CalloutRow,
  callout_if_masks_matter: {
    kind: 'callout',
    doc: 'callout while an interrupt or debug exception may be pending, so that a change of PSTATE.DAIF may let it in',
    fields: ['a', 'imm'],
    cond: MASKS_MATTER,
  } as const satisfies CalloutRow,
  mark_lower_contexts: effect('the contexts below EL2 are worked out again', [], set(LOWER_CONTEXTS_STALE, i32c(1))),
  stop: { kind: 'stop', doc: 'leave the engine before this op', fields: [] } as const satisfies StopRow,
};
