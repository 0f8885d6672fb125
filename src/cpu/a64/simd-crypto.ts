/** AES, SHA-1 and SHA-256: DDI 0487, "Cryptographic AES", "Cryptographic three-register SHA" and "two-register SHA". */

import { Q } from '../slots.ts';
import { simd } from './insn.ts';

const AES = [
  { name: 'AESE', opcode: '00100', op: 'vaese' },
  { name: 'AESD', opcode: '00101', op: 'vaesd' },
] as const;
const AES_MIX = [
  { name: 'AESMC', opcode: '00110', op: 'vaesmc' },
  { name: 'AESIMC', opcode: '00111', op: 'vaesimc' },
] as const;

/** Name, opcode, IR op on Vd, Vn and Vm, feature. */
const SHA3 = [
  { name: 'SHA1C', opcode: '000', op: 'vsha1c', feature: 'FEAT_SHA1' },
  { name: 'SHA1P', opcode: '001', op: 'vsha1p', feature: 'FEAT_SHA1' },
  { name: 'SHA1M', opcode: '010', op: 'vsha1m', feature: 'FEAT_SHA1' },
  { name: 'SHA1SU0', opcode: '011', op: 'vsha1su0', feature: 'FEAT_SHA1' },
  { name: 'SHA256H', opcode: '100', op: 'vsha256h', feature: 'FEAT_SHA256' },
  { name: 'SHA256H2', opcode: '101', op: 'vsha256h2', feature: 'FEAT_SHA256' },
  { name: 'SHA256SU1', opcode: '110', op: 'vsha256su1', feature: 'FEAT_SHA256' },
] as const;

export const SIMD_CRYPTO = [
  ...AES.map(({ name, opcode, op }) =>
    simd(name, `01001110 00 10100 ${opcode} 10 Rn Rd`, (ir, { Rn, Rd }) => ir[op](Q[Rd], Q[Rd], Q[Rn]), 'FEAT_AES'),
  ),
  ...AES_MIX.map(({ name, opcode, op }) =>
    simd(name, `01001110 00 10100 ${opcode} 10 Rn Rd`, (ir, { Rn, Rd }) => ir[op](Q[Rd], Q[Rn]), 'FEAT_AES'),
  ),
  ...SHA3.map(({ name, opcode, op, feature }) =>
    simd(
      name,
      `01011110 00 0 Rm 0 ${opcode} 00 Rn Rd`,
      (ir, { Rm, Rn, Rd }) => ir[op](Q[Rd], Q[Rd], Q[Rn], Q[Rm]),
      feature,
    ),
  ),
  simd('SHA1H', '01011110 00 10100 00000 10 Rn Rd', (ir, { Rn, Rd }) => ir.vsha1h(Q[Rd], Q[Rn]), 'FEAT_SHA1'),
  simd(
    'SHA1SU1',
    '01011110 00 10100 00001 10 Rn Rd',
    (ir, { Rn, Rd }) => ir.vsha1su1(Q[Rd], Q[Rd], Q[Rn]),
    'FEAT_SHA1',
  ),
  simd(
    'SHA256SU0',
    '01011110 00 10100 00010 10 Rn Rd',
    (ir, { Rn, Rd }) => ir.vsha256su0(Q[Rd], Q[Rd], Q[Rn]),
    'FEAT_SHA256',
  ),
];
