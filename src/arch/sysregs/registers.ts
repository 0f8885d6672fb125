/** The system registers that are implemented, in the order of their encodings. */

import { DEBUG_REGISTERS } from './debug-registers.ts';
import { ICC_PRIORITY_MASK, ICC_REGISTERS, ICH_REGISTERS } from './gic-registers.ts';
import { aliases } from './host-names.ts';
import {
  type Access,
  type Details,
  HIGHEST,
  RO,
  RW,
  sysreg as r,
  type Sysreg,
  type TrapName,
  type ViewName,
  WO,
} from './row.ts';

/** Event counters of every CPU model, as PMCR_EL0.N tells. */
export const EVENT_COUNTERS = 6;
const WORD = 0xffff_ffffn;
const DOUBLEWORD = 0xffff_ffff_ffff_ffffn;
/** SCTLR_ELx.DSSBS, SCTLR_EL1.SPAN; HA and HD of TCR_EL2 and VTCR_EL2. */
const DSSBS = 1n << 44n;
const SPAN = 1n << 23n;
const HA_HD = 0x60_0000n;
/** TTBRn_ELx.ASID. */
const ASID = 0xffff_0000_0000_0000n;
/** Bits of SCTLR_EL2 and CPTR_EL2 whose meaning depends on HCR_EL2.E2H; TCR_EL2, then in the layout of TCR_EL1. */
const SCTLR_E2H = 0x0595_c1b0n;
const CPTR_E2H = 0x0030_33ffn;
const TCR_E2H = 0x1f7_ffff_ffbfn;
/** Registers of the EL1&0 regime that a hypervisor may watch (HCR_EL2.TVM, TRVM). */
const VM = ['TVM', 'TRVM'] as const;
const id = (encoding: string, name: string): Sysreg => r(encoding, name, RO(1), { view: 'ID', traps: ['TID3'] });
/** A register of the Performance Monitors; EL0 needs one of the bits of PMUSERENR_EL0 that `traps` name. */
const pmu = (encoding: string, name: string, access: Access, details: Details): Sysreg =>
  r(encoding, name, access, {
    ...details,
    traps: [...(details.traps ?? []), 'TPM'],
    effect: 'pmu',
    feature: 'FEAT_PMUv3',
  });
/** The event counters, and the cycle counter as bit 31. */
const COUNTERS = 0x8000_003fn;
/** PMEVTYPER<n>_EL0 and PMCCFILTR_EL0: P, U and NSH; the events have 10 bits. */
const FILTER = 0xc800_0000n;
const EVENT = 0x3ffn;
const each = (count: number, row: (n: number) => Sysreg): Sysreg[] => Array.from({ length: count }, (_, n) => row(n));
/** A register of AArch32 state at EL1 and EL0, which EL2 may access. */
const a32 = (encoding: string, name: string, stored: bigint): Sysreg =>
  r(encoding, name, RW(2), { stored, feature: 'FEAT_AA32EL1' });
/** An AArch32 SPSR: RES0 where EL1 is AArch64 only. */
const bankedSpsr = (encoding: string, name: string): Sysreg =>
  r(encoding, name, RW(2), { stored: 0n, extensions: { FEAT_AA32EL1: WORD } });
/** A register of a generic timer: its writes move the timer's interrupt line and deadline. */
const timer = (
  encoding: string,
  name: string,
  access: Access,
  view: ViewName,
  stored: bigint,
  traps: readonly TrapName[] = [],
): Sysreg => r(encoding, name, access, { view, stored, traps, effect: 'timer' });

