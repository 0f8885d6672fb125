/** Classes of encodings that the manual allocates and no row implements yet: UNDEFINED to the guest, listed as todo. */

import { todo } from './insn.ts';

/** Armv8.1. */
export const UNIMPLEMENTED = [todo('Load/store LORegion', 'size 001000 1 L 0 Rs 0 Rt2 Rn Rt')];
