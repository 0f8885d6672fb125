/** Instructions that generate exceptions: DDI 0487, "Exception generation", and UDF. */

import { insn } from './insn.ts';

/** Name, opc and LL; the handler of that name decides what happens. */
const GENERATORS = [
  { name: 'SVC', opc: '000', LL: '01' },
  { name: 'HVC', opc: '000', LL: '10' },
  { name: 'SMC', opc: '000', LL: '11' },
  { name: 'BRK', opc: '001', LL: '00' },
  { name: 'HLT', opc: '010', LL: '00' },
] as const;

/** DCPS1 to DCPS3 by LL: UNDEFINED outside Debug state. */
const DEBUG_SWITCHES = [
  { name: 'DCPS1', LL: '01' },
  { name: 'DCPS2', LL: '10' },
  { name: 'DCPS3', LL: '11' },
] as const;

export const EXCEPTIONS = [
  insn('UDF', '0000000000000000 imm16', (ir) => ir.undefined()),
  ...GENERATORS.map(({ name, opc, LL }) =>
    insn(name, `11010100 ${opc} imm16 000 ${LL}`, (ir) => {
      ir.call(name);
      ir.ended = true;
    }),
  ),
  ...DEBUG_SWITCHES.map(({ name, LL }) =>
    insn(name, `11010100 101 imm16 000 ${LL}`, (ir) => {
      ir.call('DCPS');
      ir.ended = true;
    }),
  ),
];
