/** The registers of self-hosted debug (op0 = 2), in the order of their encodings. */

import { RO, RW, sysreg as r, type Sysreg, WO } from './row.ts';

/** Breakpoints and watchpoints of every CPU model, as ID_AA64DFR0_EL1.{BRPs, WRPs} tell. */
export const BREAKPOINTS = 6;
export const WATCHPOINTS = 4;
const WORD = 0xffff_ffffn;
/** DBGBCR<n>_EL1.BAS, RES1 where no Exception level uses AArch32. */
const BCR_BAS = 0x1e0n;

/** Breakpoint and watchpoint `n`, whose registers have CRm = n. */
function comparators(n: number): Sysreg[] {
  const at = `S2_0_C0_C${n}`;
  const breakpoint = [
    r(`${at}_4`, `DBGBVR${n}_EL1`, RW(1), { traps: ['TDA'], effect: 'debug' }),
    r(`${at}_5`, `DBGBCR${n}_EL1`, RW(1), {
      stored: 0xff_e007n,
      res1: BCR_BAS,
      extensions: { FEAT_AA32EL1: BCR_BAS },
      traps: ['TDA'],
      effect: 'debug',
    }),
  ];
  if (n >= WATCHPOINTS) return breakpoint;
  return [
    ...breakpoint,
    r(`${at}_6`, `DBGWVR${n}_EL1`, RW(1), {
      stored: 0xffff_ffff_ffff_fffcn,
      traps: ['TDA'],
      effect: 'debug',
    }),
    r(`${at}_7`, `DBGWCR${n}_EL1`, RW(1), { stored: 0x1f1f_ffffn, traps: ['TDA'], effect: 'debug' }),
  ];
}

export const DEBUG_REGISTERS: readonly Sysreg[] = [
  r('S2_0_C0_C0_2', 'OSDTRRX_EL1', RW(1), { stored: WORD, traps: ['TDA'] }),
  ...comparators(0),
  ...comparators(1),
  r('S2_0_C0_C2_0', 'MDCCINT_EL1', RW(1), { stored: 0x6000_0000n, traps: ['TDA'] }),
  r('S2_0_C0_C2_2', 'MDSCR_EL1', RW(1), { view: 'MDSCR', stored: 0x6ce0_f041n, traps: ['TDA'], effect: 'debug' }),
  ...comparators(2),
  r('S2_0_C0_C3_2', 'OSDTRTX_EL1', RW(1), { stored: WORD, traps: ['TDA'] }),
  ...comparators(3),
  ...comparators(4),
  ...comparators(5),
  r('S2_0_C0_C6_2', 'OSECCR_EL1', RW(1), { view: 'OSECCR', stored: 0xf0n, traps: ['TDA'] }),
  r('S2_0_C1_C0_0', 'MDRAR_EL1', RO(1), { view: 'ID', traps: ['TDRA'] }),
  r('S2_0_C1_C0_4', 'OSLAR_EL1', WO(1), { stored: 1n, reset: 1n, traps: ['TDOSA'], effect: 'debug' }),
  r('S2_0_C1_C1_4', 'OSLSR_EL1', RO(1), { view: 'OS_LOCK_STATUS', traps: ['TDOSA'] }),
  r('S2_0_C1_C3_4', 'OSDLR_EL1', RW(1), { stored: 1n, traps: ['TDOSA'], effect: 'debug' }),
  r('S2_0_C1_C4_4', 'DBGPRCR_EL1', RW(1), { stored: 1n, traps: ['TDOSA'], effect: 'debug' }),
  r('S2_0_C7_C8_6', 'DBGCLAIMSET_EL1', RW(1), { view: 'CLAIM_SET', stored: 0xffn, traps: ['TDA'] }),
  r('S2_0_C7_C9_6', 'DBGCLAIMCLR_EL1', RW(1), { view: 'CLAIM_CLEAR', stored: 0xffn, traps: ['TDA'] }),
  r('S2_0_C7_C14_6', 'DBGAUTHSTATUS_EL1', RO(1), { view: 'ID', traps: ['TDA'] }),
  r('S2_3_C0_C1_0', 'MDCCSR_EL0', RO(0), { view: 'MDCCSR', traps: ['TDCC', 'TDA'] }),
  r('S2_3_C0_C4_0', 'DBGDTR_EL0', RW(0), { view: 'DBGDTR', traps: ['TDCC', 'TDA'] }),
  // DBGDTRTX_EL0 when it is written.
  r('S2_3_C0_C5_0', 'DBGDTRRX_EL0', RW(0), { view: 'DBGDTRRX', stored: WORD, traps: ['TDCC', 'TDA'] }),
  r('S2_4_C0_C7_0', 'DBGVCR32_EL2', RW(2), { stored: 0xden, feature: 'FEAT_AA32EL1' }),
];
