/** System registers and operations that a test may use without harm to the runner. */

/** op0<0>, op1, CRn, CRm, op2 of registers that are safe to read and write, or UNDEFINED. */
const SYSTEM_REGISTERS = [
  [1, 3, 4, 2, 0], // NZCV
  [1, 3, 4, 2, 1], // DAIF
  [1, 0, 4, 2, 0], // SPSel
  [1, 0, 4, 2, 2], // CurrentEL
  [1, 0, 4, 1, 0], // SP_EL0
  [1, 3, 13, 0, 2], // TPIDR_EL0
  [1, 3, 13, 0, 3], // TPIDRRO_EL0
  [1, 0, 13, 0, 4], // TPIDR_EL1
  [1, 3, 0, 0, 1], // CTR_EL0
  [1, 3, 0, 0, 7], // DCZID_EL0
  [1, 4, 1, 1, 0], // HCR_EL2: UNDEFINED here
  [1, 4, 13, 0, 2], // TPIDR_EL2: UNDEFINED here
];
const DC_ZVA = [1, 3, 7, 4, 1];
/** Not allocated. */
const NO_OPERATION = [1, 0, 2, 0, 0];
const operation = ([o0, op1, crn, crm, op2]: number[]): number =>
  (o0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2;

/** Bits 19 to 5 of the system-register moves and SYS operations that may run. */
export const SAFE_REGISTERS = SYSTEM_REGISTERS.map(operation);
export const SAFE_OPERATIONS = [DC_ZVA, NO_OPERATION].map(operation);
