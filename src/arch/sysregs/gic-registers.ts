/** The system registers of a GICv3 CPU interface, in the order of their encodings (IHI 0069, chapter 12). */

import { type Access, type Details, RO, RW, type Sysreg, sysreg, type TrapName, type ViewName, WO } from './row.ts';

const WORD = 0xffff_ffffn;
const DOUBLEWORD = 0xffff_ffff_ffff_ffffn;
/** SRE, DFB and DIB: there is no other interface than system registers, and no bypass. */
const SRE = 7n;
/** ICC_SRE_EL2.Enable, set after reset. */
const SRE_ENABLE = 1n << 3n;
const gic = (encoding: string, name: string, access: Access, details: Details): Sysreg =>
  sysreg(encoding, name, access, { ...details, effect: 'gic', feature: 'FEAT_GICv3' });

/** A register of the CPU interface, physical or virtual: ICC_* and ICV_* in one. */
const icc = (
  encoding: string,
  name: string,
  access: Access,
  view: ViewName,
  traps: readonly TrapName[],
  stored = WORD,
): Sysreg => gic(encoding, name, access, { view, traps, stored });
const ich = (encoding: string, name: string, access: Access, view: ViewName, stored = WORD): Sysreg =>
  gic(encoding, name, access, { view, stored });

export const ICC_PRIORITY_MASK: Sysreg = icc('S3_0_C4_C6_0', 'ICC_PMR_EL1', RW(1), 'ICC_PMR', ['TC']);

export const ICC_REGISTERS: readonly Sysreg[] = [
  icc('S3_0_C12_C8_0', 'ICC_IAR0_EL1', RO(1), 'ICC_IAR', ['TALL0']),
  icc('S3_0_C12_C8_1', 'ICC_EOIR0_EL1', WO(1), 'ICC_EOIR', ['TALL0']),
  icc('S3_0_C12_C8_2', 'ICC_HPPIR0_EL1', RO(1), 'ICC_HPPIR', ['TALL0']),
  icc('S3_0_C12_C8_3', 'ICC_BPR0_EL1', RW(1), 'ICC_BPR', ['TALL0']),
  icc('S3_0_C12_C8_4', 'ICC_AP0R0_EL1', RW(1), 'ICC_APR', ['TALL0']),
  icc('S3_0_C12_C9_0', 'ICC_AP1R0_EL1', RW(1), 'ICC_APR', ['TALL1']),
  icc('S3_0_C12_C11_1', 'ICC_DIR_EL1', WO(1), 'ICC_DIR', ['TC', 'TDIR']),
  icc('S3_0_C12_C11_3', 'ICC_RPR_EL1', RO(1), 'ICC_RPR', ['TC']),
  icc('S3_0_C12_C11_5', 'ICC_SGI1R_EL1', WO(1), 'ICC_SGIR', ['TC', 'FMO or IMO'], DOUBLEWORD),
  icc('S3_0_C12_C11_6', 'ICC_ASGI1R_EL1', WO(1), 'ICC_SGIR', ['TC', 'FMO or IMO'], DOUBLEWORD),
  icc('S3_0_C12_C11_7', 'ICC_SGI0R_EL1', WO(1), 'ICC_SGIR', ['TC', 'FMO or IMO'], DOUBLEWORD),
  icc('S3_0_C12_C12_0', 'ICC_IAR1_EL1', RO(1), 'ICC_IAR', ['TALL1']),
  icc('S3_0_C12_C12_1', 'ICC_EOIR1_EL1', WO(1), 'ICC_EOIR', ['TALL1']),
  icc('S3_0_C12_C12_2', 'ICC_HPPIR1_EL1', RO(1), 'ICC_HPPIR', ['TALL1']),
  icc('S3_0_C12_C12_3', 'ICC_BPR1_EL1', RW(1), 'ICC_BPR', ['TALL1']),
  icc('S3_0_C12_C12_4', 'ICC_CTLR_EL1', RW(1), 'ICC_CTLR', ['TC']),
  gic('S3_0_C12_C12_5', 'ICC_SRE_EL1', RW(1), { stored: 0n, res1: SRE, traps: ['Enable'] }),
  icc('S3_0_C12_C12_6', 'ICC_IGRPEN0_EL1', RW(1), 'ICC_IGRPEN', ['TALL0']),
  icc('S3_0_C12_C12_7', 'ICC_IGRPEN1_EL1', RW(1), 'ICC_IGRPEN', ['TALL1']),
];

/** `n` of a list register is in bits [3:0] of its key. */
const LIST_REGISTERS = Array.from({ length: 16 }, (_, n) =>
  ich(`S3_4_C12_C${12 + (n >>> 3)}_${n & 7}`, `ICH_LR${n}_EL2`, RW(2), 'ICH_LR', DOUBLEWORD),
);

export const ICH_REGISTERS: readonly Sysreg[] = [
  ich('S3_4_C12_C8_0', 'ICH_AP0R0_EL2', RW(2), 'ICH_APR'),
  ich('S3_4_C12_C9_0', 'ICH_AP1R0_EL2', RW(2), 'ICH_APR'),
  gic('S3_4_C12_C9_5', 'ICC_SRE_EL2', RW(2), { stored: SRE_ENABLE, res1: SRE, reset: SRE_ENABLE }),
  ich('S3_4_C12_C11_0', 'ICH_HCR_EL2', RW(2), 'ICH_HCR'),
  ich('S3_4_C12_C11_1', 'ICH_VTR_EL2', RO(2), 'ICH_VTR'),
  ich('S3_4_C12_C11_2', 'ICH_MISR_EL2', RO(2), 'ICH_MISR'),
  ich('S3_4_C12_C11_3', 'ICH_EISR_EL2', RO(2), 'ICH_EISR'),
  ich('S3_4_C12_C11_5', 'ICH_ELRSR_EL2', RO(2), 'ICH_ELRSR'),
  ich('S3_4_C12_C11_7', 'ICH_VMCR_EL2', RW(2), 'ICH_VMCR'),
  ...LIST_REGISTERS,
];
