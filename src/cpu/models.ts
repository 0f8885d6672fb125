/** CPU models: the identification registers and the features that gate decode, registers and the walker. */

import { type Wide, wide } from '../arch/sysregs/row.ts';
import type { MmuFeatures } from '../mmu/features.ts';

/** Architecture features that a row of a table may need, by the manual's names. */
export type FeatureName = 'FEAT_CRC32' | 'FEAT_FP' | 'FEAT_AdvSIMD' | 'FEAT_AES' | 'FEAT_SHA1' | 'FEAT_SHA256';

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

/**
 * Arm Cortex-A57 r1p0 as QEMU identifies it, less what is not implemented: AArch32, floating point and SIMD (0xF), the
 * cryptographic instructions, PMU, and all debug but the least that ID_AA64DFR0_EL1 can express (two of each comparator).
 */
const CORTEX_A57: CpuModel = {
  name: 'cortex-a57',
  hasEl2: true,
  idRegisters: {
    MIDR_EL1: wide(0x411f_d070n),
    CTR_EL0: wide(0x8444_c004n),
    CLIDR_EL1: wide(0x0a20_0023n),
    DCZID_EL0: wide(4n),
    ID_AA64PFR0_EL1: wide(0x00ff_0111n),
    ID_AA64DFR0_EL1: wide(0x0010_1006n),
    ID_AA64ISAR0_EL1: wide(0x0001_0000n),
    ID_AA64MMFR0_EL1: wide(0x0000_1124n),
  },
  cacheSizes: { 0: 0x701f_e00a, 1: 0x201f_e012, 2: 0x70ff_e07a },
  features: {
    FEAT_CRC32: true,
    FEAT_FP: false,
    FEAT_AdvSIMD: false,
    FEAT_AES: false,
    FEAT_SHA1: false,
    FEAT_SHA256: false,
  },
  mmu: {
    paBits: 44,
    granules: {
      k4: { stage1: true, stage2: true },
      k16: { stage1: false, stage2: false },
      k64: { stage1: true, stage2: true },
    },
    asid16: true,
    vmid16: false,
  },
};

const MODELS: ReadonlyMap<string, CpuModel> = new Map([CORTEX_A57].map((model) => [model.name, model]));

/** Names that `cpuModel` knows. */
export const CPU_MODELS: readonly string[] = [...MODELS.keys()];

/** The model of that name with EL2, or undefined. */
export const cpuModel = (name: string): CpuModel | undefined => MODELS.get(name);

/** ID_AA64PFR0_EL1.EL2. */
const PFR0_EL2 = 0xf00;

/** The same CPU built without EL2. */
export function withoutEl2(model: CpuModel): CpuModel {
  const pfr0 = model.idRegisters.ID_AA64PFR0_EL1;
  const idRegisters = { ...model.idRegisters, ID_AA64PFR0_EL1: { hi: pfr0.hi, lo: (pfr0.lo & ~PFR0_EL2) >>> 0 } };
  return { ...model, hasEl2: false, idRegisters };
}
