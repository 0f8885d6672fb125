/** The system-register table as a whole: checked, and looked up by key. */

import { ABSENT_REGISTERS } from './absent.ts';
import { HOST_MEANINGS } from './host-names.ts';
import { SYSTEM_INSTRUCTIONS, type SystemInstruction } from './instructions.ts';
import { REGISTERS } from './registers.ts';
import { RO, type Sysreg, sysreg, sysregEncoding, sysregKey } from './row.ts';

/** Throws unless the rows stand in the order of their encodings, each once, with names that differ. */
export function checkRows(rows: readonly { readonly key: number; readonly name: string }[]): void {
  const names = new Set<string>();
  rows.forEach((row, i) => {
    if (i > 0 && row.key <= rows[i - 1].key) throw new Error(`${row.name} is out of order after ${rows[i - 1].name}`);
    if (names.has(row.name)) throw new Error(`${row.name} has two rows`);
    names.add(row.name);
  });
}

checkRows(REGISTERS);
checkRows(SYSTEM_INSTRUCTIONS);
for (const row of REGISTERS) {
  if (ABSENT_REGISTERS.has(row.key)) throw new Error(`${row.name} is both implemented and absent`);
}

/** Ends of the identification space, op0 = 3, op1 = 0, CRn = 0, CRm = 1 to 7. */
const ID_FIRST = sysregKey('S3_0_C0_C1_0');
const ID_LAST = sysregKey('S3_0_C0_C7_7');

/** Reserved encodings of the identification space read as zero, and HCR_EL2.TID3 traps them (DDI 0487, "ID_PFR0_EL1"). */
function reservedIds(): Sysreg[] {
  const rows: Sysreg[] = [];
  for (let key = ID_FIRST; key <= ID_LAST; key++) {
    const encoding = sysregEncoding(key);
    rows.push(sysreg(encoding, encoding, RO(1), { view: 'ID', traps: ['TID3'] }));
  }
  return rows;
}

/** Every implemented register by key, the reserved identification registers included. */
export const SYSREGS: ReadonlyMap<number, Sysreg> = new Map(
  [...reservedIds(), ...REGISTERS].map((row) => [row.key, row]),
);

const HOST_ROWS: ReadonlyMap<Sysreg, Sysreg> = new Map(
  REGISTERS.flatMap((row) => {
    const meant = REGISTERS.find(({ name }) => name === HOST_MEANINGS.get(row.name));
    return meant === undefined ? [] : [[row, meant]];
  }),
);

/** The register that the name of a row means in the EL2&0 regime (FEAT_VHE); mostly the row itself. */
export const meantByHost = (row: Sysreg): Sysreg => HOST_ROWS.get(row) ?? row;

/** Every System instruction by key. */
export const SYSTEM_INSTRUCTIONS_BY_KEY: ReadonlyMap<number, SystemInstruction> = new Map(
  SYSTEM_INSTRUCTIONS.map((row) => [row.key, row]),
);

/** Name of the register or System instruction of a key; the generic notation when it has none here. */
export function sysregName(key: number): string {
  return (
    SYSREGS.get(key)?.name ??
    SYSTEM_INSTRUCTIONS_BY_KEY.get(key)?.name ??
    ABSENT_REGISTERS.get(key) ??
    sysregEncoding(key)
  );
}
