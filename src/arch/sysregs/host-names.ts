/** FEAT_VHE: the names that mean another register while HCR_EL2.E2H is set (DDI 0487, "Behavior of HCR_EL2.E2H"). */

import { RW, type Sysreg } from './row.ts';

/** A register of EL1 or EL0, what its name means to the host, and the name by which the host reaches it. */
interface HostNames {
  readonly name: string;
  readonly hostMeans: string;
  readonly alias: string;
}

const el1 = (stem: string, hostMeans = `${stem}_EL2`): HostNames => ({
  name: `${stem}_EL1`,
  hostMeans,
  alias: `${stem}_EL12`,
});
const timer = (register: string): HostNames[] =>
  (['P', 'V'] as const).map((kind) => ({
    name: `CNT${kind}_${register}_EL0`,
    hostMeans: `CNTH${kind}_${register}_EL2`,
    alias: `CNT${kind}_${register}_EL02`,
  }));

const HOST_NAMES: readonly HostNames[] = [
  el1('SCTLR'),
  el1('CPACR', 'CPTR_EL2'),
  el1('TTBR0'),
  el1('TTBR1'),
  el1('TCR'),
  el1('SPSR'),
  el1('ELR'),
  el1('AFSR0'),
  el1('AFSR1'),
  el1('ESR'),
  el1('FAR'),
  el1('MAIR'),
  el1('AMAIR'),
  el1('VBAR'),
  el1('CONTEXTIDR'),
  el1('CNTKCTL', 'CNTHCTL_EL2'),
  ...timer('TVAL'),
  ...timer('CTL'),
  ...timer('CVAL'),
];

/** Register that each name means at EL2 while HCR_EL2.E2H is set; those of the timers also at EL0 while TGE is too. */
export const HOST_MEANINGS: ReadonlyMap<string, string> = new Map(
  HOST_NAMES.map(({ name, hostMeans }) => [name, hostMeans]),
);

/** Op1 of a key, and its value in the encodings of the aliases. */
const OP1_SHIFT = 11;
const OP1_ALIAS = 5;

/** Rows of *_EL12 and *_EL02 in the order of their encodings, from the rows of the registers that they reach. */
export function aliases(rows: readonly Sysreg[]): Sysreg[] {
  return HOST_NAMES.map(({ name, alias }): Sysreg => {
    const row = rows.find((r) => r.name === name);
    if (row === undefined) throw new Error(`${name} has no row`);
    const key = (row.key & ~(7 << OP1_SHIFT)) | (OP1_ALIAS << OP1_SHIFT);
    return { ...row, ...RW(2), name: alias, key, traps: [], feature: 'FEAT_VHE', aliasOf: name };
  }).sort((a, b) => a.key - b.key);
}
