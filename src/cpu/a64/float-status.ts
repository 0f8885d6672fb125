/** FPCR and FPSR, which nothing but the access check traps: DDI 0487, "FPCR", "FPSR". */

import { imm } from '../ir/builder.ts';
import { R } from '../slots.ts';
import { floatInsn } from './float-ir.ts';

/** Fields that exist; the others are RES0. FPCR: AHP, DN, FZ, RMode. FPSR: NZCV of AArch32, QC, the cumulative flags. */
const STATUS = [
  { name: 'FPCR', op2: '000', fields: 0x07c0_0000 },
  { name: 'FPSR', op2: '001', fields: 0xf800_009f },
] as const;

export const FLOAT_STATUS = STATUS.flatMap(({ name, op2, fields }) => [
  floatInsn(`MRS (${name})`, `1101010100 1 11 011 0100 0100 ${op2} Rt`, (ir, { Rt }) => ir.mov64(ir.Xd(Rt), R[name])),
  floatInsn(`MSR (${name})`, `1101010100 0 11 011 0100 0100 ${op2} Rt`, (ir, { Rt }) =>
    ir.and64(R[name], ir.X(Rt), imm(fields)),
  ),
]);
