/** Classes of encodings that the manual allocates and no row implements yet: UNDEFINED to the guest, listed as todo. */

import { todo } from './insn.ts';

const ADVANCED_SIMD = [
  todo('Advanced SIMD vector operations', '0 Q:1 U 0111 rest:25', 'FEAT_AdvSIMD'),
  todo('Advanced SIMD scalar operations', '01 U 1111 rest:25', 'FEAT_AdvSIMD'),
];

/** Armv8.1. */
const EXTENSIONS = [todo('Load/store LORegion', 'size 001000 1 L 0 Rs 0 Rt2 Rn Rt')];

export const UNIMPLEMENTED = [...ADVANCED_SIMD, ...EXTENSIONS];
