/** IR ops on fields of PSTATE other than the flags. */

import { DAIF } from '../slots.ts';
import { PSTATE_DAIF } from '../system/control-bits.ts';
import { A, get, i32c, set } from './code.ts';
import { i32, w, zext } from './expr.ts';
import { effect, nullary } from './row.ts';

export const PSTATE_OPS = {
  get_daif: nullary('d = PSTATE.DAIF in bits 9 to 6, else 0', zext(get(DAIF))),
  set_daif: effect('PSTATE.DAIF = a[9:6]', ['a'], set(DAIF, i32.and(w(A), i32c(PSTATE_DAIF)))),
};
