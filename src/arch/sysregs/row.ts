/** What a row of the system-register table is, and the notation in which rows are written. */

import type { FeatureName } from '../features.ts';

/** A 64-bit constant as two uint32. */
export interface Wide {
  readonly hi: number;
  readonly lo: number;
}
export const wide = (bits: bigint): Wide => ({
  hi: Number((bits >> 32n) & 0xffff_ffffn),
  lo: Number(bits & 0xffff_ffffn),
});

/** Lowest EL that has an access; NEVER where the register has no such access. */
export type LowestEl = 0 | 1 | 2 | typeof HIGHEST | typeof NEVER;
/** Only the highest EL that is implemented. */
export const HIGHEST = 3;
export const NEVER = 4;

export interface Access {
  readonly read: LowestEl;
  readonly write: LowestEl;
}
/** Accesses from an EL upwards, in the manual's letters. */
export const RW = (el: LowestEl): Access => ({ read: el, write: el });
export const RO = (el: LowestEl): Access => ({ read: el, write: NEVER });
export const WO = (el: LowestEl): Access => ({ read: NEVER, write: el });

/** Controls that trap accesses, by the name of their bit (DDI 0487, "Configurable instruction controls"). */
export type TrapName =
  | 'UCT'
  | 'UCI'
  | 'UMA'
  | 'DZE'
  | 'EL0PCTEN'
  | 'EL0VCTEN'
  | 'EL0PCTEN or EL0VCTEN'
  | 'EL0PTEN'
  | 'EL0VTEN'
  | 'TVM'
  | 'TRVM'
  | 'TACR'
  | 'TID1'
  | 'TID2'
  | 'TID3'
  | 'TSW'
  | 'TPC'
  | 'TPU'
  | 'TTLB'
  | 'TDZ'
  | 'TCPAC'
  | 'TDA'
  | 'TDOSA'
  | 'TDRA'
  | 'TDCC'
  | 'EN'
  | 'EN or SW'
  | 'EN or ER'
  | 'EN or CR to read'
  | 'EN or ER to read'
  | 'TPM'
  | 'TPMCR'
  | 'EL1PCTEN'
  | 'EL1PCEN'
  | 'TALL0'
  | 'TALL1'
  | 'TC'
  | 'TDIR'
  | 'FMO or IMO'
  | 'Enable';

/** Registers whose value is computed, or kept elsewhere than in a slot of their name. */
export type ViewName =
  | 'ID'
  | 'MIDR'
  | 'MPIDR'
  | 'CCSIDR'
  | 'DCZID'
  | 'CURRENT_EL'
  | 'SPSEL'
  | 'SP_EL0'
  | 'SP_EL1'
  | 'NZCV'
  | 'DAIF'
  | 'PAN'
  | 'UAO'
  | 'SSBS'
  | 'ISR'
  | 'OS_LOCK_STATUS'
  | 'MDSCR'
  | 'OSECCR'
  | 'CLAIM_SET'
  | 'CLAIM_CLEAR'
  | 'MDCCSR'
  | 'DBGDTR'
  | 'DBGDTRRX'
  | 'MDCR'
  | 'PMCR'
  | 'PMCNTENSET'
  | 'PMCNTENCLR'
  | 'PMOVSSET'
  | 'PMOVSCLR'
  | 'PMINTENSET'
  | 'PMINTENCLR'
  | 'PMSWINC'
  | 'PMCEID0'
  | 'PMCCNTR'
  | 'PMCCFILTR'
  | 'PMEVCNTR'
  | 'PMEVTYPER'
  | 'PMXEVCNTR'
  | 'PMXEVTYPER'
  | 'PHYSICAL_COUNT'
  | 'VIRTUAL_COUNT'
  | 'CNTP_CTL'
  | 'CNTP_CVAL'
  | 'CNTP_TVAL'
  | 'CNTV_CTL'
  | 'CNTV_CVAL'
  | 'CNTV_TVAL'
  | 'CNTHP_CTL'
  | 'CNTHP_CVAL'
  | 'CNTHP_TVAL'
  | 'CNTHV_CTL'
  | 'CNTHV_CVAL'
  | 'CNTHV_TVAL'
  | 'ICC_PMR'
  | 'ICC_IAR'
  | 'ICC_EOIR'
  | 'ICC_HPPIR'
  | 'ICC_BPR'
  | 'ICC_APR'
  | 'ICC_DIR'
  | 'ICC_RPR'
  | 'ICC_SGIR'
  | 'ICC_CTLR'
  | 'ICC_IGRPEN'
  | 'ICH_APR'
  | 'ICH_HCR'
  | 'ICH_VTR'
  | 'ICH_MISR'
  | 'ICH_EISR'
  | 'ICH_ELRSR'
  | 'ICH_VMCR'
  | 'ICH_LR';

