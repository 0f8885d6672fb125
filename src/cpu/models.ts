/** CPU models: the identification registers and the features that gate decode, registers and the walker. */

import type { FeatureName } from '../arch/features.ts';
import { type Wide, wide } from '../arch/sysregs/row.ts';
import type { MmuFeatures } from '../mmu/features.ts';

export type { FeatureName };

export interface CpuModel {
  /** QEMU's name of the CPU. */
  readonly name: string;
  /** Whether EL2 is implemented; EL3 never is. */
  readonly hasEl2: boolean;
  /** Identification registers by name; those that are not here read as zero. */
  readonly idRegisters: Readonly<Record<string, Wide>>;
  /** CCSIDR_EL1 by the value of CSSELR_EL1[3:0]; absent caches read as zero. */
  readonly cacheSizes: Readonly<Record<number, number>>;
  readonly features: Readonly<Record<FeatureName, boolean>>;
  readonly mmu: MmuFeatures;
}

/** Features of Armv8.0 CPUs. Without the others' ID fields nothing of them is there. */
const ARMV8_0: CpuModel['features'] = {
  FEAT_AA32EL1: false,
  FEAT_GICv3: false,
  FEAT_PMUv3: true,
  FEAT_CRC32: true,
  FEAT_FP: true,
  FEAT_AdvSIMD: true,
  FEAT_AES: true,
  FEAT_SHA1: true,
  FEAT_SHA256: true,
  FEAT_LSE: false,
  FEAT_PAN: false,
  FEAT_PAN2: false,
  FEAT_UAO: false,
  FEAT_LRCPC: false,
  FEAT_DPB: false,
  FEAT_FlagM: false,
  FEAT_SB: false,
  FEAT_SSBS: false,
  FEAT_HAFDBS: false,
  FEAT_VMID16: false,
  FEAT_VHE: false,
};
const IMPLEMENTED = { stage1: true, stage2: true };
const ABSENT = { stage1: false, stage2: false };

/**
 * Arm Cortex-A57 r1p0 as QEMU identifies it, less what is not implemented: AArch32.
 */
const CORTEX_A57: CpuModel = {
  name: 'cortex-a57',
  hasEl2: true,
  idRegisters: {
    MIDR_EL1: wide(0x411f_d070n),
    CTR_EL0: wide(0x8444_c004n),
    CLIDR_EL1: wide(0x0a20_0023n),
    DCZID_EL0: wide(4n),
    PMCR_EL0: wide(0x4101_3000n),
    // NSNID and NSID: there, and no debugger turns them on.
    DBGAUTHSTATUS_EL1: wide(0xan),
    ID_AA64PFR0_EL1: wide(0x0111n),
    // CTX_CMPs 2, WRPs 4, BRPs 6, PMUVer PMUv3, DebugVer Armv8.0.
    ID_AA64DFR0_EL1: wide(0x1030_5106n),
    // CRC32, SHA2, SHA1, AES with PMULL.
    ID_AA64ISAR0_EL1: wide(0x0001_1120n),
    ID_AA64MMFR0_EL1: wide(0x0000_1124n),
    MVFR0_EL1: wide(0x1011_0222n),
    MVFR1_EL1: wide(0x1211_1111n),
    MVFR2_EL1: wide(0x43n),
  },
  cacheSizes: { 0: 0x701f_e00a, 1: 0x201f_e012, 2: 0x70ff_e07a },
  features: ARMV8_0,
  mmu: {
    paBits: 44,
    granules: { k4: IMPLEMENTED, k16: ABSENT, k64: IMPLEMENTED },
    asid16: true,
    vmid16: false,
    hafdbs: false,
  },
};

/** Arm Cortex-A53 r0p4, with the same left out. */
const CORTEX_A53: CpuModel = {
  ...CORTEX_A57,
  name: 'cortex-a53',
  idRegisters: {
    ...CORTEX_A57.idRegisters,
    MIDR_EL1: wide(0x410f_d034n),
    CTR_EL0: wide(0x8444_8004n),
    PMCR_EL0: wide(0x4103_3000n),
    ID_AA64MMFR0_EL1: wide(0x0000_1122n),
  },
  cacheSizes: { 0: 0x700f_e01a, 1: 0x201f_e00a, 2: 0x707f_e07a },
  mmu: { ...CORTEX_A57.mmu, paBits: 40 },
};

/** Arm Cortex-A72 r0p3, with the same left out. */
const CORTEX_A72: CpuModel = {
  ...CORTEX_A57,
  name: 'cortex-a72',
  idRegisters: { ...CORTEX_A57.idRegisters, MIDR_EL1: wide(0x410f_d083n), PMCR_EL0: wide(0x4102_3000n) },
  cacheSizes: { 0: 0x701f_e00a, 1: 0x201f_e012, 2: 0x707f_e07a },
};

