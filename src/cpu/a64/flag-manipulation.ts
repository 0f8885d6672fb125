/** Flag manipulation of Armv8.4: DDI 0487, FEAT_FlagM. */

import { imm } from '../ir/builder.ts';
import { insn } from './insn.ts';

const FEATURE = 'FEAT_FlagM';
/** C, and bit 0 of a flag field, in the layout of `get_nzcv`. */
const CARRY = 2 ** 29;
const FLAGS_LSB = 28;

export const FLAG_MANIPULATION = [
  insn(
    'CFINV',
    '1101010100 0 00 000 0100 0000 000 11111',
    (ir) => {
      ir.get_nzcv(ir.T(0));
      ir.xor64(ir.T(0), ir.T(0), imm(CARRY));
      ir.set_nzcv(ir.T(0));
    },
    FEATURE,
  ),
  insn(
    'RMIF',
    '1 0 1 11010000 imm6 00001 Rn 0 mask:4',
    (ir, { imm6, Rn, mask }) => {
      const [rotated, flags] = [ir.T(0), ir.T(1)];
      const bits = imm(mask * 2 ** FLAGS_LSB);
      ir.ror64(rotated, ir.X(Rn), imm(imm6));
      ir.shl64(rotated, rotated, imm(FLAGS_LSB));
      ir.and64(rotated, rotated, bits);
      ir.get_nzcv(flags);
      ir.bic64(flags, flags, bits);
      ir.or64(flags, flags, rotated);
      ir.set_nzcv(flags);
    },
    FEATURE,
  ),
  insn('SETF8', '0 0 1 11010000 000000 0 0010 Rn 0 1101', (ir, { Rn }) => ir.setf8(ir.X(Rn)), FEATURE),
  insn('SETF16', '0 0 1 11010000 000000 1 0010 Rn 0 1101', (ir, { Rn }) => ir.setf16(ir.X(Rn)), FEATURE),
];