/** All but the names that alias others. */
const NAMED: readonly Sysreg[] = [
  ...DEBUG_REGISTERS,

  r('S3_0_C0_C0_0', 'MIDR_EL1', RO(1), { view: 'MIDR' }),
  r('S3_0_C0_C0_5', 'MPIDR_EL1', RO(1), { view: 'MPIDR' }),
  r('S3_0_C0_C0_6', 'REVIDR_EL1', RO(1), { view: 'ID', traps: ['TID1'] }),
  id('S3_0_C0_C1_0', 'ID_PFR0_EL1'),
  id('S3_0_C0_C1_1', 'ID_PFR1_EL1'),
  id('S3_0_C0_C1_2', 'ID_DFR0_EL1'),
  id('S3_0_C0_C1_3', 'ID_AFR0_EL1'),
  id('S3_0_C0_C1_4', 'ID_MMFR0_EL1'),
  id('S3_0_C0_C1_5', 'ID_MMFR1_EL1'),
  id('S3_0_C0_C1_6', 'ID_MMFR2_EL1'),
  id('S3_0_C0_C1_7', 'ID_MMFR3_EL1'),
  id('S3_0_C0_C2_0', 'ID_ISAR0_EL1'),
  id('S3_0_C0_C2_1', 'ID_ISAR1_EL1'),
  id('S3_0_C0_C2_2', 'ID_ISAR2_EL1'),
  id('S3_0_C0_C2_3', 'ID_ISAR3_EL1'),
  id('S3_0_C0_C2_4', 'ID_ISAR4_EL1'),
  id('S3_0_C0_C2_5', 'ID_ISAR5_EL1'),
  id('S3_0_C0_C2_6', 'ID_MMFR4_EL1'),
  id('S3_0_C0_C3_0', 'MVFR0_EL1'),
  id('S3_0_C0_C3_1', 'MVFR1_EL1'),
  id('S3_0_C0_C3_2', 'MVFR2_EL1'),
  id('S3_0_C0_C4_0', 'ID_AA64PFR0_EL1'),
  id('S3_0_C0_C4_1', 'ID_AA64PFR1_EL1'),
  id('S3_0_C0_C5_0', 'ID_AA64DFR0_EL1'),
  id('S3_0_C0_C5_1', 'ID_AA64DFR1_EL1'),
  id('S3_0_C0_C5_4', 'ID_AA64AFR0_EL1'),
  id('S3_0_C0_C5_5', 'ID_AA64AFR1_EL1'),
  id('S3_0_C0_C6_0', 'ID_AA64ISAR0_EL1'),
  id('S3_0_C0_C6_1', 'ID_AA64ISAR1_EL1'),
  id('S3_0_C0_C7_0', 'ID_AA64MMFR0_EL1'),
  id('S3_0_C0_C7_1', 'ID_AA64MMFR1_EL1'),
  id('S3_0_C0_C7_2', 'ID_AA64MMFR2_EL1'),

  r('S3_0_C1_C0_0', 'SCTLR_EL1', RW(1), {
    stored: 0x070d_d21fn,
    res1: 0x30d0_0980n,
    extensions: { FEAT_PAN: SPAN, FEAT_SSBS: DSSBS },
    reset: 0x0005_0018n,
    traps: VM,
    effect: 'lowerContext',
  }),
  r('S3_0_C1_C0_1', 'ACTLR_EL1', RW(1), { stored: 0n, traps: ['TACR'] }),
  r('S3_0_C1_C0_2', 'CPACR_EL1', RW(1), { stored: 0x0030_0000n, traps: ['TCPAC'], effect: 'lowerContext' }),
  r('S3_0_C2_C0_0', 'TTBR0_EL1', RW(1), { stored: 0xffff_ffff_ffff_fffen, traps: VM, effect: 'lowerContext' }),
  r('S3_0_C2_C0_1', 'TTBR1_EL1', RW(1), { stored: 0xffff_ffff_ffff_fffen, traps: VM, effect: 'lowerContext' }),
  r('S3_0_C2_C0_2', 'TCR_EL1', RW(1), {
    stored: 0x77_ffff_ffbfn,
    extensions: { FEAT_HAFDBS: 0x180_0000_0000n },
    traps: VM,
    effect: 'lowerContext',
  }),
  r('S3_0_C4_C0_0', 'SPSR_EL1', RW(1), { stored: WORD }),
  r('S3_0_C4_C0_1', 'ELR_EL1', RW(1)),
  r('S3_0_C4_C1_0', 'SP_EL0', RW(1), { view: 'SP_EL0' }),
  r('S3_0_C4_C2_0', 'SPSel', RW(1), { stored: 1n, view: 'SPSEL', effect: 'context' }),
  r('S3_0_C4_C2_2', 'CurrentEL', RO(1), { view: 'CURRENT_EL' }),
  r('S3_0_C4_C2_3', 'PAN', RW(1), { stored: 1n << 22n, view: 'PAN', feature: 'FEAT_PAN', effect: 'level' }),
  r('S3_0_C4_C2_4', 'UAO', RW(1), { stored: 1n << 23n, view: 'UAO', feature: 'FEAT_UAO', effect: 'level' }),
  ICC_PRIORITY_MASK,
  r('S3_0_C5_C1_0', 'AFSR0_EL1', RW(1), { stored: 0n, traps: VM }),
  r('S3_0_C5_C1_1', 'AFSR1_EL1', RW(1), { stored: 0n, traps: VM }),
  r('S3_0_C5_C2_0', 'ESR_EL1', RW(1), { stored: WORD, traps: VM }),
  r('S3_0_C6_C0_0', 'FAR_EL1', RW(1), { traps: VM }),
  r('S3_0_C7_C4_0', 'PAR_EL1', RW(1)),
  pmu('S3_0_C9_C14_1', 'PMINTENSET_EL1', RW(1), { view: 'PMINTENSET', stored: COUNTERS }),
  pmu('S3_0_C9_C14_2', 'PMINTENCLR_EL1', RW(1), { view: 'PMINTENCLR', stored: COUNTERS }),
  r('S3_0_C10_C2_0', 'MAIR_EL1', RW(1), { traps: VM, effect: 'lowerContext' }),
  r('S3_0_C10_C3_0', 'AMAIR_EL1', RW(1), { stored: 0n, traps: VM }),
  r('S3_0_C12_C0_0', 'VBAR_EL1', RW(1), { stored: 0xffff_ffff_ffff_f800n }),
  r('S3_0_C12_C0_1', 'RVBAR_EL1', RO(1), { view: 'ID', absentWithEl2: true }),
  r('S3_0_C12_C1_0', 'ISR_EL1', RO(1), { view: 'ISR' }),
  ...ICC_REGISTERS,
  r('S3_0_C13_C0_1', 'CONTEXTIDR_EL1', RW(1), { stored: WORD, traps: VM }),
  r('S3_0_C13_C0_4', 'TPIDR_EL1', RW(1)),
  r('S3_0_C14_C1_0', 'CNTKCTL_EL1', RW(1), { stored: 0x3ffn }),

  r('S3_1_C0_C0_0', 'CCSIDR_EL1', RO(1), { view: 'CCSIDR', traps: ['TID2'] }),
  r('S3_1_C0_C0_1', 'CLIDR_EL1', RO(1), { view: 'ID', traps: ['TID2'] }),
  r('S3_1_C0_C0_7', 'AIDR_EL1', RO(1), { view: 'ID', traps: ['TID1'] }),
  r('S3_2_C0_C0_0', 'CSSELR_EL1', RW(1), { stored: 0xfn, traps: ['TID2'] }),

  r('S3_3_C0_C0_1', 'CTR_EL0', RO(0), { view: 'ID', traps: ['UCT', 'TID2'] }),
  r('S3_3_C0_C0_7', 'DCZID_EL0', RO(0), { view: 'DCZID' }),
  r('S3_3_C4_C2_0', 'NZCV', RW(0), { stored: 0xf000_0000n, view: 'NZCV' }),
  r('S3_3_C4_C2_1', 'DAIF', RW(0), { stored: 0x3c0n, view: 'DAIF', traps: ['UMA'], effect: 'masking' }),
  r('S3_3_C4_C2_6', 'SSBS', RW(0), { stored: 1n << 12n, view: 'SSBS', feature: 'FEAT_SSBS' }),
  pmu('S3_3_C9_C12_0', 'PMCR_EL0', RW(0), { view: 'PMCR', stored: 0x3fn, traps: ['EN', 'TPMCR'] }),
  pmu('S3_3_C9_C12_1', 'PMCNTENSET_EL0', RW(0), { view: 'PMCNTENSET', stored: COUNTERS, traps: ['EN'] }),
  pmu('S3_3_C9_C12_2', 'PMCNTENCLR_EL0', RW(0), { view: 'PMCNTENCLR', stored: COUNTERS, traps: ['EN'] }),
  pmu('S3_3_C9_C12_3', 'PMOVSCLR_EL0', RW(0), { view: 'PMOVSCLR', stored: COUNTERS, traps: ['EN'] }),
  pmu('S3_3_C9_C12_4', 'PMSWINC_EL0', WO(0), { view: 'PMSWINC', stored: COUNTERS & 0x7fff_ffffn, traps: ['EN or SW'] }),
  pmu('S3_3_C9_C12_5', 'PMSELR_EL0', RW(0), { stored: 0x1fn, traps: ['EN or ER'] }),
  pmu('S3_3_C9_C12_6', 'PMCEID0_EL0', RO(0), { view: 'PMCEID0', traps: ['EN'] }),
  pmu('S3_3_C9_C12_7', 'PMCEID1_EL0', RO(0), { view: 'ID', traps: ['EN'] }),
  pmu('S3_3_C9_C13_0', 'PMCCNTR_EL0', RW(0), { view: 'PMCCNTR', traps: ['EN or CR to read'] }),
  pmu('S3_3_C9_C13_1', 'PMXEVTYPER_EL0', RW(0), { view: 'PMXEVTYPER', stored: FILTER | EVENT, traps: ['EN'] }),
  pmu('S3_3_C9_C13_2', 'PMXEVCNTR_EL0', RW(0), { view: 'PMXEVCNTR', stored: WORD, traps: ['EN or ER to read'] }),
  pmu('S3_3_C9_C14_0', 'PMUSERENR_EL0', { read: 0, write: 1 }, { stored: 0xfn }),
  pmu('S3_3_C9_C14_3', 'PMOVSSET_EL0', RW(0), { view: 'PMOVSSET', stored: COUNTERS, traps: ['EN'] }),
  r('S3_3_C13_C0_2', 'TPIDR_EL0', RW(0)),
  r('S3_3_C13_C0_3', 'TPIDRRO_EL0', { read: 0, write: 1 }),
  r(
    'S3_3_C14_C0_0',
    'CNTFRQ_EL0',
    { read: 0, write: HIGHEST },
    {
      stored: WORD,
      reset: 62_500_000n,
      traps: ['EL0PCTEN or EL0VCTEN'],
    },
  ),
  r('S3_3_C14_C0_1', 'CNTPCT_EL0', RO(0), { view: 'PHYSICAL_COUNT', traps: ['EL0PCTEN', 'EL1PCTEN'] }),
  r('S3_3_C14_C0_2', 'CNTVCT_EL0', RO(0), { view: 'VIRTUAL_COUNT', traps: ['EL0VCTEN'] }),
  timer('S3_3_C14_C2_0', 'CNTP_TVAL_EL0', RW(0), 'CNTP_TVAL', WORD, ['EL0PTEN', 'EL1PCEN']),
  timer('S3_3_C14_C2_1', 'CNTP_CTL_EL0', RW(0), 'CNTP_CTL', 3n, ['EL0PTEN', 'EL1PCEN']),
  timer('S3_3_C14_C2_2', 'CNTP_CVAL_EL0', RW(0), 'CNTP_CVAL', DOUBLEWORD, ['EL0PTEN', 'EL1PCEN']),
  timer('S3_3_C14_C3_0', 'CNTV_TVAL_EL0', RW(0), 'CNTV_TVAL', WORD, ['EL0VTEN']),
  timer('S3_3_C14_C3_1', 'CNTV_CTL_EL0', RW(0), 'CNTV_CTL', 3n, ['EL0VTEN']),
  timer('S3_3_C14_C3_2', 'CNTV_CVAL_EL0', RW(0), 'CNTV_CVAL', DOUBLEWORD, ['EL0VTEN']),
  ...each(EVENT_COUNTERS, (n) =>
    pmu(`S3_3_C14_C8_${n}`, `PMEVCNTR${n}_EL0`, RW(0), { view: 'PMEVCNTR', stored: WORD, traps: ['EN or ER to read'] }),
  ),
  ...each(EVENT_COUNTERS, (n) =>
    pmu(`S3_3_C14_C12_${n}`, `PMEVTYPER${n}_EL0`, RW(0), { view: 'PMEVTYPER', stored: FILTER | EVENT, traps: ['EN'] }),
  ),
  pmu('S3_3_C14_C15_7', 'PMCCFILTR_EL0', RW(0), { view: 'PMCCFILTR', stored: FILTER, traps: ['EN'] }),

  r('S3_4_C0_C0_0', 'VPIDR_EL2', RW(2), { stored: WORD }),
  r('S3_4_C0_C0_5', 'VMPIDR_EL2', RW(2), { stored: 0xff_41ff_ffffn, res1: 0x8000_0000n }),
  r('S3_4_C1_C0_0', 'SCTLR_EL2', RW(2), {
    stored: 0x0208_100fn,
    res1: 0x30c5_0830n,
    extensions: { FEAT_SSBS: DSSBS, FEAT_VHE: SCTLR_E2H },
    reset: 8n,
    effect: 'context',
  }),
  r('S3_4_C1_C0_1', 'ACTLR_EL2', RW(2), { stored: 0n }),
  r('S3_4_C1_C1_0', 'HCR_EL2', RW(2), {
    stored: 0x3_7fff_ffffn,
    res1: 0x8000_0000n,
    extensions: { FEAT_VHE: 1n << 34n },
    effect: 'context',
  }),
  r('S3_4_C1_C1_1', 'MDCR_EL2', RW(2), {
    view: 'MDCR',
    stored: 0xf00n,
    extensions: { FEAT_PMUv3: 0xffn },
    reset: BigInt(EVENT_COUNTERS),
    effect: 'debug',
  }),
  r('S3_4_C1_C1_2', 'CPTR_EL2', RW(2), {
    stored: 0x8000_0400n,
    res1: 0x33ffn,
    extensions: { FEAT_VHE: CPTR_E2H },
    effect: 'context',
  }),
  r('S3_4_C1_C1_3', 'HSTR_EL2', RW(2), { stored: 0xbfefn }),
  r('S3_4_C1_C1_7', 'HACR_EL2', RW(2), { stored: 0n }),
  r('S3_4_C2_C0_0', 'TTBR0_EL2', RW(2), {
    stored: 0xffff_ffff_fffen,
    extensions: { FEAT_VHE: ASID },
    effect: 'context',
  }),
  r('S3_4_C2_C0_1', 'TTBR1_EL2', RW(2), {
    stored: ASID | 0xffff_ffff_fffen,
    feature: 'FEAT_VHE',
    effect: 'context',
  }),
  r('S3_4_C2_C0_2', 'TCR_EL2', RW(2), {
    stored: 0x0017_ff3fn,
    res1: 0x8080_0000n,
    extensions: { FEAT_HAFDBS: HA_HD, FEAT_VHE: TCR_E2H },
    effect: 'context',
  }),
  r('S3_4_C2_C1_0', 'VTTBR_EL2', RW(2), {
    stored: 0xff_ffff_ffff_fffen,
    extensions: { FEAT_VMID16: 0xff00_0000_0000_0000n },
    effect: 'lowerContext',
  }),
  r('S3_4_C2_C1_2', 'VTCR_EL2', RW(2), {
    stored: 0x0007_ffffn,
    res1: 0x8000_0000n,
    extensions: { FEAT_VMID16: 1n << 19n, FEAT_HAFDBS: HA_HD },
    effect: 'lowerContext',
  }),
  a32('S3_4_C3_C0_0', 'DACR32_EL2', WORD),
  r('S3_4_C4_C0_0', 'SPSR_EL2', RW(2), { stored: WORD }),
  r('S3_4_C4_C0_1', 'ELR_EL2', RW(2)),
  r('S3_4_C4_C1_0', 'SP_EL1', RW(2), { view: 'SP_EL1' }),
  bankedSpsr('S3_4_C4_C3_0', 'SPSR_irq'),
  bankedSpsr('S3_4_C4_C3_1', 'SPSR_abt'),
  bankedSpsr('S3_4_C4_C3_2', 'SPSR_und'),
  bankedSpsr('S3_4_C4_C3_3', 'SPSR_fiq'),
  a32('S3_4_C5_C0_1', 'IFSR32_EL2', 0x1_163fn),
  r('S3_4_C5_C1_0', 'AFSR0_EL2', RW(2), { stored: 0n }),
  r('S3_4_C5_C1_1', 'AFSR1_EL2', RW(2), { stored: 0n }),
  r('S3_4_C5_C2_0', 'ESR_EL2', RW(2), { stored: WORD }),
  r('S3_4_C6_C0_0', 'FAR_EL2', RW(2)),
  r('S3_4_C6_C0_4', 'HPFAR_EL2', RW(2), { stored: 0xff_ffff_fff0n }),
  r('S3_4_C10_C2_0', 'MAIR_EL2', RW(2), { effect: 'context' }),
  r('S3_4_C10_C3_0', 'AMAIR_EL2', RW(2), { stored: 0n }),
  r('S3_4_C12_C0_0', 'VBAR_EL2', RW(2), { stored: 0xffff_ffff_ffff_f800n }),
  r('S3_4_C12_C0_1', 'RVBAR_EL2', RO(2), { view: 'ID' }),
  ...ICH_REGISTERS,
  r('S3_4_C13_C0_1', 'CONTEXTIDR_EL2', RW(2), { stored: WORD, feature: 'FEAT_VHE' }),
  r('S3_4_C13_C0_2', 'TPIDR_EL2', RW(2)),
  r('S3_4_C14_C0_3', 'CNTVOFF_EL2', RW(2), { effect: 'timer' }),
  r('S3_4_C14_C1_0', 'CNTHCTL_EL2', RW(2), { stored: 0xffn, extensions: { FEAT_VHE: 0xf00n }, reset: 3n }),
  timer('S3_4_C14_C2_0', 'CNTHP_TVAL_EL2', RW(2), 'CNTHP_TVAL', WORD),
  timer('S3_4_C14_C2_1', 'CNTHP_CTL_EL2', RW(2), 'CNTHP_CTL', 3n),
  timer('S3_4_C14_C2_2', 'CNTHP_CVAL_EL2', RW(2), 'CNTHP_CVAL', DOUBLEWORD),
  { ...timer('S3_4_C14_C3_0', 'CNTHV_TVAL_EL2', RW(2), 'CNTHV_TVAL', WORD), feature: 'FEAT_VHE' },
  { ...timer('S3_4_C14_C3_1', 'CNTHV_CTL_EL2', RW(2), 'CNTHV_CTL', 3n), feature: 'FEAT_VHE' },
  { ...timer('S3_4_C14_C3_2', 'CNTHV_CVAL_EL2', RW(2), 'CNTHV_CVAL', DOUBLEWORD), feature: 'FEAT_VHE' },
];

export const REGISTERS: readonly Sysreg[] = [...NAMED, ...aliases(NAMED)];
