/** The optional architecture features that tables of instructions, registers and CPU models name. */

/** A feature by the manual's name; a row that needs one is UNDEFINED on a CPU without it. */
export type FeatureName =
  | 'FEAT_AA32EL1'
  | 'FEAT_GICv3'
  | 'FEAT_PMUv3'
  | 'FEAT_CRC32'
  | 'FEAT_FP'
  | 'FEAT_AdvSIMD'
  | 'FEAT_AES'
  | 'FEAT_SHA1'
  | 'FEAT_SHA256'
  | 'FEAT_LSE'
  | 'FEAT_PAN'
  | 'FEAT_PAN2'
  | 'FEAT_UAO'
  | 'FEAT_LRCPC'
  | 'FEAT_DPB'
  | 'FEAT_FlagM'
  | 'FEAT_SB'
  | 'FEAT_SSBS'
  | 'FEAT_HAFDBS'
  | 'FEAT_VMID16'
  | 'FEAT_VHE';
