/** Classes of encodings that the manual allocates and no row implements yet: UNDEFINED to the guest, listed as todo. */

import { todo } from './insn.ts';

const FLOATING_POINT = [
  todo(
    'Conversion between floating-point and fixed-point',
    'sf 0 S 11110 ptype:2 0 rmode:2 opcode:3 scale:6 Rn Rd',
    'FEAT_FP',
  ),
  todo(
    'Conversion between floating-point and integer',
    'sf 0 S 11110 ptype:2 1 rmode:2 opcode:3 000000 Rn Rd',
    'FEAT_FP',
  ),
  todo('Floating-point data-processing (1 source)', 'M 0 S 11110 ptype:2 1 opcode 10000 Rn Rd', 'FEAT_FP'),
  todo('Floating-point compare', 'M 0 S 11110 ptype:2 1 Rm op:2 1000 Rn opcode2', 'FEAT_FP'),
  todo('Floating-point immediate', 'M 0 S 11110 ptype:2 1 imm8:8 100 imm5 Rd', 'FEAT_FP'),
  todo('Floating-point conditional compare', 'M 0 S 11110 ptype:2 1 Rm cond 01 Rn op nzcv', 'FEAT_FP'),
  todo('Floating-point data-processing (2 source)', 'M 0 S 11110 ptype:2 1 Rm opcode:4 10 Rn Rd', 'FEAT_FP'),
  todo('Floating-point conditional select', 'M 0 S 11110 ptype:2 1 Rm cond 11 Rn Rd', 'FEAT_FP'),
  todo('Floating-point data-processing (3 source)', 'M 0 S 11111 ptype:2 o1 Rm o0 Ra Rn Rd', 'FEAT_FP'),
];

const ADVANCED_SIMD = [
  todo('Advanced SIMD vector operations', '0 Q:1 U 0111 rest:25', 'FEAT_AdvSIMD'),
  todo('Advanced SIMD scalar operations', '01 U 1111 rest:25', 'FEAT_AdvSIMD'),
  todo('Cryptographic AES', '01001110 size 10100 opcode:5 10 Rn Rd', 'FEAT_AES'),
  todo('Cryptographic two-register SHA', '01011110 size 10100 opcode:5 10 Rn Rd', 'FEAT_SHA256'),
  todo('Cryptographic three-register SHA', '01011110 size 0 Rm 0 opcode:3 00 Rn Rd', 'FEAT_SHA256'),
];

const LOADS_AND_STORES = [
  todo('Load register (literal), SIMD&FP', 'opc 011 1 00 imm19 Rt', 'FEAT_FP'),
  todo('Load/store register pair, SIMD&FP', 'opc 101 1 0 mode:2 L imm7 Rt2 Rn Rt', 'FEAT_FP'),
  todo('Load/store register (unscaled immediate), SIMD&FP', 'size 111 1 00 opc 0 imm9 00 Rn Rt', 'FEAT_FP'),
  todo('Load/store register (immediate post-indexed), SIMD&FP', 'size 111 1 00 opc 0 imm9 01 Rn Rt', 'FEAT_FP'),
  todo('Load/store register (immediate pre-indexed), SIMD&FP', 'size 111 1 00 opc 0 imm9 11 Rn Rt', 'FEAT_FP'),
  todo('Load/store register (register offset), SIMD&FP', 'size 111 1 00 opc 1 Rm option S 10 Rn Rt', 'FEAT_FP'),
  todo('Load/store register (unsigned immediate), SIMD&FP', 'size 111 1 01 opc imm12 Rn Rt', 'FEAT_FP'),
  todo('Advanced SIMD load/store multiple structures', '0 Q:1 0011000 L 000000 opcode:4 size Rn Rt', 'FEAT_AdvSIMD'),
  todo(
    'Advanced SIMD load/store multiple structures (post-indexed)',
    '0 Q:1 0011001 L 0 Rm opcode:4 size Rn Rt',
    'FEAT_AdvSIMD',
  ),
  todo('Advanced SIMD load/store single structure', '0 Q:1 0011010 L R 00000 opcode:3 S size Rn Rt', 'FEAT_AdvSIMD'),
  todo(
    'Advanced SIMD load/store single structure (post-indexed)',
    '0 Q:1 0011011 L R Rm opcode:3 S size Rn Rt',
    'FEAT_AdvSIMD',
  ),
];

/** Armv8.1. */
const EXTENSIONS = [todo('Load/store LORegion', 'size 001000 1 L 0 Rs 0 Rt2 Rn Rt')];

export const UNIMPLEMENTED = [...FLOATING_POINT, ...ADVANCED_SIMD, ...LOADS_AND_STORES, ...EXTENSIONS];