/**
 * What a write does besides storing: `context` changes translation, routing or code flags, `lowerContext` those below EL2
 * alone, `level` the part of PSTATE that chooses a translation context, `masking` interrupt masks, `timer` the conditions
 * of the generic timers, `debug` when a debug exception may come, `pmu` what the Performance Monitors count and whether
 * their interrupt is asserted, `gic` what the GIC signals.
 */
export type EffectName = 'context' | 'lowerContext' | 'level' | 'masking' | 'timer' | 'debug' | 'pmu' | 'gic';

/** Bits of a register that are there with a feature alone; without it they are RES0, or RES1 where the row says so. */
export interface Extension {
  readonly feature: FeatureName;
  readonly stored: Wide;
}

/** One register. */
export interface Sysreg extends Access {
  readonly name: string;
  /** op0, op1, CRn, CRm, op2 in 16 bits, as bits [20:5] of MRS and MSR. */
  readonly key: number;
  /** Bits that a write stores; the others are RES0, or RES1 where `res1` has them. */
  readonly stored: Wide;
  readonly res1: Wide;
  readonly extensions: readonly Extension[];
  /** Value after reset, RES1 bits included. Bits that the manual leaves UNKNOWN have a fixed value. */
  readonly reset: Wide;
  /** Controls in the order in which they are asked: those of EL1 first. */
  readonly traps: readonly TrapName[];
  readonly view: ViewName | undefined;
  readonly effect: EffectName | undefined;
  /** UNDEFINED on a CPU without it. */
  readonly feature: FeatureName | undefined;
  /** UNDEFINED where EL2 is implemented. */
  readonly absentWithEl2: boolean;
  /** Register whose other name this is, while HCR_EL2.E2H is set; without E2H the name is UNDEFINED. */
  readonly aliasOf: string | undefined;
}

/** The bits of one half of a register that a write stores on a CPU with these features. */
export function storedBits(row: Sysreg, half: keyof Wide, features: Readonly<Record<FeatureName, boolean>>): number {
  let bits = row.stored[half];
  for (const { feature, stored } of row.extensions) if (features[feature]) bits |= stored[half];
  return bits;
}

export interface Details {
  stored?: bigint;
  extensions?: Partial<Record<FeatureName, bigint>>;
  res1?: bigint;
  reset?: bigint;
  traps?: readonly TrapName[];
  view?: ViewName;
  effect?: EffectName;
  feature?: FeatureName;
  absentWithEl2?: boolean;
}

const ENCODING = /^S([0-3])_([0-7])_C(\d+)_C(\d+)_([0-7])$/;

/** Key of an encoding in the manual's generic notation, `S<op0>_<op1>_C<CRn>_C<CRm>_<op2>`. Throws on anything else. */
export function sysregKey(encoding: string): number {
  const fields = ENCODING.exec(encoding)?.slice(1).map(Number);
  if (fields === undefined || fields[2] > 15 || fields[3] > 15) throw new Error(`'${encoding}' is no system register`);
  const [op0, op1, crn, crm, op2] = fields;
  return (op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2;
}

/** The generic notation of a key. */
export const sysregEncoding = (key: number): string =>
  `S${key >>> 14}_${(key >>> 11) & 7}_C${(key >>> 7) & 15}_C${(key >>> 3) & 15}_${key & 7}`;

/** Key of the register or System instruction that an MRS, MSR, SYS or SYSL word names. */
export const keyOfWord = (word: number): number => (word >>> 5) & 0xffff;

/** Writes one row. A register that is not a view is kept in the slot of its name. */
export function sysreg(encoding: string, name: string, access: Access, details: Details = {}): Sysreg {
  const res1 = details.res1 ?? 0n;
  return {
    name,
    key: sysregKey(encoding),
    ...access,
    stored: wide(details.stored ?? (1n << 64n) - 1n),
    res1: wide(res1),
    extensions: (Object.entries(details.extensions ?? {}) as [FeatureName, bigint][]).map(([feature, bits]) => ({
      feature,
      stored: wide(bits),
    })),
    reset: wide((details.reset ?? 0n) | res1),
    traps: details.traps ?? [],
    view: details.view,
    effect: details.effect,
    feature: details.feature,
    absentWithEl2: details.absentWithEl2 ?? false,
    aliasOf: undefined,
  };
}
