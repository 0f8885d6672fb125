/** Bitfield and extract: DDI 0487, "Data Processing -- Immediate". */

import { imm } from '../ir/builder.ts';
import type { Slot } from '../slots.ts';
import { complement, ones } from './bitmask.ts';
import { insn } from './insn.ts';
import type { A64Ir } from './ir.ts';

/** The fields of a bitfield move. */
interface Move {
  readonly sf: number;
  readonly N: number;
  readonly immr: number;
  readonly imms: number;
}

/** N must equal sf, and the 32-bit variant has five bits of immr and imms. */
const reserved = ({ sf, N, immr, imms }: Move): boolean => N !== sf || (sf === 0 && ((immr | imms) & 0x20) !== 0);

const SHIFT_LEFT = ['shl32', 'shl64'] as const;

/**
 * The field of `source` at its place in the result, extended above and zeros below: it goes up to the top bit, then
 * down, where the sign or zeros enter. Both directions of the move (`imms` below or above `immr`) are the same shifts.
 */
function moveField(ir: A64Ir, d: Slot, source: Slot, right: 'sar32' | 'sar64' | 'shr32' | 'shr64', move: Move): void {
  const { sf, immr, imms } = move;
  const size = sf ? 64 : 32;
  const up = size - 1 - imms;
  const down = (up + immr) % size;
  const t = down === 0 ? d : ir.T(0);
  if (up > 0) ir[SHIFT_LEFT[sf]](t, source, imm(up));
  if (down > 0 || up === 0) ir[right](d, up > 0 ? t : source, imm(down));
}

/** SXTB, SXTH, SXTW to 64 bits by `imms`: the moves with an op of their own. */
const EXTENSIONS: Readonly<Record<number, 'sext8' | 'sext16' | 'sext32'>> = { 7: 'sext8', 15: 'sext16', 31: 'sext32' };

export const DATA_BITFIELD = [
  insn('SBFM', 'sf 00 100110 N immr imms Rn Rd', (ir, { sf, N, immr, imms, Rn, Rd }) => {
    const move = { sf, N, immr, imms };
    if (reserved(move)) return ir.undefined();
    const extension = sf && immr === 0 ? EXTENSIONS[imms] : undefined;
    if (extension !== undefined) ir[extension](ir.Xd(Rd), ir.X(Rn));
    else moveField(ir, ir.Xd(Rd), ir.X(Rn), sf ? 'sar64' : 'sar32', move);
  }),
  insn('BFM', 'sf 01 100110 N immr imms Rn Rd', (ir, { sf, N, immr, imms, Rn, Rd }) => {
    const move = { sf, N, immr, imms };
    if (reserved(move)) return ir.undefined();
    const size = sf ? 64 : 32;
    const inserted = imms >= immr ? ones(imms - immr + 1) : ones(imms + 1, size - immr);
    moveField(ir, ir.T(1), ir.X(Rn), sf ? 'shr64' : 'shr32', move);
    ir[sf ? 'and64' : 'and32'](ir.T(2), ir.X(Rd), complement(inserted));
    ir.or64(ir.Xd(Rd), ir.T(1), ir.T(2));
  }),
  insn('UBFM', 'sf 10 100110 N immr imms Rn Rd', (ir, { sf, N, immr, imms, Rn, Rd }) => {
    const move = { sf, N, immr, imms };
    if (reserved(move)) return ir.undefined();
    if (immr === 0) ir.and64(ir.Xd(Rd), ir.X(Rn), ones(imms + 1));
    else moveField(ir, ir.Xd(Rd), ir.X(Rn), sf ? 'shr64' : 'shr32', move);
  }),
  insn('EXTR', 'sf 00 100111 N 0 Rm imms Rn Rd', (ir, { sf, N, Rm, imms, Rn, Rd }) => {
    if (reserved({ sf, N, immr: 0, imms })) return ir.undefined();
    if (imms === 0) ir[sf ? 'mov64' : 'mov32'](ir.Xd(Rd), ir.X(Rm));
    else ir[sf ? 'extr64' : 'extr32'](ir.Xd(Rd), ir.X(Rn), ir.X(Rm), imms);
  }),
];
