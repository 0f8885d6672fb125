/** FMOV of registers, immediates and between register files: DDI 0487, "Data Processing -- Scalar Floating-Point". */

import { type Imm, immOf } from '../ir/builder.ts';
import { Q } from '../slots.ts';
import { floatInsn } from './float-ir.ts';

/** VFPExpandImm() of the `imm8` field, for single and double precision. */
function expandImmediate(imm8: number, double: number): Imm {
  const sign = (imm8 & 0x80) << 24;
  const isSmall = (imm8 & 0x40) !== 0;
  const rest = imm8 & 0x3f;
  return double
    ? immOf(sign | (isSmall ? 0x3fc0_0000 : 0x4000_0000) | (rest << 16), 0)
    : immOf(0, sign | (isSmall ? 0x3e00_0000 : 0x4000_0000) | (rest << 19));
}

export const FLOAT_MOVE = [
  floatInsn('FMOV (register)', '0 0 0 11110 0 ptype:1 1 000000 10000 Rn Rd', (ir, { ptype, Rn, Rd }) =>
    ir[ptype ? 'vlow_d' : 'vlow_s'](Q[Rd], Q[Rn]),
  ),
  floatInsn('FMOV (scalar, immediate)', '0 0 0 11110 0 ptype:1 1 imm8:8 100 00000 Rd', (ir, { ptype, imm8, Rd }) => {
    ir.movi(ir.T(0), expandImmediate(imm8, ptype));
    ir.vfrom(Q[Rd], ir.T(0));
  }),
  floatInsn('FMOV (general, S to W)', '0 0 0 11110 00 1 00 110 000000 Rn Rd', (ir, { Rn, Rd }) =>
    ir.fmov_w_s(ir.Xd(Rd), Q[Rn]),
  ),
  floatInsn('FMOV (general, W to S)', '0 0 0 11110 00 1 00 111 000000 Rn Rd', (ir, { Rn, Rd }) => {
    ir.mov32(ir.T(0), ir.X(Rn));
    ir.vfrom(Q[Rd], ir.T(0));
  }),
  floatInsn('FMOV (general, D to X)', '1 0 0 11110 01 1 00 110 000000 Rn Rd', (ir, { Rn, Rd }) =>
    ir.fmov_x_d(ir.Xd(Rd), Q[Rn]),
  ),
  floatInsn('FMOV (general, X to D)', '1 0 0 11110 01 1 00 111 000000 Rn Rd', (ir, { Rn, Rd }) =>
    ir.vfrom(Q[Rd], ir.X(Rn)),
  ),
  floatInsn('FMOV (general, V.D[1] to X)', '1 0 0 11110 10 1 01 110 000000 Rn Rd', (ir, { Rn, Rd }) =>
    ir.vextract(ir.Xd(Rd), Q[Rn], 8),
  ),
  floatInsn('FMOV (general, X to V.D[1])', '1 0 0 11110 10 1 01 111 000000 Rn Rd', (ir, { Rn, Rd }) =>
    ir.vinsert_d(Q[Rd], Q[Rd], ir.X(Rn), 1),
  ),
];