/** Everything that is implemented, under the MIDR of QEMU's CPU of that name: 48-bit PAs, all granules. */
const MAX: CpuModel = {
  ...CORTEX_A57,
  name: 'max',
  idRegisters: {
    ...CORTEX_A57.idRegisters,
    MIDR_EL1: wide(0x000f_0510n),
    // DebugVer with FEAT_VHE.
    ID_AA64DFR0_EL1: wide(0x1030_5107n),
    // SSBS 2: MSR and MRS too.
    ID_AA64PFR1_EL1: wide(0x20n),
    // TS (FlagM), Atomic, CRC32, SHA2, SHA1, AES with PMULL.
    ID_AA64ISAR0_EL1: wide(0x0010_0000_0021_1120n),
    // SB, LRCPC, DPB.
    ID_AA64ISAR1_EL1: wide(0x10_0010_0001n),
    // TGran16, PARange 48 bits; the stage-2 granules are those of stage 1.
    ID_AA64MMFR0_EL1: wide(0x0010_1125n),
    // PAN 2, VH, VMIDBits 16, HAFDBS 2.
    ID_AA64MMFR1_EL1: wide(0x0020_0122n),
    // UAO.
    ID_AA64MMFR2_EL1: wide(0x10n),
  },
  features: {
    ...ARMV8_0,
    FEAT_LSE: true,
    FEAT_PAN: true,
    FEAT_PAN2: true,
    FEAT_UAO: true,
    FEAT_LRCPC: true,
    FEAT_DPB: true,
    FEAT_FlagM: true,
    FEAT_SB: true,
    FEAT_SSBS: true,
    FEAT_HAFDBS: true,
    FEAT_VMID16: true,
    FEAT_VHE: true,
  },
  mmu: {
    paBits: 48,
    granules: { k4: IMPLEMENTED, k16: IMPLEMENTED, k64: IMPLEMENTED },
    asid16: true,
    vmid16: true,
    hafdbs: true,
  },
};

const MODELS: ReadonlyMap<string, CpuModel> = new Map(
  [CORTEX_A53, CORTEX_A57, CORTEX_A72, MAX].map((model) => [model.name, model]),
);

/** Names that `cpuModel` knows. */
export const CPU_MODELS: readonly string[] = [...MODELS.keys()];

/** The model of that name with EL2, or undefined. */
export const cpuModel = (name: string): CpuModel | undefined => MODELS.get(name);

/** ID_AA64PFR0_EL1.EL2, ID_AA64MMFR1_EL1.VH, and the bit of ID_AA64DFR0_EL1.DebugVer that comes with FEAT_VHE. */
const PFR0_EL2 = 0xf00;
const MMFR1_VH = 0xf00;
const DFR0_DEBUGVER_VHE = 1;

/** An identification register with a field cleared. */
const without = ({ hi, lo }: Wide = wide(0n), field: number): Wide => ({ hi, lo: (lo & ~field) >>> 0 });

/** The same CPU built without EL2. */
export function withoutEl2(model: CpuModel): CpuModel {
  const { ID_AA64PFR0_EL1, ID_AA64DFR0_EL1, ID_AA64MMFR1_EL1 } = model.idRegisters;
  const idRegisters = {
    ...model.idRegisters,
    ID_AA64PFR0_EL1: without(ID_AA64PFR0_EL1, PFR0_EL2),
    ID_AA64DFR0_EL1: without(ID_AA64DFR0_EL1, DFR0_DEBUGVER_VHE),
    ID_AA64MMFR1_EL1: without(ID_AA64MMFR1_EL1, MMFR1_VH),
  };
  return { ...model, hasEl2: false, features: { ...model.features, FEAT_VHE: false }, idRegisters };
}

/** ID_AA64DFR0_EL1.PMUVer. */
const DFR0_PMUVER = 0xf00;

/** The same CPU built without Performance Monitors. */
export function withoutPmu(model: CpuModel): CpuModel {
  const dfr0 = without(model.idRegisters.ID_AA64DFR0_EL1, DFR0_PMUVER);
  const idRegisters = { ...model.idRegisters, ID_AA64DFR0_EL1: dfr0 };
  return { ...model, features: { ...model.features, FEAT_PMUv3: false }, idRegisters };
}

/** ID_AA64PFR0_EL1.GIC: the system registers of a GICv3 CPU interface. */
const PFR0_GIC = 1 << 24;

/** The same CPU with the CPU interface of a GICv3. */
export function withGicv3(model: CpuModel): CpuModel {
  const pfr0 = model.idRegisters.ID_AA64PFR0_EL1;
  const idRegisters = { ...model.idRegisters, ID_AA64PFR0_EL1: { hi: pfr0.hi, lo: (pfr0.lo | PFR0_GIC) >>> 0 } };
  return { ...model, features: { ...model.features, FEAT_GICv3: true }, idRegisters };
}

/** The same CPU without the CPU interface of a GICv3. */
export function withoutGicv3(model: CpuModel): CpuModel {
  const pfr0 = model.idRegisters.ID_AA64PFR0_EL1;
  const idRegisters = { ...model.idRegisters, ID_AA64PFR0_EL1: { hi: pfr0.hi, lo: (pfr0.lo & ~PFR0_GIC) >>> 0 } };
  return { ...model, features: { ...model.features, FEAT_GICv3: false }, idRegisters };
}
