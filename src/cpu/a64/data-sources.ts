/** Data processing of one, two and three sources: DDI 0487, "Data Processing -- Register". */

import { insn } from './insn.ts';

/** Name, opcode, IR ops for `sf` 0 and 1. */
const ONE_SOURCE = [
  { name: 'RBIT', opcode: '000000', op: ['rbit32', 'rbit64'] },
  { name: 'REV16', opcode: '000001', op: ['rev16_32', 'rev16_64'] },
  { name: 'CLZ', opcode: '000100', op: ['clz32', 'clz64'] },
  { name: 'CLS', opcode: '000101', op: ['cls32', 'cls64'] },
] as const;

/** Reversals whose name or opcode depends on the width. */
const REVERSALS = [
  { name: 'REV (32-bit)', sf: '0', opcode: '000010', op: 'rev32_32' },
  { name: 'REV32', sf: '1', opcode: '000010', op: 'rev32_64' },
  { name: 'REV (64-bit)', sf: '1', opcode: '000011', op: 'rev64' },
] as const;

const oneSource = [
  ...ONE_SOURCE.map(({ name, opcode, op }) =>
    insn(name, `sf 1 0 11010110 00000 ${opcode} Rn Rd`, (ir, { sf, Rn, Rd }) => ir[op[sf]](ir.Xd(Rd), ir.X(Rn))),
  ),
  ...REVERSALS.map(({ name, sf, opcode, op }) =>
    insn(name, `${sf} 1 0 11010110 00000 ${opcode} Rn Rd`, (ir, { Rn, Rd }) => ir[op](ir.Xd(Rd), ir.X(Rn))),
  ),
];

const TWO_SOURCES = [
  { name: 'UDIV', opcode: '000010', op: ['udiv32', 'udiv64'] },
  { name: 'SDIV', opcode: '000011', op: ['sdiv32', 'sdiv64'] },
  { name: 'LSLV', opcode: '001000', op: ['shl32', 'shl64'] },
  { name: 'LSRV', opcode: '001001', op: ['shr32', 'shr64'] },
  { name: 'ASRV', opcode: '001010', op: ['sar32', 'sar64'] },
  { name: 'RORV', opcode: '001011', op: ['ror32', 'ror64'] },
] as const;

/** Name, sf, C and sz, IR op. */
const CHECKSUMS = [
  { name: 'CRC32B', sf: '0', Csz: '0 00', op: 'crc32b' },
  { name: 'CRC32H', sf: '0', Csz: '0 01', op: 'crc32h' },
  { name: 'CRC32W', sf: '0', Csz: '0 10', op: 'crc32w' },
  { name: 'CRC32X', sf: '1', Csz: '0 11', op: 'crc32x' },
  { name: 'CRC32CB', sf: '0', Csz: '1 00', op: 'crc32cb' },
  { name: 'CRC32CH', sf: '0', Csz: '1 01', op: 'crc32ch' },
  { name: 'CRC32CW', sf: '0', Csz: '1 10', op: 'crc32cw' },
  { name: 'CRC32CX', sf: '1', Csz: '1 11', op: 'crc32cx' },
] as const;

const twoSources = [
  ...TWO_SOURCES.map(({ name, opcode, op }) =>
    insn(name, `sf 0 0 11010110 Rm ${opcode} Rn Rd`, (ir, { sf, Rm, Rn, Rd }) => {
      ir[op[sf]](ir.Xd(Rd), ir.X(Rn), ir.X(Rm));
    }),
  ),
  ...CHECKSUMS.map(({ name, sf, Csz, op }) =>
    insn(
      name,
      `${sf} 0 0 11010110 Rm 010 ${Csz} Rn Rd`,
      (ir, { Rm, Rn, Rd }) => ir[op](ir.Xd(Rd), ir.X(Rn), ir.X(Rm)),
      'FEAT_CRC32',
    ),
  ),
];

const MULTIPLY_ADD = [
  { name: 'MADD', o0: '0', op: ['madd32', 'madd64'] },
  { name: 'MSUB', o0: '1', op: ['msub32', 'msub64'] },
] as const;

/** Name, U (op31), o0, the extension of the 32-bit factors, IR op. */
const LONG_MULTIPLY_ADD = [
  { name: 'SMADDL', U: '0', o0: '0', extend: 'sext32', op: 'madd64' },
  { name: 'SMSUBL', U: '0', o0: '1', extend: 'sext32', op: 'msub64' },
  { name: 'UMADDL', U: '1', o0: '0', extend: 'mov32', op: 'madd64' },
  { name: 'UMSUBL', U: '1', o0: '1', extend: 'mov32', op: 'msub64' },
] as const;

const MULTIPLY_HIGH = [
  { name: 'SMULH', U: '0', op: 'smulh' },
  { name: 'UMULH', U: '1', op: 'umulh' },
] as const;

const threeSources = [
  ...MULTIPLY_ADD.map(({ name, o0, op }) =>
    insn(name, `sf 00 11011 000 Rm ${o0} Ra Rn Rd`, (ir, { sf, Rm, Ra, Rn, Rd }) => {
      ir[op[sf]](ir.Xd(Rd), ir.X(Rn), ir.X(Rm), ir.X(Ra));
    }),
  ),
  ...LONG_MULTIPLY_ADD.map(({ name, U, o0, extend, op }) =>
    insn(name, `1 00 11011 ${U} 01 Rm ${o0} Ra Rn Rd`, (ir, { Rm, Ra, Rn, Rd }) => {
      ir[extend](ir.T(0), ir.X(Rn));
      ir[extend](ir.T(1), ir.X(Rm));
      ir[op](ir.Xd(Rd), ir.T(0), ir.T(1), ir.X(Ra));
    }),
  ),
  // Ra should be 31; as QEMU does, other values act the same.
  ...MULTIPLY_HIGH.map(({ name, U, op }) =>
    insn(name, `1 00 11011 ${U} 10 Rm 0 Ra Rn Rd`, (ir, { Rm, Rn, Rd }) => ir[op](ir.Xd(Rd), ir.X(Rn), ir.X(Rm))),
  ),
];

export const DATA_SOURCES = [...oneSource, ...twoSources, ...threeSources];
