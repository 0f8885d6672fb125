/** Names of the handlers that instructions leave to, and the numbers by which op records name them. */

// biome-ignore format: one table
export const CALLOUT_NAMES = [
  'UNDEFINED', 'MRS', 'MSR', 'MSR_IMM', 'SYS', 'DC_ZVA', 'SVC', 'HVC', 'SMC', 'BRK', 'HLT', 'DCPS', 'DRPS', 'ERET', 'WFI',
  'WFE', 'SEV', 'SEVL', 'FP_TRAP',
] as const;
export type CalloutName = (typeof CALLOUT_NAMES)[number];

export const CALLOUT_NUMBERS = Object.fromEntries(CALLOUT_NAMES.map((name, i) => [name, i])) as Record<
  CalloutName,
  number
>;
