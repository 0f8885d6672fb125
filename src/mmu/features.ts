/** What a CPU model implements of the VMSA: the part of its ID registers that translation depends on. */

/** Stages at which a granule is implemented (ID_AA64MMFR0_EL1.TGran4, TGran16, TGran64 and their `_2` forms). */
export interface GranuleSupport {
  readonly stage1: boolean;
  readonly stage2: boolean;
}

/** MMU features of a CPU model. At least one granule is implemented at each stage. */
export interface MmuFeatures {
  /** Physical address size in bits, 32 to 48 (ID_AA64MMFR0_EL1.PARange). */
  readonly paBits: number;
  readonly granules: { readonly k4: GranuleSupport; readonly k16: GranuleSupport; readonly k64: GranuleSupport };
  /** 16-bit ASIDs (ID_AA64MMFR0_EL1.ASIDBits); TCR_EL1.AS selects them. */
  readonly asid16: boolean;
  /** 16-bit VMIDs (ID_AA64MMFR1_EL1.VMIDBits); VTCR_EL2.VS selects them. */
  readonly vmid16: boolean;
  /** Hardware updates of the Access flag and the dirty state (ID_AA64MMFR1_EL1.HAFDBS); TCR_ELx and VTCR_EL2 enable them. */
  readonly hafdbs: boolean;
}
